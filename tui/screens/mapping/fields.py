"""What fills each attribute of a product type, and what that gives for a product of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from core.actor import Actor
from core.fields import mapping
from core.fields.mapping import AttributeView, FieldsView
from core.fields.plan.schema import Requirement
from core.fields.rows import Origin
from core.listings import preview as previews
from core.listings import products
from core.listings.preview import LineView, PreviewView
from core.product_types import definitions
from core.workspace import Workspace
from tui.frame.section import Section
from tui.screens.mapping import fields_text as text
from tui.screens.mapping.fields_form import SourceForm
from tui.screens.mapping.sheet import FIELDS, SheetSteps
from tui.text import clean
from tui.using import reason_of
from tui.widgets.choice import Choice, best_first
from tui.widgets.click_text import clickable
from tui.widgets.confirm import Confirm
from tui.widgets.filter_line import FilterLine
from tui.widgets.pane import Pane
from tui.widgets.pick import Pick
from tui.widgets.table import Row, Table
from tui.widgets.text_pane import Line, TextPane

if TYPE_CHECKING:
    from tui.screens.mapping.host import MappingHost

ALL, REQUIRED, SET = "All", "Required", "Set"
"""What is listed: everything, what every listing needs, what somebody chose."""
NO_WORDS = "Type a word of a product type's name: lamp."
NO_PRODUCT = "Type a word of the product's name, or its whole code."
NOT_SET = "Nobody set it: it is the default. {fields.set} sets it."
UNSET_FROM = {
    Origin.STORE: "for all channels of store {store}",
    Origin.CHANNEL: "for all product types of channel {channel}",
    Origin.PRODUCT_TYPE: "for {product_type} in channel {channel}",
}


@dataclass(frozen=True)
class FieldsData:
    """A reading: the product types of a channel, and the attributes of the one that is shown, once it was read."""

    types: Sequence[str]
    features: Mapping[str, str]
    view: FieldsView | None


class FieldsSection(Section[AttributeView]):
    """The attributes of one product type; what Amazon or the store is asked for arrives while the keys work."""

    if TYPE_CHECKING:
        screen: MappingHost

    NAME = "fields"
    TITLE = "Fields"
    COLUMNS = text.COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "set", "Set", id="fields.set", tooltip="Say what fills the attribute"),
        Binding("u,delete", "unset", "Unset", id="fields.unset", tooltip="One step back: inherited, or the default"),
        Binding("t", "type", "Product type", id="fields.type", tooltip="Choose the product type, or search Amazon's"),
        Binding("p", "preview", "Preview", id="fields.preview", tooltip="Show what a product of the store would say"),
        Binding("slash", "search", "Search", key_display="/", id="fields.filter", tooltip="Search the attributes"),
        Binding("f", "view", "Required", id="fields.view", tooltip="All attributes, required ones, or those set"),
        Binding("e", "export", "Export", id="fields.export", tooltip="Write what is set into a CSV file"),
        Binding("i", "import", "Import", id="fields.import", tooltip="Read a CSV file, with a preview"),
        Binding("r", "refresh", "Read again", show=False, id="fields.refresh", tooltip="Ask both sides again"),
        Binding("escape", "back", "Back", show=False, id="fields.back", tooltip="End the search, then the preview"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self.add_class("values", "fields")
        self._channel = ""
        self._type = ""
        self._chosen: dict[str, str] = {}
        """The product type that was chosen last, by channel."""
        self._loaded: set[tuple[str, str]] = set()
        """Channels and product types whose attributes were read once: from then on they follow the database."""
        self._data: FieldsData | None = None
        self._view: FieldsView | None = None
        self._trouble = ""
        self._listed = ALL
        self._seen: PreviewView | None = None
        self._lines: Mapping[str, LineView] = {}
        self._name = ""
        """The attribute that the cursor is to go to once they are read."""

    def compose(self) -> ComposeResult:
        """Filter and list, and what is known of an attribute."""
        with Pane(title=self.TITLE, classes="list"):
            yield FilterLine(text.HINT)
            yield Table(self.COLUMNS)
        yield Pane(TextPane(), title="Details", classes="about")

    # -- data -----------------------------------------------------------------------------------------------

    def read(self) -> Sequence[AttributeView]:
        """What is listed now."""
        return list(self._items.values())

    def read_for(self, channel: str) -> FieldsData:
        """What the database has; attributes only where Amazon was asked for them before. Runs in a thread."""
        who = self.workspace, self.actor, channel
        types = mapping.types_in_use(*who)
        kind = self._chosen.get(channel, types[0] if types else "")
        view = mapping.show(*who, kind) if (channel, kind) in self._loaded else None
        return FieldsData(types, mapping.features(*who), view)

    def name_of(self, item: AttributeView) -> str:
        """Its path."""
        return item.name

    def show(self, data: FieldsData) -> None:  # type: ignore[override]
        """Show a reading; the attributes of another product type are asked for."""
        is_same = data is self._data and self.screen.channel == self._channel
        if is_same and (self._view is not None or self._trouble):
            return
        if self.screen.channel != self._channel:
            self._channel, self._type, self._view = self.screen.channel, "", None
            self._forget_preview()
        self._data = data
        kind = self._chosen.get(self._channel, data.types[0] if data.types else "")
        if kind != self._type:
            self._turn_to(kind)
        elif data.view is not None and data.view.product_type == kind:
            self._view = data.view
        self._list()

    def point_at(self, name: str) -> None:
        """Put the cursor on an attribute of a product type: "LAMP.battery.weight"."""
        kind, _, self._name = name.partition(".")
        self._chosen[self._channel] = kind
        self._listed = ALL
        self.query_one(FilterLine).clear()
        if kind == self._type and self._view is not None:
            self._list()
        else:
            self._turn_to(kind)

    def _turn_to(self, kind: str) -> None:
        """Show another product type, once its attributes are read."""
        self._type, self._view, self._trouble = kind, None, ""
        self._forget_preview()
        if kind:
            self._load()
        self._list()

    def _load(self) -> None:
        channel, kind = self._channel, self._type
        self._trouble = ""

        def arrived(view: FieldsView) -> None:
            self._loaded.add((channel, kind))
            if (channel, kind) == (self._channel, self._type):
                self._view = view
                self._list()

        def failed(error: Exception) -> None:
            if (channel, kind) == (self._channel, self._type):
                self._trouble = reason_of(error)
                self._list()

        self.screen.use(partial(mapping.show, self.workspace, self.actor, channel, kind), arrived, failed)

    # -- showing --------------------------------------------------------------------------------------------

    def _list(self) -> None:
        """List the attributes that are wanted: what is required and missing first."""
        found = [one for one in self._ordered() if self._is_listed(one, self._listed)]
        words = self.query_one(FilterLine).text.casefold().split()
        found = [one for one in found if all(word in self._whole(one) for word in words)]
        self.EMPTY = self._empty()
        super().show(found)
        self._point()
        pane = self.query(Pane).first()
        pane.set_title(f"{self.TITLE} · {self._type}" if self._type else self.TITLE)
        pane.set_count(f"{sum(map(self._is_missing, self._all)):,} missing" if self._view else "")
        about = self.query(Pane).last()
        about.set_title(text.preview_title(self._seen) if self._seen else "Details")
        about.set_count(text.preview_count(self._seen))
        self.screen.show_scope()

    def _point(self) -> None:
        """Go to the attribute that was asked for: by its path, or the first of its parts."""
        wanted, self._name = (self._name, "") if self._view else ("", self._name)
        names = [item.name for item in self._items.values()]
        near = next((name for name in names if name == wanted or name.startswith(f"{wanted}.")), "") if wanted else ""
        if near:
            self.query_one(Table).show(self._rows(), key=self._numbers[near])
            self._show_detail()

    def _rows(self) -> list[Row]:
        features = self._data.features if self._data else {}
        return [
            Row(
                number,
                text.cells(item, self._lines.get(item.name), features, missing=self._is_missing(item)),
            )
            for number, item in self._items.items()
        ]

    def detail(self, item: AttributeView) -> Sequence[Line]:
        """What fills it, and what a product would say."""
        features = self._data.features if self._data else {}
        line = self._lines.get(item.name)
        return list(text.detail(item, features, self._seen, line, self.screen.spoken))

    def scope(self) -> Content:
        """The product type, and how much of it is listed."""
        if self._view is None:
            return clickable(Content.styled(clean(self._type), "bold"), "screen.pick_view('type')")
        kind = Content.styled("type ", "$text-muted") + Content.styled(f"{clean(self._type)}  ", "bold")
        parts = [clickable(kind, "screen.pick_view('type')")]
        for view in (ALL, REQUIRED, SET):
            label = f"{view} {sum(self._is_listed(one, view) for one in self._all):,}"
            shown = Content.styled(f"[{label}]", "bold") if view == self._listed else Content(f" {label} ")
            parts.append(clickable(shown, f"screen.pick_view({view!r})"))
        return Content("").join(parts)

    def _empty(self) -> str:
        if not self._type:
            return self.screen.spoken(text.NO_TYPE) if self._data else ""
        if self._view is None:
            return (
                self._trouble + self.screen.spoken(" {fields.refresh} asks again.") if self._trouble else text.READING
            )
        return self.screen.spoken(text.NONE_FOUND)

    @property
    def _all(self) -> Sequence[AttributeView]:
        return self._view.attributes if self._view else ()

    def _ordered(self) -> Sequence[AttributeView]:
        """Missing ones first; the others are in order already."""
        return sorted(self._all, key=lambda one: not self._is_missing(one))

    def _is_missing(self, one: AttributeView) -> bool:
        return text.is_missing(one, self._lines.get(one.name), is_previewed=self._seen is not None)

    @staticmethod
    def _is_listed(one: AttributeView, view: str) -> bool:
        return view == ALL or (one.requirement is Requirement.REQUIRED if view == REQUIRED else not one.default)

    def _whole(self, one: AttributeView) -> str:
        features = self._data.features if self._data else {}
        return f"{one.title} {one.name} {text.source_words(one.source, features)}".casefold()

    # -- choosing what to see -------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Type to search the attributes."""
        self.query_one(FilterLine).type_here()

    @on(FilterLine.Changed)
    def _search(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._list()
        if event.text:
            self.query_one(Table).action_first()

    @on(FilterLine.Left)
    def _to_list(self, event: FilterLine.Left) -> None:
        event.stop()
        self.enter()

    def action_back(self) -> None:
        """All panes again; then end the search, then the preview."""
        line = self.query_one(FilterLine)
        if self.is_zoomed:
            self.action_unzoom()
        elif line.text:
            line.clear()
        elif self._seen is not None:
            self._forget_preview()
            self._list()

    def action_view(self) -> None:
        """List the next of all attributes, required ones, and those set."""
        views = (ALL, REQUIRED, SET)
        self.pick_view(views[(views.index(self._listed) + 1) % len(views)])

    def pick_view(self, view: str) -> None:
        """List what was clicked; the product type is chosen anew."""
        if view == "type":
            self.action_type()
            return
        self._listed = view
        self._list()

    def action_type(self) -> None:
        """Choose the product type: one of the channel's, or one that Amazon finds."""
        known = [Choice(kind, note="mapped in this channel") for kind in (self._data.types if self._data else ())]
        channel = self._channel

        def find(words: str) -> Sequence[Choice]:
            ours = best_first(known, words)
            if ours or not words.strip():
                return ours
            keywords = [words.replace("_", " ")]
            found = definitions.search(self.workspace, self.actor, channel, keywords=keywords)
            return [Choice(one.name, note=one.display_name) for one in found]

        def chosen(choice: Choice) -> None:
            self._chosen[channel] = str(choice.value)
            self._turn_to(str(choice.value))

        pick = Pick("Attributes of which product type?", find, current=self._type, empty=NO_WORDS)
        self.steps.ask(pick, chosen)

    def action_refresh(self) -> None:
        """Ask again for what failed, or what may have changed since."""
        if self._type:
            self._load()
            self._preview_again()
            self._list()

    # -- preview --------------------------------------------------------------------------------------------

    def action_preview(self) -> None:
        """Choose a product of the store, and show what it would say."""
        if self._view is None:
            self.screen.notify_nothing_chosen()
            return
        who = self.workspace, self.actor, self._channel

        def find(words: str) -> Sequence[Choice]:
            found = products.search_products(*who, words)
            return [Choice(one.product_id, one.name, f"{one.sku}  {one.price}") for one in found]

        title = f"Which product of the store, as {self._type}?"
        self.steps.ask(Pick(title, find, empty=NO_PRODUCT), lambda choice: self._preview(int(choice.value)))

    def _preview(self, product: int) -> None:
        asked = self._channel, self._type

        def arrived(seen: PreviewView) -> None:
            if asked == (self._channel, self._type):
                self._seen, self._lines = seen, {line.name: line for line in seen.lines}
                self._list()

        channel, kind = asked
        self.screen.use(partial(previews.preview, self.workspace, self.actor, channel, product, kind), arrived)

    def _preview_again(self) -> None:
        if self._seen is not None:
            self._preview(self._seen.product_id)

    def _forget_preview(self) -> None:
        self._seen, self._lines = None, {}

    # -- doing ----------------------------------------------------------------------------------------------

    def action_set(self) -> None:
        """Say what fills the attribute under the cursor."""
        one = self.wanted()
        if one is None:
            return
        form = SourceForm(
            self.workspace,
            self.actor,
            self._channel,
            self.screen.store,
            self._type,
            self._data.features if self._data else {},
        )
        self.steps.ask(form.window(one), lambda _: self._changed(f"{clean(one.title)} is set."))

    def action_unset(self) -> None:
        """Ask, then take back what was said of the attribute under the cursor."""
        one = self.wanted()
        if one is None:
            return
        if one.origin is Origin.DEFAULT:
            self.screen.notify(self.screen.spoken(NOT_SET))
            return
        names = {"store": self.screen.store, "channel": self._channel, "product_type": self._type}
        where = clean(UNSET_FROM[one.origin].format(**names))
        question = f"{clean(one.title)}: unset what is set {where}? Then it is inherited, or the default."
        work = partial(self._unset, one)
        done = f"{clean(one.title)} is unset."
        self.steps.ask(
            Confirm(question, yes="Unset", no="Keep"),
            lambda _: self.screen.use(work, lambda _: self._changed(done)),
        )

    def _unset(self, one: AttributeView) -> None:
        """Runs in a thread."""
        is_store = one.origin is Origin.STORE
        mapping.unset_field(
            self.workspace,
            self.actor,
            one.name,
            channel="" if is_store else self._channel,
            store=self.screen.store if is_store else "",
            product_type=self._type if one.origin is Origin.PRODUCT_TYPE else "",
        )

    def _changed(self, done: str) -> None:
        self.screen.notify(done)
        self.screen.refresh_now()
        self._preview_again()

    def action_export(self) -> None:
        """Write what is set in the channel into a CSV file."""
        SheetSteps(self.screen, FIELDS).export(self._channel)

    def action_import(self) -> None:
        """Read what is set from a CSV file."""
        SheetSteps(self.screen, FIELDS).import_file(self._channel)
