"""`crossdock app …`"""

from __future__ import annotations

from core import apps
from tui.commands.common import (
    AppName,
    From,
    Json,
    NoVerify,
    Yes,
    agree,
    command,
    fields,
    group,
    read_document,
    session,
    show,
    tell,
)
from tui.commands.table import table

app = group("app", "Amazon applications: add, edit, list, show, rotate, delete.")


@command(app, "add", "app add --from app.json", "app add --from - < app.json")
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
    lines = table(rows, head, whole=("name",), spare=("region", "API mode")) if rows else empty
    show({"apps": views}, lines, as_json=as_json)


@command(app, "show")
def show_one(name: AppName, as_json: Json = False) -> None:
    """One application; its secret is never shown."""
    with session() as (workspace, actor):
        view = apps.show(workspace, actor, name)
    _show(view, as_json)


@command(app, "rotate")
def rotate(name: AppName, as_json: Json = False) -> None:
    """Ask Amazon for a new client secret, which arrives on the application's own queue."""
    with session() as (workspace, actor):
        message = apps.rotate(workspace, actor, name)
    show({"rotated": name, "message": message}, [message], as_json=as_json)


@command(app, "delete", "app delete NAME", "app delete NAME --yes")
def delete(name: AppName, yes: Yes = False, as_json: Json = False) -> None:
    """Delete an application that no channel uses, with its client secret."""
    with session() as (workspace, actor):
        view = apps.show(workspace, actor, name)
        told = [f"App {view.name} ({view.mode}, {view.client_id}) goes with its client secret. Amazon keeps it."]
        agree(told, f"Delete app {view.name}?", yes=yes)
        apps.remove(workspace, actor, name)
    show({"deleted": name}, [f"App {name} is deleted."], as_json=as_json)


def _show(view: apps.AppView, as_json: bool) -> None:
    for warning in view.warnings:
        tell(f"Note: {warning}")
    show(view, fields(view), as_json=as_json)
