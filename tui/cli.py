"""The `crossdock` command: every capability, headless, and the user interface without a command.

Only the module of the command that was asked for is imported: help and mistakes answer at once, and the user interface
waits for nothing that its first picture does not need.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.plain_text import clean, never_fail
from tui.program import NAME, version

if TYPE_CHECKING:
    import typer

# Name → module, and what `crossdock --help` says. Each module has an `app` of that name.
GROUPS = {
    "orders": ("tui.commands.orders", "Orders: import, list, show, hold, release, retry."),
    "shipments": ("tui.commands.shipments", "Shipments: push, list, enter."),
    "products": ("tui.commands.products", "Products: import, list."),
    "categories": ("tui.commands.categories", "Categories: refresh, list, map, unmap, export, import."),
    "product-types": ("tui.commands.product_types", "Amazon's product types: search, show."),
    "fields": ("tui.commands.fields", "What fills attributes: show, set, unset, preview, export, import."),
    "problems": ("tui.commands.problems", "What needs you, by cause."),
    "jobs": ("tui.commands.jobs", "Jobs: list, show, log, cancel, retry."),
    "schedule": ("tui.commands.schedules", "Schedules: list, set, run, pause, resume, reset."),
    "listings": ("tui.commands.listings", "Listings at Amazon, and which product a SKU means."),
    "notifications": ("tui.commands.notifications", "Notifications of Amazon: setup, status, poll, retry, drop."),
    "mapping": ("tui.commands.mapping", "Mappings: show, set, unset, export, import."),
    "channel": ("tui.commands.channels", "Channels: add, edit, list, verify, authorize, delete …"),
    "store": ("tui.commands.stores", "Stores: add, edit, list, verify, prepare, delete …"),
    "app": ("tui.commands.apps", "Amazon applications: add, edit, list, rotate, delete …"),
    "settings": ("tui.commands.settings", "Global settings: show, set."),
    "service": ("tui.commands.services", "The worker as a service of systemd: install, check."),
    "operator": ("tui.commands.operators", "Operators: add, list, passwd, token, delete …"),
    "audit": ("tui.commands.audit", "Who changed what, and what was refused."),
    "key": ("tui.commands.keys", "The key of all secrets: rotate, new."),
}
COMMANDS = {
    "status": ("tui.commands.status", "Channels, problems, jobs and workers at a glance."),
    "worker": ("tui.commands.upkeep", "Run the background worker until it is stopped."),
    "stop-writes": ("tui.commands.upkeep", "Stop all writes, allow them again, or ask."),
    "doctor": ("tui.commands.upkeep", "Examine this installation and say what to fix."),
    "metrics": ("tui.commands.metrics", "How everything stands, for Prometheus."),
    "backup": ("tui.commands.backups", "Write the whole state into one file."),
    "restore": ("tui.commands.backups", "Put a backup in the place of the database."),
    "move": ("tui.commands.backups", "Carry the home into another database."),
    "demo": ("tui.commands.rehearsal", "Try it: a sandbox with orders, a worker, a channel."),
    "sandbox": ("tui.commands.rehearsal", "Serve a fake Amazon and a fake store here."),
}
EXAMPLES = """\b
Examples:
  crossdock                                  open the user interface
  crossdock status                           how everything stands
  crossdock orders import --channel de --wait
  crossdock problems list
  crossdock orders list --state held --json
  crossdock --install-completion             complete words with tab in this shell
"""


LONGEST_WORD = 10_000
MANY_OBJECTS = 200_000
"""New objects after which garbage is looked for: while libraries are loaded there is none, and it takes a tenth of
the start."""
_COMPLETE = "_CROSSDOCK_COMPLETE"
"""The variable by which a shell asks for completions."""


def build(words: Sequence[str]) -> typer.Typer:
    """The application, with the real command for the first of `words` and names with their help for the others."""
    import typer

    app = typer.Typer(
        name=NAME,
        help="Connects CS-Cart stores with Amazon sellers. Without a command, the user interface opens.",
        epilog=EXAMPLES,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    asks = typer.Option(False, "--login", help="Alone: the user interface, which asks for name and password first.")
    asks_version = typer.Option(False, "--version", help="Show the version.", is_eager=True, callback=_version)

    def options(login: bool = asks, told: bool = asks_version) -> None:
        if login:
            raise typer.BadParameter("it stands alone", param_hint="--login")

    app.callback(invoke_without_command=not words)(options if words else _interface)
    asked = words[0] if words else ""
    for name, (module, text) in COMMANDS.items():
        if name == asked:
            importlib.import_module(module).register(app, name)
        else:
            app.command(name, help=text)(_unused)
    for name, (module, text) in GROUPS.items():
        if name == asked:
            app.add_typer(importlib.import_module(module).app)
        else:
            placeholder = typer.Typer(name=name, help=text)
            placeholder.callback()(_unused)
            app.add_typer(placeholder)
    return app


def interface(*, login: bool = False) -> int:
    """Open the user interface; returns the exit code. With `login` it asks who is there and runs no other command."""
    from core.errors import CrossdockError, UsageError

    try:
        if login and os.environ.get("SSH_ORIGINAL_COMMAND"):
            raise UsageError("No commands are run here.", next_step="Log in with ssh -t and without a command.")
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError("The user interface needs a terminal.", next_step="See: crossdock --help")
        from tui.app import run_app

        return run_app(login=login)
    except CrossdockError as error:
        sys.stderr.write(f"{clean(error)}\n")
        return error.exit_code


def _interface() -> None:
    sys.exit(interface())


def _version(is_asked: bool) -> None:
    if is_asked:
        import typer

        sys.stdout.write(f"crossdock {version()}\n")
        raise typer.Exit


def _unused() -> None:
    """Stands for a command that was not asked for."""


def _scripted(words: Sequence[str]) -> int:
    """Run a command for a script: a wrong command line is a document too."""
    import typer

    from core.errors import UsageError
    from tui.commands.common import tell_error

    try:
        return int(build(words)(standalone_mode=False) or 0)
    except typer.TyperException as error:
        message = error.format_message() if hasattr(error, "format_message") else str(error)
        known = f"{words[0]} " if words[0] in GROUPS | COMMANDS else ""
        wrong = UsageError(message, next_step=f"See: crossdock {known}--help")
        tell_error(wrong, as_json=True)
        return wrong.exit_code


def _completing() -> list[str] | None:
    """The words before the one that a shell wants completed; None when it wants nothing of the sort.

    Shells call the program without words, and tell what was typed in variables, each its own way.
    """
    if _COMPLETE not in os.environ:
        return None
    typed = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
    return typed.split()[1:]


def _is_unusable(word: str) -> bool:
    """Whether a word of the command line is not UTF-8, or longer than anything that is named or pasted here."""
    return len(word) > LONGEST_WORD or any("\ud800" <= character <= "\udfff" for character in word)


def _refuse(*, as_json: bool) -> int:
    from core.errors import UsageError
    from tui.commands.common import tell_error

    what = f"A word of the command line is not UTF-8, or longer than {LONGEST_WORD} characters."
    error = UsageError(what, next_step="See: crossdock --help")
    tell_error(error, as_json=as_json)
    return error.exit_code


def main() -> None:
    """Entry point of the console script."""
    never_fail(sys.stdout)
    never_fail(sys.stderr)
    gc.set_threshold(MANY_OBJECTS, 20, 20)
    atexit.register(gc.freeze)  # to look for garbage once more at the end takes a quarter of a short command
    try:
        _run(sys.argv[1:])
    except KeyboardInterrupt:  # while something is still being loaded
        sys.exit(130)


def _run(words: list[str]) -> None:
    typed = _completing()
    if typed is not None:
        build(typed or ["--help"])(prog_name=NAME)
    if any(map(_is_unusable, words)):
        sys.exit(_refuse(as_json="--json" in words))
    if words == ["--login"]:
        sys.exit(interface(login=True))
    elif "--json" in words:
        sys.exit(_scripted(words))
    elif words:
        build(words)(prog_name=NAME)
    else:
        _interface()


if __name__ == "__main__":
    main()
