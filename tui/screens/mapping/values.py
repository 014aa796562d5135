"""Payments, shipping methods, statuses and carriers: one table for all of them, each key with what it means."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.actor import Actor
from core.amazon.carriers import OTHER
from core.jobs.requests import Requested
from core.mappings import choices as mappings
from core.mappings.choices import KINDS, NO_STOCK, words_of
from core.workspace import Workspace
from tasks.start import start
from tui.frame.fixes import counted
from tui.frame.section import Section, fact
from tui.frame.value_pick import usable, value_pick
from tui.screens.mapping.data import Meaning, meanings
from tui.text import clean, foreign
from tui.widgets.ask import Ask
from tui.widgets.choice import Choice
from tui.widgets.confirm import Confirm
from tui.widgets.pane import Pane
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

if TYPE_CHECKING:
    from tui.screens.mapping.host import MappingHost

TITLES = {"payments": "Payments", "shipping": "Shipping", "statuses": "Statuses", "carriers": "Carriers"}
KEY_TITLES = {
    "payments": "orders paid",
    "shipping": "Amazon's service level",
    "statuses": "status at Amazon",
    "carriers": "carrier of the store",
}
VALUE_TITLES = {"carriers": "carrier of Amazon"}
ABOUT = {
    "payments": "Orders get this payment of the store. For cash on delivery none is guessed: they are held without.",
    "shipping": "Orders get this shipping method of the store. Levels that are not set take that of all others.",
    "statuses": "Orders get this status in the store. What moves no stock needs one that gives the stock back.",
    "carriers": "What Amazon calls a carrier of the store. What Amazon does not list is told to it as free text.",
}
SOURCES = {"channel": "this channel", "store prepare": "prepared in the store", "global settings": "all channels"}
"""Who says what a key means, as people read it."""
NO_CARRIERS = "No carrier is mapped yet: {mapping.add} adds one, and those that hold shipments appear by themselves."
NOT_OF_CHANNEL = "This channel does not set it. {mapping.choose} does; what counts until then comes from elsewhere."


class ValuesSection(Section[Meaning]):
    """The keys of one kind; the same for all of them."""

    if TYPE_CHECKING:
        screen: MappingHost

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose", id="mapping.choose", tooltip="Choose what it means"),
        Binding("a", "add", "Add", id="mapping.add", tooltip="Map another carrier of the store"),
        Binding("u,delete", "unset", "Unset", id="mapping.unset", tooltip="What the channel says of it counts no more"),
        Binding("r", "refresh", "Refresh", id="mapping.refresh_values", tooltip="Read the store's list again"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor, kind: str) -> None:
        self.kind = kind
        self.NAME, self.TITLE = kind, TITLES[kind]
        self.COLUMNS = (
            Column(KEY_TITLES[kind], least=22, most=30),
            Column(VALUE_TITLES.get(kind, "in the store")),
            Column("set by", least=9, most=21, wide=60),
            Column("held", least=4, most=6, right=True),
        )
        super().__init__(workspace, actor)
        self.add_class("values")

    # -- data -----------------------------------------------------------------------------------------------

    def read_for(self, channel: str) -> Sequence[Meaning]:
        """All keys of a channel. Runs in a thread."""
        return meanings(self.workspace, self.actor, self.kind, channel)

    def read(self) -> Sequence[Meaning]:
        """All keys of the chosen channel."""
        return self.read_for(self.screen.channel)

    def name_of(self, item: Meaning) -> str:
        """Its key."""
        return item.of.key

    def show(self, items: Sequence[Meaning]) -> None:
        """Show a reading, and how much of it is set."""
        self.EMPTY = self.screen.spoken(NO_CARRIERS)
        super().show(items)
        pane = self.query(Pane).first()
        pane.set_title(f"{self.TITLE} · {self.screen.store}")
        pane.set_count(f"{sum(bool(item.of.value) for item in items):,}/{len(items):,} set")

    def scope(self) -> Content:
        """Nothing is chosen here beside the channel."""
        return Content("")

    # -- how it reads ---------------------------------------------------------------------------------------

    def cells(self, item: Meaning) -> tuple[Cell, ...]:
        """What it is, what it means, who says so, how much is held for it."""
        mapped = item.of
        source = SOURCES.get(mapped.source, mapped.source)
        held = Content.styled(f"{item.held:,}", "$text-warning") if item.held else Content("")
        return foreign(key_words(self.kind, mapped.key)), value_cell(item), foreign(source), held

    def detail(self, item: Meaning) -> Sequence[Line]:
        """What it means, and what is wrong with it."""
        mapped = item.of
        lines = [
            Line(foreign(key_words(self.kind, mapped.key), "bold")),
            Line(Content(ABOUT[self.kind])),
            Line(Content("")),
        ]
        if mapped.value:
            lines.append(fact("Means", value_words(mapped.value, mapped.name)))
            lines.append(fact("Set by", SOURCES.get(mapped.source, mapped.source)))
        if mapped.fault:
            lines.append(Line(Content.assemble("! ", foreign(mapped.fault), "."), indent=2))
        if item.held:
            lines.append(fact("Held for it", counted(item.held, item.noun), style="$text-warning"))
        return lines

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only carriers have keys of their own; theirs are no list of the store."""
        if action == "add":
            return self.kind == "carriers"
        return self.kind != "carriers" if action == "refresh" else super().check_action(action, parameters)

    # -- doing ----------------------------------------------------------------------------------------------

    def action_choose(self) -> None:
        """Choose what the key under the cursor means."""
        if item := self.wanted():
            self.choose(item.of.key, item.of.value)

    def action_add(self) -> None:
        """Ask for a carrier of the store, then for Amazon's."""
        hint = "As the store writes it, such as ups."
        self.steps.ask(Ask("Which carrier of the store?", hint=hint), lambda key: key and self.choose(key.strip(), ""))

    def choose(self, key: str, value: str) -> None:
        """Ask what a key means; `value` is what it means now."""
        channel, about = self.screen.channel, f"{self.kind}.{key}"

        def opened(found: Sequence[mappings.Choice]) -> None:
            title = f"{KINDS[self.kind].title} for {key_words(self.kind, key)}, channel {channel}"
            current = value if any(it.key == value for it in found) else ""
            pick = value_pick(title, about, usable(about, found), current=current)
            self.steps.ask(pick, lambda choice: choice and self._chosen(channel, key, choice))

        read = partial(mappings.choices, self.workspace, self.actor, channel, self.kind)
        self.screen.use(read, opened, opens=True)

    def _chosen(self, channel: str, key: str, choice: Choice) -> None:
        value = str(choice.value)
        save = partial(self._save, channel, key, value, choice.words)
        free = value.removeprefix(f"{OTHER}:")
        if free == value:
            save()
            return
        near = mappings.near_carrier(free)
        hint = f" Did you mean {near}?" if near else ""
        question = f'Amazon does not list a carrier "{clean(free)}".{hint} Use it as free text?'
        self.steps.ask(Confirm(question, yes="Use as free text", no="Cancel"), lambda _: save())

    def _save(self, channel: str, key: str, value: str, words: str) -> None:
        work = partial(mappings.set_mapping, self.workspace, self.actor, channel, self.kind, key, value)
        self._change(work, f'{key_words(self.kind, key)} → "{words}".')

    def action_unset(self) -> None:
        """Ask, then let what the channel says of the key under the cursor count no more."""
        item = self.wanted()
        if item is None:
            return
        if item.of.source != "channel":
            self.screen.notify(self.screen.spoken(NOT_OF_CHANNEL))
            return
        channel, key = self.screen.channel, item.of.key
        words = key_words(self.kind, key)
        work = partial(mappings.unset_mapping, self.workspace, self.actor, channel, self.kind, key)
        question = (
            f"{clean(words)}: unset it for channel {clean(channel)}? What is in the store already stays as it is."
        )
        self.steps.ask(
            Confirm(question, yes="Unset", no="Keep"),
            lambda _: self._change(work, f"{words} is not set here any more."),
        )

    def _change(self, work: partial[Requested | None], done: str) -> None:
        def changed() -> Requested | None:
            requested = work()
            if requested is not None:
                start(self.workspace, requested)
            return requested

        self.screen.use(changed, partial(self.screen.follow, done))

    def action_refresh(self) -> None:
        """Read the store's list again."""
        work = partial(mappings.refresh_choices, self.workspace, self.actor, self.screen.channel, self.kind)
        words = KINDS[self.kind].title.lower()
        self.screen.use(work, lambda count: self.screen.notify(f"The store has {counted(count, f'{words} choice')}."))


def key_words(kind: str, key: str) -> str:
    """A key as people read it: "Cash on delivery", "Next day"."""
    if kind == "carriers":
        return key
    words = words_of(f"{kind}.{key}")
    return (words if words != key or key == NO_STOCK else key.replace("_", " ").lower()).capitalize()


def value_words(value: str, name: str) -> str:
    """What a key means: its name in the store, with its number or code."""
    told = value.removeprefix(f"{OTHER}:")
    if told != value:
        return f"{told} (free text)"
    return f"{name} ({value})" if name and name != value else value


def value_cell(item: Meaning) -> Content:
    """What a key means, or that nothing does, or why it cannot."""
    mapped = item.of
    if mapped.fault:
        return Content.styled(f"! {clean(mapped.fault)}", "$text-error")
    if mapped.value:
        return foreign(value_words(mapped.value, mapped.name))
    return Content.styled(
        "not set: items are held" if item.held else "not set", "$text-warning" if item.held else "$text-muted"
    )
