"""`python -m docs.write_reference` (`make reference`): writes the tables of commands and of keys from the program.

Each table stands at the end of its document, below a line that says so; what stands above that line is written by hand.
"""

from __future__ import annotations

import importlib
import pkgutil
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main
from textual.keys import format_key

import tui
from tui.cli import COMMANDS, GROUPS, build
from tui.keymap import Declared, every_binding

FOLDER = Path(__file__).parent
MARK = "<!-- Everything below this line is written by `make reference`. -->\n"
_SHOWN = frozenset(string.ascii_letters + string.digits + string.punctuation)


def commands() -> Iterator[str]:
    """A table for each group of commands, and one for those that stand alone."""
    for name in GROUPS:
        yield from _heading(f"crossdock {name}")
        for command in _loaded(name).commands.values():
            yield _row(f"crossdock {name}", command)
    yield from _heading("Single commands")
    for name in COMMANDS:
        yield _row("crossdock", _loaded(name))


def keys() -> Iterator[str]:
    """A table of every key of every screen, by its id."""
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        importlib.import_module(module.name)
    yield from ("", "| id | keys | what it does |", "| --- | --- | --- |")
    yield from map(_key, sorted(every_binding(), key=lambda entry: entry.id))


TABLES = {FOLDER / "commands.md": commands, FOLDER / "keys.md": keys}


def written(document: Path) -> str:
    """A document with its table as the program is now."""
    by_hand, _, _ = document.read_text().partition(MARK)
    return f"{by_hand}{MARK}" + "".join(f"{line}\n" for line in TABLES[document]())


def main() -> None:
    """Write all tables."""
    for document in TABLES:
        document.write_text(written(document))


def _loaded(name: str) -> Any:
    """The real command or group, which is imported only when it is asked for."""
    whole: Any = typer.main.get_command(build([name]))
    return whole.commands[name]


def _heading(title: str) -> Iterator[str]:
    yield from ("", f"## {title}", "", "| command | what it does |", "| --- | --- |")


def _row(before: str, command: Any) -> str:
    words = " ".join(f"{before} {command.name}{''.join(map(_usage, command.params))}".split())
    text = " ".join((command.help or "").partition("\f")[0].split())
    return f"| `{_cell(words)}` | {_cell(text)} |"


def _usage(parameter: Any) -> str:
    """An option or argument as usage lines have it; `--json`, which all have, is left out."""
    if parameter.param_type_name == "argument":
        words = _value(parameter)
    elif parameter.opts[0] == "--json":
        return ""
    else:
        words = parameter.opts[0] if parameter.is_flag else f"{parameter.opts[0]} {_value(parameter)}"
    if parameter.multiple or parameter.nargs == -1:
        words = f"{words.rstrip('…')}…"
    return f" {words}" if parameter.required else f" [{words}]"


def _value(parameter: Any) -> str:
    """What stands for the value: its name in the usage line, its choices, or what kind it is."""
    if parameter.metavar:
        return str(parameter.metavar).strip("[]")
    if choices := parameter.type_descriptor.choices:
        return "|".join(str(getattr(choice, "value", choice)) for choice in choices)
    is_number = parameter.bare_type().removeprefix("list[").startswith(("int", "float"))
    return "N" if is_number else str(parameter.name).upper()


def _key(entry: Declared) -> str:
    names = [character if (character := format_key(key)) in _SHOWN else key for key in entry.keys]
    said = ". ".join(part for part in (entry.binding.description, entry.binding.tooltip) if part)
    return f"| `{entry.id}` | {' '.join(f'`{name}`' for name in names)} | {said} |"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    main()
