"""`ui.toml` in the home folder: theme, keys and spacing of one installation's user interface.

Whatever is wrong in it becomes a sentence for the banner; the rest of the file still holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.files import whole

FILE = "ui.toml"

SPACINGS = ("normal", "compact")


@dataclass(frozen=True)
class Preferences:
    """What the file asks for; `complaints` says what of it cannot be."""

    theme: str = ""
    spacing: str = SPACINGS[0]
    rail: bool = True
    """Whether the places stand beside the screen where the terminal is wide enough."""
    mouse: bool = True
    """Whether the terminal reports the mouse; without it, it selects text as it always does."""
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
        return Preferences(complaints=(f"{FILE} cannot be read and is ignored: {error}.",))
    return _parsed(text)


def _parsed(text: str) -> Preferences:
    import tomllib  # only for those who have the file: the first paint waits for it

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Preferences(complaints=(f"{FILE} is not valid TOML and is ignored: {error}.",))
    unknown = sorted(document.keys() - {"theme", "spacing", "rail", "mouse", "keys"})
    complaints = [f"{FILE}: unknown key {name}. Known are theme, spacing, rail, mouse and [keys]." for name in unknown]
    theme = _word(document, "theme", "", complaints)
    spacing = _word(document, "spacing", SPACINGS[0], complaints)
    if spacing not in SPACINGS:
        complaints.append(f"{FILE}: spacing is one of {', '.join(SPACINGS)}, not {spacing}.")
        spacing = SPACINGS[0]
    keys = dict(_lines(document.get("keys", {}), "", complaints))
    rail, mouse = (_switch(document, name, complaints) for name in ("rail", "mouse"))
    return Preferences(theme, spacing, rail, mouse, keys, tuple(complaints))


def _lines(value: object, name: str, complaints: list[str]) -> Iterator[tuple[str, str]]:
    """The lines of [keys]: TOML makes a table in a table of the dot in jobs.cancel."""
    if isinstance(value, str) and name:
        yield name, value
    elif isinstance(value, dict):
        for part, inner in value.items():
            yield from _lines(inner, f"{name}.{part}" if name else part, complaints)
    else:
        complaints.append(f'{FILE}: {name or "[keys]"} is not a line like jobs.cancel = "x,delete" and is ignored.')


def save(home: Path, **chosen: str | bool) -> None:
    """Write what was chosen in the application into the file; every other line of it stays as it is."""
    file = home / FILE
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    for name, value in chosen.items():
        lines = _with_line(lines, name, f"{name} = {json.dumps(value)}")
    with whole(file, replace=True) as written:
        written.write(("\n".join(lines) + "\n").encode())


def _with_line(lines: list[str], name: str, line: str) -> list[str]:
    """The lines with that of a name exchanged; it has to stand before the first table."""
    tables = next((n for n, text in enumerate(lines) if text.lstrip().startswith("[")), len(lines))
    head = [text for text in lines[:tables] if text.partition("=")[0].strip() != name]
    return [line, *head, *lines[tables:]]


def _switch(document: dict[str, Any], name: str, complaints: list[str]) -> bool:
    value = document.get(name, True)
    if isinstance(value, bool):
        return value
    complaints.append(f"{FILE}: {name} is true or false.")
    return True


def _word(document: dict[str, Any], name: str, default: str, complaints: list[str]) -> str:
    value = document.get(name, default)
    if isinstance(value, str):
        return value
    complaints.append(f'{FILE}: {name} is a text in quotes: {name} = "…".')
    return default
