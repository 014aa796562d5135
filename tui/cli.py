"""The `crossdock` command: every capability, headless, and the user interface without a command.

Modules that are slow to import are imported inside the commands that need them.
"""

from __future__ import annotations

import sys

import typer

from tui.commands import channels, jobs, orders, rehearsal, stores, upkeep
from tui.commands.common import fail, loaded_settings

app = typer.Typer(
    name="crossdock",
    help="Connects CS-Cart stores with Amazon sellers. Without a command, the user interface opens.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def interface(context: typer.Context) -> None:
    """Open the user interface when no command is given."""
    if context.invoked_subcommand is not None:
        return
    from core.actor import acting
    from core.errors import CrossdockError, UsageError
    from tui.app import run_app

    try:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError("The user interface needs a terminal.", next_step="See: crossdock --help")
        settings = loaded_settings()
        code = run_app(settings, acting(settings))
    except CrossdockError as error:
        fail(error, as_json=False)
    else:
        raise typer.Exit(code)


rehearsal.register(app)
upkeep.register(app)
app.add_typer(stores.app)
app.add_typer(channels.app)
app.add_typer(orders.app)
app.add_typer(jobs.app)
app.add_typer(upkeep.problems)


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
