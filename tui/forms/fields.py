"""Fields of forms as data, and what people type turned into values and back. Knows nothing of widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from core.errors import UsageError
from tui.text import clean
from tui.widgets.choice import Choice, Scalar

Value = Scalar | datetime | tuple[Scalar, ...] | None
"""What a field holds; a switch holds a bool, `multi` and `lines` hold a tuple, an empty field holds None."""

Values = Mapping[str, Value]
Kind = Literal["text", "secret", "number", "switch", "choice", "multi", "timestamp", "lines"]


Choices = Sequence[Choice] | Callable[[Values], Sequence[Choice]]
"""A function is given what the form holds now and runs in a thread: it may read the database or a remote."""


@dataclass(frozen=True)
class Field:
    """One line of a form."""

    name: str
    """The key in the document that core takes; a dot leads into an inner object: `settings.payments.cod`."""
    label: str
    kind: Kind = "text"
    help: str = ""
    """One line: what it does, or where its value is found."""
    choices: Choices = ()
    depends: tuple[str, ...] = ()
    """Names of fields; when one of them changes, the choices are asked for again."""
    required: bool = False
    check: Callable[[str], str] | None = None
    """Gets what was typed and gives what is meant; raises ValueError with words such as "it is not a name"."""
    when: Callable[[Values], bool] | None = None
    """Shown and saved only while this is true of the form."""
    blank: str = "not set"
    """What an empty field means: shown in its place."""
    warns: bool = False
    """Whether what an empty field means is to be noticed."""
    typed: Callable[[str], Choice | None] | None = None
    """Makes a choice of what is typed into the picker and is not in its list."""
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Tab:
    """Fields that belong together; `guide` explains them at length, in paragraphs (f1)."""

    title: str
    fields: Sequence[Field]
    guide: Sequence[str] = ()


@dataclass(frozen=True)
class Entered:
    """What a form holds when it is saved. A secret is among the values only if it was typed."""

    values: dict[str, Value] = field(default_factory=dict)
    changes: dict[str, Value] = field(default_factory=dict)
    """Those that differ from what the form began with."""

    def document(self) -> dict[str, Any]:
        """A whole document without the fields left empty, for `add`."""
        return nested({name: value for name, value in self.values.items() if value not in (None, "", ())})

    def changed(self) -> dict[str, Any]:
        """A document of the changes alone, for `edit`; None takes a value away."""
        return nested(self.changes)


def wrong_of(check: Callable[[], object]) -> dict[str, str]:
    """What `check` refuses, by field; nothing where it does not."""
    try:
        check()
    except UsageError as error:
        return dict(error.fields)
    return {}


def nested(values: Values) -> dict[str, Any]:
    """Values by dotted name as the JSON document they mean."""
    document: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(".")
        place = document
        for part in path:
            place = place.setdefault(part, {})
        place[last] = _json(value)
    return document


def flat(document: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The reverse of `nested`; lists stay whole."""
    values: dict[str, Any] = {}
    for key, value in document.items():
        name = f"{prefix}{key}"
        values[name] = value
        if isinstance(value, Mapping):
            values |= flat(value, f"{name}.")
    return values


def parse(wanted: Field, text: str) -> Value:
    """What was typed, as a value; raises ValueError with words that follow "Field: "."""
    text = text.strip() if wanted.kind != "secret" else text
    if wanted.kind == "lines":
        text = "\n".join(line.strip() for line in text.splitlines() if line.strip())
    if not text:
        return () if wanted.kind == "lines" else None
    if wanted.check is not None:
        text = wanted.check(text)
    if wanted.kind == "number":
        return _number(wanted, text)
    if wanted.kind == "timestamp":
        return _timestamp(text)
    return tuple(text.splitlines()) if wanted.kind == "lines" else text


def shown(value: object) -> str:
    """A value as text to edit; foreign text is made harmless."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        local = value.astimezone()
        return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"
    if isinstance(value, (tuple, list)):
        return "\n".join(clean(item) for item in value)
    return clean(value, limit=10_000)


def timestamp(value: str | datetime | None) -> datetime | None:
    """A timestamp of a document, which is text in ISO form, as a value of a field."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _number(wanted: Field, text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 18):
        raise ValueError("it is not a whole number")
    number = int(text)
    if wanted.least is not None and number < wanted.least:
        raise ValueError(f"it is at least {wanted.least}")
    if wanted.most is not None and number > wanted.most:
        raise ValueError(f"it is at most {wanted.most}")
    return number


def _timestamp(text: str) -> datetime:
    """A day or time; without a zone it is meant in the zone of this terminal."""
    try:
        # The conversion to the local zone fails for years at the ends of the calendar.
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise ValueError("it is not a valid day or time such as 2026-01-31 or 2026-01-31 14:00") from None


def _json(value: Value) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return list(value) if isinstance(value, tuple) else value
