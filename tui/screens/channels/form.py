"""The form of a channel over the whole screen: for a new one, and for one that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from core import global_settings, stores
from core.actor import Actor
from core.channels import registry
from core.channels.views import ChannelView
from core.model.account import MODE_PRIVATE
from core.workspace import Workspace
from tui.forms.fields import Entered, Values
from tui.forms.modal import FormScreen
from tui.screens.channels.connection import (
    app_status_field,
    connection_fields,
    connection_tab,
    credential_fields,
)
from tui.screens.channels.fields import agree, settings_tabs
from tui.screens.channels.values import changes_document, fresh_values, new_document, present_values
from tui.screens.settings.companies import company_choices, company_field
from tui.widgets.choice import Choice

CONNECTING = "Asking Amazon …"


@dataclass(frozen=True)
class Beginnings:
    """What a form begins with, read before it opens."""

    app_mode: str
    """The default one of new channels."""
    store: str | None
    """Where there is only one."""
    cod: str
    """The payment of the global settings for cash on delivery, if they name one."""


def beginnings(workspace: Workspace, actor: Actor) -> Beginnings:
    """Read them; runs in a thread."""
    known = stores.list_stores(workspace, actor)
    cod = global_settings.payment_cod(workspace.database)
    return Beginnings(
        app_mode=global_settings.app_mode(workspace.database),
        store=known[0].name if len(known) == 1 else None,
        cod=f"as in the global settings ({cod})" if cod else "",
    )


def new_form(workspace: Workspace, actor: Actor, begins: Beginnings) -> FormScreen[ChannelView]:
    """A new channel; a private one is proven with Amazon before it is saved, a public one waits for its seller."""
    tabs = [
        connection_tab(connection_fields(workspace, actor)),
        *settings_tabs(partial(_lookups, workspace, actor), begins.cod),
    ]
    begun = fresh_values(app_mode=begins.app_mode, store=begins.store, company_id=actor.company_id)

    def save(entered: Entered) -> ChannelView:
        return registry.add(workspace, actor, new_document(entered))

    return FormScreen("New channel", tabs, save, values=begun, agree=agree, verb="Add channel", saving=CONNECTING)


def setting_form(workspace: Workspace, actor: Actor, name: str, setting: str) -> FormScreen[ChannelView]:
    """The form of a channel, opened at one of its settings; reads the channel."""
    channel = registry.show(workspace, actor, name)
    return edit_form(workspace, actor, channel, beginnings(workspace, actor), f"settings.{setting}")


def edit_form(
    workspace: Workspace, actor: Actor, channel: ChannelView, begins: Beginnings, begin: str = ""
) -> FormScreen[ChannelView]:
    """All settings of a channel; what it is connected with stands in the title and stays. Begins at a field."""
    companies = partial(company_choices, workspace, actor)
    secrets = credential_fields(required=False) if channel.app_mode == MODE_PRIVATE else []
    tabs = [
        connection_tab([company_field(lambda _: companies(channel.store)), *secrets, app_status_field()]),
        *settings_tabs(lambda _, kind: store_choices(workspace, actor, channel.store, kind), begins.cod),
    ]
    title = f"Channel {channel.name} · {channel.country} · {channel.app_mode} app · store {channel.store}"
    save = partial(_edit, workspace, actor, channel)
    return FormScreen(title, tabs, save, values=present_values(channel), agree=agree, saving=CONNECTING, begin=begin)


def _edit(workspace: Workspace, actor: Actor, read: ChannelView, entered: Entered) -> ChannelView:
    if not entered.changes:
        return read
    return registry.edit(workspace, actor, changes_document(read, entered))


def _lookups(workspace: Workspace, actor: Actor, now: Values, kind: str) -> Sequence[Choice]:
    store = now.get("store")
    return store_choices(workspace, actor, str(store), kind) if store else ()


def store_choices(workspace: Workspace, actor: Actor, store: str, kind: str) -> Sequence[Choice]:
    """What the store offers; statuses go by their code, payments and shipping methods by their number."""
    return [
        Choice(
            found.key if kind == "status" else int(found.key),
            f"{found.name} ({found.key})",
            "" if found.active else "not active in the store",
        )
        for found in stores.lookups(workspace, actor, store, kind)
    ]
