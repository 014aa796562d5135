"""JSON documents: those given to `add` and `edit`, checked key by key, and what commands show of a view.

A secret "env:NAME" is read from the environment, so that it need not stand in files or on command lines. Other values
are not: they are shown in lists and errors, and a misplaced secret would be shown with them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import UsageError
from core.subjects import Subject

SECRETS = ("api_key", "client_secret", "refresh_token", "aws_access_key", "aws_secret_key")
"""The keys whose values are never shown."""
NOT_SHOWN: Mapping[str, Any] = MappingProxyType({"name": None})
"""The metadata of a view's field that stands in no document."""
TRY_AGAIN = "Correct it and try again."
_WHOLE = 2**63


class Document(BaseModel):
    """Base of all documents: unknown keys are errors that name them."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


AnyDocument = TypeVar("AnyDocument", bound=Document)


def shown_as(name: str) -> Mapping[str, Any]:
    """The metadata of a view's field that documents call by another name."""
    return {"name": name}


def as_json(view: Any) -> Any:
    """What may be shown, as JSON: views by their fields, times as ISO 8601, amounts and subjects as text."""
    if is_dataclass(view):
        named = {field.metadata.get("name", field.name): getattr(view, field.name) for field in fields(view)}
        return {name: as_json(value) for name, value in named.items() if name is not None}
    if isinstance(view, date):
        return view.isoformat()
    if isinstance(view, Decimal):
        return f"{view:f}"
    if isinstance(view, Enum):
        return view.value
    if isinstance(view, Subject):
        return str(view)
    if isinstance(view, Mapping):
        return {str(key): as_json(value) for key, value in view.items()}
    if isinstance(view, list | tuple):
        return [as_json(value) for value in view]
    return view


def load_json(text: str, source: str) -> dict[str, Any]:
    """Parse a document and replace "env:NAME"; raises UsageError that says where it is wrong."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"It is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.", subject=source
        ) from None
    except (RecursionError, ValueError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).split(";")[0]
        raise UsageError(f"It is not usable JSON: {reason}.", subject=source) from None
    if not isinstance(value, dict):
        raise UsageError("It must be one JSON object.", subject=source)
    filled: dict[str, Any] = _usable(value, source, "")
    return filled


def option(name: str, value: str) -> str:
    """An option that may hold a secret: "env:NAME" is read from the environment; raises UsageError."""
    return _variable(value, name, name) if value.startswith("env:") else value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number of JSON")


def check(document: type[AnyDocument], value: dict[str, Any], source: str, *, under: str = "") -> AnyDocument:
    """Check a document, or the part of one that stands `under` a key; raises UsageError that names every wrong key."""
    try:
        return document.model_validate(value)
    except ValidationError as error:
        wrong: dict[str, list[str]] = {}
        for problem in error.errors(include_url=False, include_input=False, include_context=False):
            path = (under, *problem["loc"]) if under else problem["loc"]
            key = ".".join(str(part) for part in path) or "settings"
            wrong.setdefault(key, []).append(_words(problem["type"], problem["msg"]))
        fields = {key: "; ".join(words) for key, words in wrong.items()}
        raise refusal(fields, source) from None


def refusal(fields: Mapping[str, str], source: str, next_step: str = TRY_AGAIN) -> UsageError:
    """The error that says for each wrong key of a document what is wrong with it."""
    what = "; ".join(f"{key}: {words}" for key, words in fields.items())
    return UsageError(f"{what}.", subject=source, next_step=next_step, fields=fields)


def _words(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "it is missing"
    return message.removeprefix("Value error, ").rstrip(".")


def _usable(value: Any, source: str, path: str) -> Any:
    """The value with what the environment holds of it; raises UsageError for what no database can store."""
    if isinstance(value, dict):
        for key in value:
            _check_text(key, source, path or "document")
        return {key: _usable(item, source, f"{path}.{key}" if path else key) for key, item in value.items()}
    if isinstance(value, list):
        return [_usable(item, source, path) for item in value]
    if isinstance(value, int) and not -_WHOLE <= value < _WHOLE:
        raise refusal({path: "the number is too large"}, source)
    if not isinstance(value, str):
        return value
    _check_text(value, source, path)
    return _from_environment(value, source, path) if value.startswith("env:") else value


def _check_text(text: str, source: str, path: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise refusal({path: "it holds an invalid character (NUL, or half of a pair)"}, source)


def _from_environment(value: str, source: str, path: str) -> str:
    if path.rpartition(".")[2] not in SECRETS:
        words = f"only secrets are taken from the environment ({', '.join(SECRETS)})"
        raise refusal({path: words}, source, "Write the value itself.")
    return _variable(value, source, path)


def _variable(value: str, source: str, path: str) -> str:
    name = value.removeprefix("env:")
    if name not in os.environ:
        raise refusal({path: f"the environment has no {name}"}, source, f"Set {name}.")
    return os.environ[name]
