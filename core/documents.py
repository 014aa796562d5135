"""Documents given to `add` and `edit`: JSON objects, checked key by key.

A value "env:NAME" is read from the environment, so that secrets need not stand in files or on command lines.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import UsageError


class Document(BaseModel):
    """Base of all documents: unknown keys are errors that name them."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


AnyDocument = TypeVar("AnyDocument", bound=Document)


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
    filled: dict[str, Any] = _from_environment(value, source, "")
    return filled


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


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


def refusal(fields: Mapping[str, str], source: str, next_step: str = "Correct it and try again.") -> UsageError:
    """The error that says for each wrong key of a document what is wrong with it."""
    what = "; ".join(f"{key}: {words}" for key, words in fields.items())
    return UsageError(f"{what}.", subject=source, next_step=next_step, fields=fields)


def _words(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such key"
    if kind == "missing":
        return "it is missing"
    return message.removeprefix("Value error, ").rstrip(".")


def _from_environment(value: Any, source: str, path: str) -> Any:
    if isinstance(value, dict):
        return {key: _from_environment(item, source, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_from_environment(item, source, path) for item in value]
    if isinstance(value, str) and value.startswith("env:"):
        name = value.removeprefix("env:")
        if name not in os.environ:
            raise refusal({path.lstrip("."): f"the environment has no {name}"}, source, f"Set {name}.")
        return os.environ[name]
    return value
