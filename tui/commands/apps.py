"""`crossdock app …`"""

from __future__ import annotations

import typer

from core import apps
from tui.commands.common import From, Json, NoVerify, command, fields, group, read_document, session, show, table

app = group("app", "Amazon applications: add, edit, list, show, rotate.")


@command(app, "add")
def add(source: From, no_verify: NoVerify = False, as_json: Json = False) -> None:
    """Register an Amazon application; nothing is saved when Amazon refuses its client id and secret."""
    document = read_document(source)
    with session() as (workspace, actor):
        view = apps.add(workspace, actor, document, verify=not no_verify)
    _show(view, as_json)


@command(app, "edit")
def edit(source: From, no_verify: NoVerify = False, as_json: Json = False) -> None:
    """Change an application: the document holds its name and what changes."""
    document = read_document(source)
    with session() as (workspace, actor):
        view = apps.edit(workspace, actor, document, verify=not no_verify)
    _show(view, as_json)


@command(app, "list")
def list_all(as_json: Json = False) -> None:
    """All applications."""
    with session() as (workspace, actor):
        views = apps.list_apps(workspace, actor)
    rows = [(v.name, v.mode, v.api_mode, v.region, v.channels, f"{v.secret_expires_at:%Y-%m-%d}") for v in views]
    head = ("name", "mode", "API mode", "region", "channels", "secret until")
    empty = ["There is no app yet. Add one with: crossdock app add --from FILE"]
    lines = table(rows, head) if rows else empty
    show({"apps": [view.document() for view in views]}, lines, as_json=as_json)


@command(app, "show")
def show_one(name: str, as_json: Json = False) -> None:
    """One application; its secret is never shown."""
    with session() as (workspace, actor):
        view = apps.show(workspace, actor, name)
    _show(view, as_json)


@command(app, "rotate")
def rotate(name: str, as_json: Json = False) -> None:
    """Ask Amazon for a new client secret, which arrives on the application's own queue."""
    with session() as (workspace, actor):
        message = apps.rotate(workspace, actor, name)
    show({"rotated": name, "message": message}, [message], as_json=as_json)


def _show(view: apps.AppView, as_json: bool) -> None:
    for warning in view.warnings:
        typer.echo(f"Note: {warning}", err=True)
    document = view.document()
    show(document, fields(document), as_json=as_json)
