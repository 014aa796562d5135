"""What all commands share: opening the home, one way to print, one way to fail."""

from __future__ import annotations

import functools
import json
import logging
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core import documents, logs, settings
from core.actor import Actor
from core.errors import ConfigurationError, CrossdockError, UsageError
from core.people.login import acting
from core.plain_text import clean
from core.redaction import excerpt, redact
from core.settings import Settings
from core.workspace import Workspace, opened
from tui.commands import completion
from tui.commands.terminal import Line, Tone, painted
from tui.program import NAME, runnable

log = logging.getLogger(__name__)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
From = Annotated[str, typer.Option("--from", metavar="FILE|-", help="A JSON document; - is standard input.")]
NoVerify = Annotated[bool, typer.Option("--no-verify", help="Do not try the connection.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking, also where there is no terminal.")]
_CHANNEL = {"metavar": "NAME", "autocompletion": completion.channels}
ChannelOption = Annotated[str, typer.Option("--channel", **_CHANNEL, help="The channel.")]
SomeChannel = Annotated[str | None, typer.Option("--channel", **_CHANNEL, help="Only this channel; without it all.")]
ChannelName = Annotated[str, typer.Argument(**_CHANNEL)]
StoreName = Annotated[str, typer.Argument(metavar="NAME", autocompletion=completion.stores)]
AppName = Annotated[str, typer.Argument(metavar="NAME", autocompletion=completion.apps)]
OperatorName = Annotated[str, typer.Argument(metavar="NAME", autocompletion=completion.operators)]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most so many.")]

LINE = 10_000
"""Characters of one line that are printed."""
MOST_BYTES = 10_000_000
"""Of a document; a file that goes on for ever is none."""

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


def group(name: str, text: str) -> typer.Typer:
    """A group of commands."""
    return typer.Typer(name=name, help=text, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


def command(app: typer.Typer, name: str, *examples: str) -> Callable[[AnyFunction], AnyFunction]:
    """Register a command that fails in the operator's words and never with a traceback.

    Its help ends with the `examples`, command lines without the name of the program.
    """

    def register(function: AnyFunction) -> AnyFunction:
        @functools.wraps(function)
        def guarded(*args: Any, **options: Any) -> None:
            try:
                _check_numbers(options)
                code = function(*args, **options)
            except CrossdockError as error:
                fail(error, as_json=bool(options.get("as_json")))
            except SQLAlchemyError as error:
                fail(_of_database(error), as_json=bool(options.get("as_json")))
            except KeyboardInterrupt:
                tell("Interrupted.")
                raise typer.Exit(130) from None
            except BrokenPipeError:
                raise typer.Exit(1) from None
            except Exception as error:
                log.debug("a fault of the program", exc_info=True)
                text = f"A fault of the program ({type(error).__name__}: {redact(str(error))[:200]})."
                fail(CrossdockError(text, next_step="Please report it with CROSSDOCK_LOG_LEVEL=debug."), as_json=False)
            else:
                raise typer.Exit(code or 0)

        app.command(name, epilog=_epilog(examples))(guarded)
        return function

    return register


def _epilog(examples: Sequence[str]) -> str | None:
    if not examples:
        return None
    lines = "\n".join(f"  {NAME} {example}" for example in examples)
    return f"\b\nExamples:\n{lines}"


def _check_numbers(options: Mapping[str, object]) -> None:
    """Raise UsageError for a number that nothing here can be: beyond 64 bits, infinite, or none."""
    for name, told in options.items():
        for value in told if isinstance(told, list | tuple) else [told]:
            is_huge = isinstance(value, int) and abs(value) >= 2**63
            if is_huge or (isinstance(value, float) and not math.isfinite(value)):
                raise UsageError("The number is too large.", subject=name.replace("_", "-"))


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
    tell(error)
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


def agree(told: Iterable[str], question: str, *, yes: bool, typed: str = "") -> None:
    """Ask before something is done that cannot be undone; `yes` is the answer given beforehand.

    With `typed` that name has to be typed, so that nobody agrees by habit. Raises UsageError where nobody can be asked.
    Leaves with exit code 1 on any other answer.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask at.", next_step="Repeat it with --yes to do it without asking.")
    for line in told:
        tell(line)
    how = f"Type {typed} to go on:" if typed else "[y/N]"
    sys.stderr.write(f"{clean(question, limit=LINE)} {clean(how)} ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip()
    if answer != typed if typed else answer.lower() not in ("y", "yes"):
        tell("Cancelled. Nothing was changed.")
        raise typer.Exit(1)


def loaded_settings() -> Settings:
    """The configuration, with logging set up."""
    loaded = settings.load()
    logs.configure(loaded)
    return loaded


def read_document(source: str) -> dict[str, Any]:
    """The JSON document in a file, or on standard input."""
    name = "standard input" if source == "-" else source or "--from"
    try:
        if source == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        text = data.decode()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"It cannot be read: {reason}.", subject=excerpt(name)) from None
    if len(data) > MOST_BYTES:
        raise UsageError(f"It is larger than {MOST_BYTES // 1_000_000} MB.", subject=excerpt(name))
    return documents.load_json(text, excerpt(name))


def print_json(document: Any) -> None:
    """Views as one JSON document on the output; all but ASCII is escaped, so that it does nothing to a terminal."""
    json.dump(documents.as_json(document), sys.stdout, indent=2)
    sys.stdout.write("\n")
    sys.stdout.flush()


def show(document: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """Print the document, or the lines for people."""
    if as_json:
        print_json(document)
        return
    for line in lines:
        say(line)


def say(line: object) -> None:
    """One line for people on standard output; text from outside may be in it."""
    print(_printable(line))


def tell(line: object) -> None:
    """The same beside the output, on standard error."""
    print(_printable(line), file=sys.stderr)


def _printable(line: object) -> str:
    return line if isinstance(line, Line) else runnable(clean(line, limit=LINE))


def fields(document: Any) -> Iterator[str]:
    """A view, or a document, as lines of `name: value`."""
    for name, value in documents.as_json(document).items():
        if isinstance(value, dict):
            for key, item in value.items():
                yield f"{name}.{key}: {item}"
        else:
            yield f"{name}: {'' if value is None else value}"


def checklist_lines(document: dict[str, Any]) -> Iterator[str]:
    """A checklist for people."""
    for check in document["checks"]:
        word = painted("ok  ", Tone.GOOD) if check["ok"] else painted("FAIL", Tone.BAD)
        yield Line(f"{word}  {clean(check['name'])}: {runnable(clean(check['message'], limit=LINE))}")
        if check["fix"]:
            yield fix_line(check["fix"])


def fix_line(fix: str) -> str:
    """What to do about the line before."""
    return f"      → {fix}"
