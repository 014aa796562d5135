"""The form of a channel over the whole screen: for a new one, and for one that is there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from core import stores
from core.actor import Actor
from core.channels import registry
from core.channels.views import ChannelView
from core.model.account import MODE_PRIVATE
from core.workspace import Workspace
from tui.forms.fields import Entered, Values
from tui.forms.modal import FormScreen
from tui.screens.channel_connection import (
    app_status_field,
    company_field,
    connection_fields,
    connection_tab,
    credential_fields,
)
from tui.screens.channel_fields import settings_tabs
from tui.screens.channel_values import changes_document, fresh_values, new_document, present_values
from tui.widgets.choice import Choice

CONNECTING = "Asking Amazon …"


def new_form(workspace: Workspace, actor: Actor, app_mode: str, store: str | None) -> FormScreen[ChannelView]:
    """A new channel; a private one is proven with Amazon before it is saved, a public one waits for its seller."""
    tabs = [
        connection_tab(connection_fields(workspace, actor)),
        *settings_tabs(partial(_lookups, workspace, actor)),
    ]
    begun = fresh_values(app_mode=app_mode, store=store, company_id=actor.company_id)

    def save(entered: Entered) -> ChannelView:
        return registry.add(workspace, actor, new_document(entered))

    return FormScreen("New channel", tabs, save, values=begun, saving=CONNECTING)


def edit_form(workspace: Workspace, actor: Actor, channel: ChannelView) -> FormScreen[ChannelView]:
    """All settings of a channel; what it is connected with stands in the title and stays."""
    secrets = credential_fields(required=False) if channel.app_mode == MODE_PRIVATE else []
    tabs = [
        connection_tab([company_field(), *secrets, app_status_field()]),
        *settings_tabs(lambda _, kind: _choices(workspace, actor, channel.store, kind)),
    ]
    title = f"Channel {channel.name} · {channel.country} · {channel.app_mode} app · store {channel.store}"
    save = partial(_edit, workspace, actor, channel)
    return FormScreen(title, tabs, save, values=present_values(channel), saving=CONNECTING)


def _edit(workspace: Workspace, actor: Actor, read: ChannelView, entered: Entered) -> ChannelView:
    if not entered.changes:
        return read
    return registry.edit(workspace, actor, changes_document(read, entered))


def _lookups(workspace: Workspace, actor: Actor, now: Values, kind: str) -> Sequence[Choice]:
    store = now.get("store")
    return _choices(workspace, actor, str(store), kind) if store else ()


def _choices(workspace: Workspace, actor: Actor, store: str, kind: str) -> Sequence[Choice]:
    """What the store offers; statuses go by their letter, payments and shipping methods by their number."""
    return [
        Choice(
            found.key if kind == "status" else int(found.key),
            f"{found.name} ({found.key})",
            "" if found.active else "not active in the store",
        )
        for found in stores.lookups(workspace, actor, store, kind)
    ]
