"""The list of channels, and what can be done with the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.amazon.marketplaces import in_region
from core.channels import registry, removal
from core.channels.removal import Removal
from core.channels.views import ChannelView, list_channels
from core.model.account import ACCOUNT_OK, MODE_PUBLIC
from core.names import check_name
from tui.forms.fields import Entered, Field
from tui.forms.modal import FormModal
from tui.frame.section import Section
from tui.screens.channels.connection import country_choices
from tui.screens.channels.steps import ASKING, ChannelSteps
from tui.screens.channels.text import channel_facts, minutes_of, schedule_of, state_of
from tui.screens.settings.schedule_steps import ScheduleSteps
from tui.text import clean, foreign
from tui.widgets.ask import Ask
from tui.widgets.confirm import Confirm
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line


class ChannelsSection(Section[ChannelView], inherit_bindings=False):
    """A line per channel. It has no zoom: v verifies."""

    NAME = "channels"
    TITLE = "Channels"
    COLUMNS = (
        Column("channel", least=12, most=24),
        Column("country", most=7),
        Column("store", most=16),
        Column("schedule", most=9),
        Column("state"),
    )
    EMPTY = "No marketplace is connected yet. Press a to add a channel; it needs a store, which is added in Settings."
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
        Binding(
            "n",
            "notifications",
            "Notifications",
            show=False,
            id="channels.notifications",
            tooltip="What Amazon tells by its queue, and what is missing",
        ),
        Binding("i", "import", "Import", show=False, id="channels.import", tooltip="Import its new orders"),
        Binding("s", "schedule", "Schedule", id="channels.schedule", tooltip="How often its orders are imported"),
        Binding("t", "toggle", "On/off", show=False, id="channels.toggle", tooltip="Disable the channel, or enable it"),
        Binding("y", "copy", "Copy", show=False, id="channels.copy", tooltip="Another marketplace of the same seller"),
        Binding(
            "d",
            "delete",
            "Delete",
            show=False,
            id="channels.delete",
            tooltip="The channel, its links and jobs",
        ),
    ]

    def read(self) -> Sequence[ChannelView]:
        """All channels that the operator may see."""
        return list_channels(self.workspace, self.actor)

    def name_of(self, item: ChannelView) -> str:
        """Its name."""
        return item.name

    def cells(self, item: ChannelView) -> tuple[Cell, ...]:
        """Name, country, store, schedule, state."""
        return foreign(item.name), Content(item.country), foreign(item.store), schedule_of(item), state_of(item)

    def detail(self, item: ChannelView) -> Sequence[Line]:
        """How it stands and what is set."""
        return channel_facts(item)

    # -- add, edit, copy, delete ----------------------------------------------------------------------------

    @property
    def steps(self) -> ChannelSteps:
        """The windows that open over the screen."""
        return ChannelSteps(self.screen)

    def action_add(self) -> None:
        """Connect another marketplace."""
        self.steps.add()

    def action_edit(self) -> None:
        """Open the form of the channel under the cursor."""
        if channel := self.wanted():
            self.steps.edit(channel)

    def action_copy(self) -> None:
        """Ask for name and country of another channel of the same seller."""
        if channel := self.wanted():
            countries = country_choices(in_region(channel.region))
            fields = (
                Field("name", "Name", required=True, check=check_name, help="Name of the new channel."),
                Field(
                    "country",
                    "Country",
                    "choice",
                    choices=countries,
                    required=True,
                    help="Another marketplace of the same region.",
                ),
            )
            copy = partial(self._copy, channel.name)
            form = FormModal(f"Copy channel {channel.name}", fields, copy, verb="Add channel", saving=ASKING)
            self.steps.ask(form, self._copied)

    def _copy(self, name: str, entered: Entered) -> ChannelView:
        wanted = entered.document()
        return registry.copy(self.workspace, self.actor, name, wanted["name"], wanted["country"])

    def _copied(self, channel: ChannelView) -> None:
        self.screen.notify(f"Channel {channel.name} added with the same settings. It is disabled: t enables it.")

    def action_delete(self) -> None:
        """Say what goes, let the name be typed, then delete the channel under the cursor."""
        if channel := self.wanted():
            preview = partial(removal.preview, self.workspace, self.actor, channel.name)
            self.screen.use(preview, self._ask_delete, opens=True)

    def _ask_delete(self, goes: Removal) -> None:
        def check(text: str) -> str:
            if text != goes.channel:
                raise ValueError("it is not the name of this channel")
            return text

        question = "\n".join([*goes.sentences(), f"Type {clean(goes.channel)} to delete the channel."])
        self.steps.ask(Ask(question, check=check), lambda name: self._delete(str(name)))

    def _delete(self, name: str) -> None:
        remove = partial(removal.remove, self.workspace, self.actor, name)
        self.screen.use(remove, lambda _: self.screen.notify(f"Channel {name} deleted. Its orders in the store stay."))

    # -- connect, verify, switch ----------------------------------------------------------------------------

    def action_authorize(self) -> None:
        """Ask the seller of the channel under the cursor for the consent, for the first time or again."""
        if channel := self.wanted():
            if channel.app_mode == MODE_PUBLIC:
                self.steps.authorize(channel.name)
            else:
                self.screen.notify(
                    "Its private app is authorized in Seller Central. Enter the new refresh token with e."
                )

    def action_verify(self) -> None:
        """Check the channel under the cursor."""
        if channel := self.wanted():
            self.steps.verify(channel.name)

    def action_notifications(self) -> None:
        """Show how the notifications of the channel under the cursor stand."""
        if channel := self.wanted():
            self.steps.notifications(channel.name)

    def action_toggle(self) -> None:
        """Disable the channel under the cursor after a question, or enable it."""
        channel = self.wanted()
        if channel and channel.enabled:
            question = (
                f"Disable {clean(channel.name)}? Nothing is imported or sent until it is enabled again. Its settings, "
                "links and open problems stay."
            )
            self.steps.ask(Confirm(question, yes="Disable", no="Cancel"), lambda _: self._switch(channel.name, False))
        elif channel:
            self._switch(channel.name, True)

    def _switch(self, name: str, enabled: bool) -> None:
        switch = partial(registry.set_enabled, self.workspace, self.actor, name, enabled)
        self.screen.use(switch, lambda _: self.screen.notify(f"Channel {name} {'enabled' if enabled else 'disabled'}."))

    # -- schedule and import --------------------------------------------------------------------------------

    def action_schedule(self) -> None:
        """Ask how often the orders of the channel under the cursor are imported."""
        if channel := self.wanted():
            ScheduleSteps(self.screen).set_interval(channel.name, minutes_of(channel))

    def action_import(self) -> None:
        """Start the incremental import of the channel under the cursor."""
        if channel := self.wanted():
            if channel.state == ACCOUNT_OK:
                self.steps.import_orders(channel)
            else:
                self.screen.notify("Its seller has to authorize it first: press o.")
