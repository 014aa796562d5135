"""`crossdock settings …`"""

from __future__ import annotations

from typing import Annotated

import typer

from core import global_settings
from core.global_settings import KEYS, GlobalView
from tui.commands.common import Json, command, fields, group, session, show

app = group("settings", "Global settings: show, set.")


@command(app, "show")
def show_all(as_json: Json = False) -> None:
    """All global settings."""
    with session() as (workspace, actor):
        view = global_settings.show(workspace, actor)
    _show(view, as_json)


@command(app, "set")
def set_one(
    key: Annotated[str, typer.Argument(help=f"One of {', '.join(KEYS)}.")],
    value: Annotated[str, typer.Argument(help='The value; "" deletes it.')],
    as_json: Json = False,
) -> None:
    """Set a global setting: what channels fall back on."""
    with session() as (workspace, actor):
        view = global_settings.change(workspace, actor, {key: value})
    _show(view, as_json)


def _show(view: GlobalView, as_json: bool) -> None:
    show({"settings": view}, fields(view), as_json=as_json)
