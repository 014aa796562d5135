"""`crossdock app …`"""

from __future__ import annotations

import time
from typing import Annotated

import typer

from core import apps
from core.actor import Actor
from core.flows import HEARS
from core.notifications import rotation
from core.notifications.rotation import Rotation, Step
from core.workspace import Workspace
from tasks.start import start
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


Wait = Annotated[bool, typer.Option("--wait", help="Until the new secret is in use, 15 minutes at most.")]
State = Annotated[bool, typer.Option("--state", help="Ask for nothing: how far the last one has come.")]
Again = Annotated[bool, typer.Option("--again", help="Although one that was asked for has not arrived.")]
_PATIENCE = 900.0
_LOOK = 5
"""Seconds that one look into the queue waits for a message."""


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


@command(app, "rotate", "app rotate NAME --wait", "app rotate NAME --state")
def rotate(name: AppName, wait: Wait = False, state: State = False, again: Again = False, as_json: Json = False) -> int:
    """Ask Amazon for a new client secret, which comes by a queue, is tried, and then serves; jobs go on meanwhile."""
    with session() as (workspace, actor):
        if state:
            standing = rotation.state(workspace, actor, name)
        else:
            standing = rotation.ask(workspace, actor, name, again=again)
        if wait:
            standing = _followed(workspace, actor, standing)
    document = {"rotated": name, "message": standing.message, "queue": standing.queue, "steps": standing.steps}
    show(document, [*map(_step, standing.steps), standing.message], as_json=as_json)
    return 1 if wait and standing.is_open else 0


def _step(step: Step) -> str:
    when = f"{step.at:%F %H:%M} UTC" if step.at else ""
    return f"{step.state:<8} {step.name:<20} {when} {step.words}".rstrip()


def _followed(workspace: Workspace, actor: Actor, standing: Rotation) -> Rotation:
    """Wait until the new secret is in use or was refused; the queue is looked into here while no worker does."""
    end = time.monotonic() + _PATIENCE
    while standing.is_open and time.monotonic() < end and not standing.fault:
        received = rotation.look(workspace, actor, standing.app, HEARS, seconds=_LOOK)
        for asked in received.asked if received else ():
            start(workspace, asked)
        if received is None:
            time.sleep(1)
        standing = rotation.state(workspace, actor, standing.app)
    return standing


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
