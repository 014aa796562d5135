"""The `crossdock` command: every capability, headless, and the user interface without a command.

Only the module of the command that was asked for is imported: help and mistakes answer at once, and the user interface
waits for nothing that its first picture does not need.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

# Name → module, and what `crossdock --help` says. Each module has an `app` of that name.
GROUPS = {
    "store": ("tui.commands.stores", "Stores: add, edit, list, show, verify, prepare, delete."),
    "app": ("tui.commands.apps", "Amazon applications: add, edit, list, show, rotate."),
    "channel": (
        "tui.commands.channels",
        "Channels: add, edit, list, show, authorize, verify, enable, disable, copy, delete.",
    ),
    "schedule": ("tui.commands.schedules", "What runs by itself: list, set, run, pause, resume."),
    "settings": ("tui.commands.settings", "Global settings: show, set."),
    "orders": ("tui.commands.orders", "Orders: import, list, show, hold, release, retry."),
    "listings": ("tui.commands.listings", "Listings: list, show, link, unlink."),
    "mapping": ("tui.commands.mapping", "Mappings: show, set, unset, export, import."),
    "jobs": ("tui.commands.jobs", "Jobs: list, show, log, cancel, retry."),
    "operator": ("tui.commands.operators", "Operators: add, list, passwd, token, disable, enable, delete."),
    "audit": ("tui.commands.audit", "Who changed what, and what was refused."),
    "key": ("tui.commands.keys", "The key of all secrets: rotate it, or go on with a new one after a loss."),
    "problems": ("tui.commands.problems", "What needs a person."),
}
COMMANDS = {
    "backup": ("tui.commands.backups", "Write the whole state into one file."),
    "restore": ("tui.commands.backups", "Put a backup in the place of the database."),
    "demo": ("tui.commands.rehearsal", "A sandbox, a worker and a connected channel, in a home of their own."),
    "sandbox": ("tui.commands.rehearsal", "Serve a fake Amazon and a fake store on this machine."),
    "worker": ("tui.commands.upkeep", "Run the background worker until it is told to stop."),
    "doctor": ("tui.commands.upkeep", "Examine this installation: versions, files, database, workers, channels."),
    "stop-writes": ("tui.commands.upkeep", "Stop all writes to all remotes, or allow them again."),
}


def build(words: Sequence[str]) -> typer.Typer:
    """The application, with the real command for the first of `words` and names with their help for the others."""
    import typer

    app = typer.Typer(
        name="crossdock",
        help="Connects CS-Cart stores with Amazon sellers. Without a command, the user interface opens.",
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
    )

    asks = typer.Option(False, "--login", help="Alone: the user interface, which asks for name and password first.")

    def options(login: bool = asks) -> None:
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
        print(error, file=sys.stderr)
        return error.exit_code


def _interface() -> None:
    sys.exit(interface())


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


def main() -> None:
    """Entry point of the console script."""
    words = sys.argv[1:]
    if words == ["--login"]:
        sys.exit(interface(login=True))
    elif "--json" in words:
        sys.exit(_scripted(words))
    elif words:
        build(words)()
    else:
        _interface()


if __name__ == "__main__":
    main()
