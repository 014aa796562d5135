"""What all commands share: opening the home, one way to print, one way to fail."""

from __future__ import annotations

import functools
import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core import logs, settings
from core.actor import Actor
from core.documents import load_json
from core.errors import ConfigurationError, CrossdockError, UsageError
from core.login import acting
from core.redaction import redact
from core.settings import Settings
from core.workspace import Workspace, opened

log = logging.getLogger(__name__)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
From = Annotated[str, typer.Option("--from", metavar="FILE|-", help="A JSON document; - is standard input.")]
NoVerify = Annotated[bool, typer.Option("--no-verify", help="Do not try the connection.")]
ChannelOption = Annotated[str, typer.Option("--channel", metavar="NAME", help="The channel.")]

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


def group(name: str, text: str) -> typer.Typer:
    """A group of commands."""
    return typer.Typer(name=name, help=text, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


def command(app: typer.Typer, name: str) -> Callable[[AnyFunction], AnyFunction]:
    """Register a command that fails in the operator's words and never with a traceback."""

    def register(function: AnyFunction) -> AnyFunction:
        @functools.wraps(function)
        def guarded(*args: Any, **options: Any) -> None:
            try:
                code = function(*args, **options)
            except CrossdockError as error:
                fail(error, as_json=bool(options.get("as_json")))
            except SQLAlchemyError as error:
                fail(_of_database(error), as_json=bool(options.get("as_json")))
            except KeyboardInterrupt:
                print("Interrupted.", file=sys.stderr)
                raise typer.Exit(130) from None
            except BrokenPipeError:
                raise typer.Exit(1) from None
            except Exception as error:
                log.debug("a fault of the program", exc_info=True)
                text = f"A fault of the program ({type(error).__name__}: {redact(str(error))[:200]})."
                fail(CrossdockError(text, next_step="Please report it with CROSSDOCK_LOG_LEVEL=debug."), as_json=False)
            else:
                raise typer.Exit(code or 0)

        app.command(name)(guarded)
        return function

    return register


def _of_database(error: SQLAlchemyError) -> CrossdockError:
    reason = error.orig if isinstance(error, DBAPIError) else error
    return ConfigurationError(
        f"The database cannot be used: {redact(str(reason).splitlines()[0])}.",
        next_step="Check its disk, its rights and CROSSDOCK_DATABASE_URL, then try again.",
    )


def fail(error: CrossdockError, *, as_json: bool) -> None:
    """Say what went wrong and leave with its exit code."""
    tell_error(error, as_json=as_json)
    raise typer.Exit(error.exit_code)


def tell_error(error: CrossdockError, *, as_json: bool) -> None:
    """Say what went wrong: for people on standard error, for scripts as a document too."""
    print(error, file=sys.stderr)
    if as_json:
        print_json(
            {
                "error": {
                    "subject": error.subject,
                    "message": error.what,
                    "fix": error.next_step,
                    "exit_code": error.exit_code,
                    "fields": error.fields,
                }
            }
        )


@contextmanager
def session() -> Iterator[tuple[Workspace, Actor]]:
    """The home of this environment and who acts in it."""
    loaded = settings.load()
    logs.configure(loaded)
    with opened(loaded) as workspace:
        yield workspace, acting(workspace)


def loaded_settings() -> Settings:
    """The configuration, with logging set up."""
    loaded = settings.load()
    logs.configure(loaded)
    return loaded


def read_document(source: str) -> dict[str, Any]:
    """The JSON document in a file, or on standard input."""
    if source == "-":
        return load_json(sys.stdin.read(), "standard input")
    try:
        text = Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"It cannot be read: {reason}.", subject=source) from None
    return load_json(text, source)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")
    sys.stdout.flush()


def show(document: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """Print the document, or the lines for people."""
    if as_json:
        print_json(document)
        return
    for line in lines:
        print(plain(line))


def plain(text: str) -> str:
    """Foreign text for a terminal: no escape codes, no control characters, no changes of direction."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def fields(document: dict[str, Any]) -> Iterator[str]:
    """A document as lines of `name: value`."""
    for name, value in document.items():
        if isinstance(value, dict):
            for key, item in value.items():
                yield f"{name}.{key}: {item}"
        else:
            yield f"{name}: {'' if value is None else value}"


def table(rows: Iterable[Iterable[object]], head: Iterable[str]) -> Iterator[str]:
    """Columns as wide as their widest cell."""
    cells = [[str(cell) for cell in row] for row in [list(head), *map(list, rows)]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def checklist_lines(document: dict[str, Any]) -> Iterator[str]:
    """A checklist for people."""
    for check in document["checks"]:
        yield f"{'ok  ' if check['ok'] else 'FAIL'}  {check['name']}: {check['message']}"
        if check["fix"]:
            yield f"      → {check['fix']}"
