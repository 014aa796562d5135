"""The stages of a first start, as homes."""

from __future__ import annotations

from collections.abc import Callable

from core import global_settings
from core.actor import LOCAL_ADMIN
from core.first_start import PREPARED
from core.model.account import NOT_YET
from core.model.store import Store
from core.people import operators
from core.workspace import Workspace
from tests.tui.rows import add_channel


def _nothing(workspace: Workspace) -> None:
    pass


def _account(workspace: Workspace) -> None:
    operators.add(workspace, LOCAL_ADMIN, "ada", role="admin", password="correct horse")


def _store(workspace: Workspace, *prepared: str) -> None:
    _account(workspace)
    fields = {"url": "http://127.0.0.1:1", "email": "api@shop.example", "api_key": "key", "currency": "EUR"}
    with workspace.database.write() as session:
        session.add(Store(name="main", prepared=dict.fromkeys(prepared, 1), **fields))


def _prepared(workspace: Workspace) -> None:
    _store(workspace, *PREPARED)


def _public(workspace: Workspace) -> None:
    _prepared(workspace)
    global_settings.change(workspace, LOCAL_ADMIN, {"app_mode": "public"})


def _waiting(workspace: Workspace) -> None:
    _public(workspace)
    waits = [("seller_id", None), ("state", "needs_authorization"), ("state_reason", NOT_YET)]
    add_channel(workspace, "waiting", waits, app_mode="public")


def _connected(workspace: Workspace) -> None:
    _prepared(workspace)
    add_channel(workspace)


STAGES: dict[str, Callable[[Workspace], None]] = {
    "empty home": _nothing,
    "account": _account,
    "store": _store,
    "prepared store": _prepared,
    "public app wanted": _public,
    "channel without consent": _waiting,
    "channel without import": _connected,
}
"""What was done so far, by name; each is put into an empty home."""
