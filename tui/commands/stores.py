"""`crossdock store …`"""

from __future__ import annotations

from typing import Annotated

import typer

from core import stores
from core.checks import checklist
from tui.commands.common import (
    From,
    Json,
    NoVerify,
    StoreName,
    Yes,
    agree,
    checklist_lines,
    command,
    fields,
    group,
    read_document,
    session,
    show,
)
from tui.commands.table import table

app = group("store", "Stores: add, edit, list, show, verify, prepare, delete.")


@command(app, "add", "store add --from store.json", "store add --from - < store.json")
def add(source: From, no_verify: NoVerify = False, as_json: Json = False) -> None:
    """Connect a store; nothing is saved when it cannot be used."""
    document = read_document(source)
    with session() as (workspace, actor):
        view = stores.add(workspace, actor, document, verify=not no_verify)
    show(view, fields(view), as_json=as_json)


@command(app, "edit")
def edit(source: From, no_verify: NoVerify = False, as_json: Json = False) -> None:
    """Change a store; nothing is saved when it cannot be used any more."""
    document = read_document(source)
    with session() as (workspace, actor):
        view = stores.edit(workspace, actor, document, verify=not no_verify)
    show(view, fields(view), as_json=as_json)


@command(app, "list")
def list_all(as_json: Json = False) -> None:
    """All stores."""
    with session() as (workspace, actor):
        views = stores.list_stores(workspace, actor)
    rows = [(v.name, v.url, v.currency, v.edition, v.channels) for v in views]
    lines = table(rows, ("name", "url", "currency", "edition", "channels")) if rows else [_EMPTY]
    show({"stores": views}, lines, as_json=as_json)


_EMPTY = "There is no store yet. Add one with: crossdock store add --from FILE"


@command(app, "show")
def show_one(name: StoreName, as_json: Json = False) -> None:
    """One store."""
    with session() as (workspace, actor):
        view = stores.show(workspace, actor, name)
    show(view, fields(view), as_json=as_json)


@command(app, "verify", "store verify main")
def verify(name: StoreName, as_json: Json = False) -> int:
    """Look at a store again: what it is, what works, what is missing."""
    with session() as (workspace, actor):
        findings = stores.verify(workspace, actor, name)
    document = checklist(findings.checks)
    show(document, checklist_lines(document), as_json=as_json)
    return findings.failure.exit_code if findings.failure else 0


@command(app, "prepare", "store prepare main", "store prepare main --apply")
def prepare(
    name: StoreName,
    apply: Annotated[bool, typer.Option("--apply", help="Create what is missing.")] = False,
    as_json: Json = False,
) -> int:
    """Show what imports need in the store, and create it with --apply."""
    with session() as (workspace, actor):
        done = stores.prepare_store(workspace, actor, name, apply=apply)
    document = checklist(done.checks)
    show(document, checklist_lines(document), as_json=as_json)
    return 0 if document["ok"] else 1


@command(app, "delete", "store delete NAME", "store delete NAME --yes")
def delete(name: StoreName, yes: Yes = False, as_json: Json = False) -> None:
    """Delete a store that no channel uses."""
    with session() as (workspace, actor):
        view = stores.show(workspace, actor, name)
        told = [f"Store {view.name} ({view.url}) goes with its API key and the copy of its products and settings."]
        agree([*told, "The store itself and its orders stay as they are."], f"Delete store {view.name}?", yes=yes)
        stores.remove(workspace, actor, name)
    show({"deleted": name}, [f"Store {name} is deleted."], as_json=as_json)
