"""`ui.toml` in the home folder: theme, keys and spacing of one installation's user interface.

Whatever is wrong in it becomes a sentence for the banner; the rest of the file still holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

FILE = "ui.toml"

SPACINGS = ("normal", "compact")


@dataclass(frozen=True)
class Preferences:
    """What the file asks for; `complaints` says what of it cannot be."""

    theme: str = ""
    spacing: str = SPACINGS[0]
    keys: dict[str, str] = field(default_factory=dict)
    complaints: tuple[str, ...] = ()

    def complaining(self, *complaints: str) -> Preferences:
        """The same with further complaints."""
        return replace(self, complaints=(*self.complaints, *complaints))


def load(home: Path) -> Preferences:
    """The preferences in `home`; the defaults when there is no file."""
    try:
        text = (home / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Preferences()
    except (OSError, UnicodeDecodeError) as error:
        return Preferences(complaints=(f"{FILE} cannot be read and is left aside: {error}.",))
    return _parsed(text)


def _parsed(text: str) -> Preferences:
    import tomllib  # only for those who have the file: the first paint waits for it

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Preferences(complaints=(f"{FILE} is no TOML and is left aside: {error}.",))
    unknown = sorted(document.keys() - {"theme", "spacing", "keys"})
    complaints = [f"{FILE}: there is no {name}; it knows theme, spacing and [keys]." for name in unknown]
    theme = _word(document, "theme", "", complaints)
    spacing = _word(document, "spacing", SPACINGS[0], complaints)
    if spacing not in SPACINGS:
        complaints.append(f"{FILE}: spacing is one of {', '.join(SPACINGS)}, not {spacing}.")
        spacing = SPACINGS[0]
    keys = dict(_lines(document.get("keys", {}), "", complaints))
    return Preferences(theme, spacing, keys, tuple(complaints))


def _lines(value: object, name: str, complaints: list[str]) -> Iterator[tuple[str, str]]:
    """The lines of [keys]: TOML makes a table in a table of the dot in jobs.cancel."""
    if isinstance(value, str) and name:
        yield name, value
    elif isinstance(value, dict):
        for part, inner in value.items():
            yield from _lines(inner, f"{name}.{part}" if name else part, complaints)
    else:
        complaints.append(f'{FILE}: {name or "[keys]"} is no line like jobs.cancel = "x,delete" and is left aside.')


def _word(document: dict[str, Any], name: str, default: str, complaints: list[str]) -> str:
    value = document.get(name, default)
    if isinstance(value, str):
        return value
    complaints.append(f'{FILE}: {name} is a text in quotes: {name} = "…".')
    return default
