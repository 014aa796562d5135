"""The list of channels, and what can be done with the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.amazon.marketplaces import in_region
from core.channels import registry
from core.channels.views import ChannelView
from core.model.account import ACCOUNT_OK, MODE_PUBLIC
from tui.forms.fields import Entered, Field
from tui.forms.modal import FormModal
from tui.screens.channel_form import edit_form
from tui.screens.channel_steps import ASKING, ChannelSteps
from tui.screens.channel_text import channel_facts, state_of
from tui.screens.section import Section
from tui.text import clean, foreign
from tui.widgets.ask import Ask
from tui.widgets.choice import Choice
from tui.widgets.confirm import Confirm
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line


class ChannelsSection(Section[ChannelView]):
    """A line per channel."""

    NAME = "channels"
    TITLE = "Channels"
    COLUMNS = (
        Column("Channel", least=12, most=24),
        Column("Country", most=7),
        Column("Store", most=20),
        Column("App", most=8),
        Column("State"),
    )
    EMPTY = (
        "No marketplace is connected yet. Press a to add a channel; it needs a store, which is added in Settings (6)."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="channels.add", tooltip="Connect a marketplace of a seller with a store"),
        Binding("enter,e", "edit", "Edit", id="channels.edit", tooltip="All settings of the channel, in tabs"),
        Binding("v", "verify", "Verify", id="channels.verify", tooltip="Ask Amazon and the store what works"),
        Binding(
            "o",
            "authorize",
            "Connect",
            show=False,
            id="channels.authorize",
            tooltip="The seller's consent",
        ),
        Binding("i", "import", "Import", show=False, id="channels.import", tooltip="Import what is new of its orders"),
        Binding("t", "toggle", "On/off", show=False, id="channels.toggle", tooltip="Disable the channel, or enable it"),
        Binding("y", "copy", "Copy", show=False, id="channels.copy", tooltip="Another marketplace of the same seller"),
        Binding("d", "delete", "Delete", show=False, id="channels.delete", tooltip="Forget the channel"),
    ]

    def read(self) -> Sequence[ChannelView]:
        """All channels that the operator may see."""
        return registry.list_channels(self.workspace, self.actor)

    def name_of(self, item: ChannelView) -> str:
        """Its name."""
        return item.name

    def cells(self, item: ChannelView) -> tuple[Cell, ...]:
        """Name, country, store, app mode, state."""
        return foreign(item.name), Content(item.country), foreign(item.store), Content(item.app_mode), state_of(item)

    def detail(self, item: ChannelView) -> Sequence[Line]:
        """How it stands and what is set."""
        return channel_facts(item)

    # -- add, edit, copy, delete ----------------------------------------------------------------------------

    @property
    def steps(self) -> ChannelSteps:
        """The windows that open over the screen."""
        return ChannelSteps(self.place)

    def action_add(self) -> None:
        """Connect another marketplace."""
        self.steps.add()

    def action_edit(self) -> None:
        """Open the form of the channel under the cursor."""
        if channel := self.wanted():
            form = edit_form(self.workspace, self.actor, channel)
            self.steps.ask(form, lambda saved: self.place.tell(f"Channel {saved.name} is saved."))

    def action_copy(self) -> None:
        """Ask for name and country of another channel of the same seller."""
        if channel := self.wanted():
            countries = [Choice(m.country, m.label, m.seller_central) for m in in_region(channel.region)]
            fields = (
                Field("name", "Name", required=True, help="Of the new channel."),
                Field("country", "Country", "choice", choices=countries, required=True, help="In the same region."),
            )
            form = FormModal(f"Copy channel {channel.name}", fields, partial(self._copy, channel.name), saving=ASKING)
            self.steps.ask(form, self._copied)

    def _copy(self, name: str, entered: Entered) -> ChannelView:
        wanted = entered.document()
        return registry.copy(self.workspace, self.actor, name, wanted["name"], wanted["country"])

    def _copied(self, channel: ChannelView) -> None:
        self.place.tell(f"Channel {channel.name} has the same settings. It is disabled until you have looked at it.")

    def action_delete(self) -> None:
        """Let the name be typed, then forget the channel under the cursor."""
        if channel := self.wanted():

            def check(text: str) -> str:
                if text != channel.name:
                    raise ValueError("it is another name")
                return text

            question = (
                f"Forget channel {channel.name} with its links, problems and jobs? Orders in the store stay.\n"
                "Type its name to do that."
            )
            self.steps.ask(Ask(question, check=check), lambda name: self._delete(str(name)))

    def _delete(self, name: str) -> None:
        remove = partial(registry.remove, self.workspace, self.actor, name)
        self.place.use(remove, lambda _: self.place.tell(f"Channel {name} is forgotten."))

    # -- connect, verify, switch ----------------------------------------------------------------------------

    def action_authorize(self) -> None:
        """Ask the seller of the channel under the cursor for the consent, for the first time or again."""
        if channel := self.wanted():
            if channel.app_mode == MODE_PUBLIC:
                self.steps.authorize(channel.name)
            else:
                self.place.tell("Its private app is authorized in Seller Central: enter the new token with Edit.")

    def action_verify(self) -> None:
        """Check the channel under the cursor."""
        if channel := self.wanted():
            self.steps.verify(channel.name)

    def action_toggle(self) -> None:
        """Disable the channel under the cursor after a question, or enable it."""
        channel = self.wanted()
        if channel and channel.enabled:
            question = f"Disable {clean(channel.name)}? Nothing is imported or sent until it is enabled again."
            self.steps.ask(
                Confirm(question, yes="Disable it", no="Keep it"), lambda _: self._switch(channel.name, False)
            )
        elif channel:
            self._switch(channel.name, True)

    def _switch(self, name: str, enabled: bool) -> None:
        switch = partial(registry.set_enabled, self.workspace, self.actor, name, enabled)
        self.place.use(switch, lambda _: self.place.tell(f"Channel {name} is {'enabled' if enabled else 'disabled'}."))

    # -- import ---------------------------------------------------------------------------------------------

    def action_import(self) -> None:
        """Start the incremental import of the channel under the cursor."""
        if channel := self.wanted():
            if channel.state == ACCOUNT_OK:
                self.steps.import_orders(channel)
            else:
                self.place.tell("Its seller has to authorize it first.")
