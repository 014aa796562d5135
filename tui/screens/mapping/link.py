"""Linking a category of the store to one of Amazon's, step by step: which one, then product type and extent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from textual import on

from core.categories import actions
from core.categories.browse import BothTrees, NodeView, StoreCategoryView, node_of, nodes_of
from core.categories.index import TreeIndex
from core.categories.mapping import MappingView
from core.fields import mapping
from core.fields.mapping import FieldsView
from tui.forms.fields import Entered, Field
from tui.forms.form import Form
from tui.forms.modal import FormModal
from tui.frame.fixes import counted
from tui.frame.steps import Steps
from tui.screens.mapping.fields_text import required_words
from tui.screens.mapping.text import MOST, last
from tui.text import clean, foreign
from tui.using import reason_of
from tui.widgets.choice import Choice
from tui.widgets.confirm import Confirm
from tui.widgets.fixed import FixedText
from tui.widgets.key_line import KeyLine
from tui.widgets.pick import Pick

GUIDE = (
    "Product type: what kind of thing the listings in this category are. Amazon suggests some for most of its"
    " categories; it decides which attributes a listing needs.",
    "Categories below: those of the store that stand below and have nothing of their own are linked too, and listings"
    " in Amazon's categories below belong here.",
    "Several of Amazon's categories may belong to one of the store's: all of them count when listings are imported, and"
    " the default is the one that products are exported to.",
)
NOTHING_ALIKE = "No name is like it. Type a name, a path, an id or a product type."

Index = Callable[[], TreeIndex]
"""What Amazon's tree is searched in; runs in a thread."""


class LinkForm(FormModal[list[MappingView]]):
    """The form of a link; beneath the fields it says what listings of the product type need."""

    def __init__(self, *told: Any, read: Callable[[str], FieldsView], **options: Any) -> None:
        """`read` gives the attributes of a product type; it runs in a thread and may ask Amazon."""
        super().__init__(*told, **options)
        self._read = read
        self._kind = ""

    def on_mount(self) -> None:
        """Make room above the keys, and begin with what the form begins with."""
        self.query_one(".box").mount(FixedText(id="requires"), before=self.query_one(KeyLine))
        self.call_after_refresh(self._follow_type)

    @on(Form.Edited)
    def _follow_type(self) -> None:
        kind = str(self.form.now.get("product_type") or "")
        if kind == self._kind:
            return
        self._kind = kind
        self._tell(kind, f"Reading what {kind} requires …" if kind else "")
        if kind:
            failed = partial(self._tell_failure, kind)
            self.use(partial(self._read, kind), lambda view: self._tell(kind, required_words(view)), failed)

    def _tell_failure(self, kind: str, error: Exception) -> None:
        self._tell(kind, f"What {kind} requires is not known yet: {reason_of(error)}")

    def _tell(self, kind: str, words: str) -> None:
        """Say it, unless another type was chosen meanwhile."""
        if kind == self._kind:
            self.query_one("#requires", FixedText).set_text(foreign(words))


@dataclass(frozen=True)
class LinkSteps:
    """Opens its windows over the screen; `done` is called with what was linked."""

    steps: Steps
    channel: str
    trees: BothTrees
    done: Callable[[list[MappingView]], object]

    # -- link -------------------------------------------------------------------------------------------------

    def choose(self, category: StoreCategoryView, index: Index) -> None:
        """Ask which of Amazon's categories belongs to one of the store's: those with a like name stand first."""
        find = partial(self._find, category, index)
        title = f'Which category of Amazon is "{category.path}"?'
        self.steps.ask(Pick(title, find, empty=NOTHING_ALIKE), partial(self._chosen, category))

    def link(self, category: StoreCategoryView, node: NodeView) -> None:
        """Ask for the product type and the extent, then link the two."""
        present = next((link for link in category.links if link.amazon == node.node), None)
        types = list(node.product_types)
        kind = present.product_type if present else types[0] if types else None
        fields = list(self._fields(category, node, present))
        values = {"product_type": kind, "subtree": bool(present and present.subtree)}
        title = f"{clean(category.path)} → {clean(node.title)}"
        save = partial(self._save, category, node)
        read = partial(mapping.show, self.steps.workspace, self.steps.actor, self.channel)
        form = LinkForm(title, fields, save, values=values, verb="Link", saving="Linking …", guide=GUIDE, read=read)
        self.steps.ask(form, self.done)

    def _fields(self, category: StoreCategoryView, node: NodeView, present: MappingView | None) -> Iterator[Field]:
        suggested = [Choice(kind, note="suggested by Amazon for this category") for kind in node.product_types]
        others = [Choice(kind) for kind in self.trees.product_types if kind not in set(node.product_types)]
        yield Field(
            "product_type",
            "Product type",
            "choice",
            choices=[*suggested, *others],
            required=True,
            blank="choose one",
            warns=True,
            help="Of the listings in this category; enter shows all, and typing searches them.",
        )
        yield Field("subtree", "Categories below too", "switch", help="Those that have nothing of their own.")
        if category.links and not (present and present.export_default):
            yield Field("default", "Default for exports", "switch", help="Instead of the one that is it now.")

    def _find(self, category: StoreCategoryView, index: Index, text: str) -> list[Choice]:
        """Suggestions without a text, else what was found; runs in a thread."""
        who = self.steps.workspace, self.steps.actor, self.channel
        if not text.strip():
            found = actions.suggestions(*who, [category.category_id], most=12).get(category.category_id, [])
            return [
                Choice(one.node, last(one.path), f"{one.score} % alike  {one.product_type}  {one.path}")
                for one in found
            ]
        return [
            Choice(node.node, node.name, f"{' '.join(node.product_types[:1])}  {node.title}")
            for node in nodes_of(*who, index().find(text, MOST))
        ]

    def _chosen(self, category: StoreCategoryView, choice: Choice | None) -> None:
        if choice is not None:
            work = partial(node_of, self.steps.workspace, self.steps.actor, self.channel, str(choice.value))
            self.steps.screen.use(work, lambda node: node and self.link(category, node), opens=True)

    def _save(self, category: StoreCategoryView, node: NodeView, entered: Entered) -> list[MappingView]:
        values = entered.values
        return actions.map_category(
            self.steps.workspace,
            self.steps.actor,
            self.channel,
            category.category_id,
            node.node,
            str(values["product_type"]),
            subtree=bool(values.get("subtree")),
            default=bool(values.get("default")),
        )

    # -- unlink and default -----------------------------------------------------------------------------------

    def unlink(self, category: StoreCategoryView, below: int) -> None:
        """Take a link away; asks which, where there are several, and about `below`: links of categories below it."""
        links = category.links
        if len(links) == 1 and not below:
            question = f"Unlink {clean(category.path)} from {clean(links[0].amazon_path or links[0].amazon)}?"
            self.steps.ask(Confirm(question, yes="Unlink", no="Keep"), lambda _: self._unmap(category, "", False))
            return
        choices = [Choice(f"{link.amazon}", last(link.amazon_path), link.amazon_path) for link in links]
        if len(links) > 1:
            choices.append(Choice(_ALL, f"All {len(links)} links", "of this category"))
        if below:
            choices.append(Choice(_BELOW, f"All of this and {counted(below, 'link')} below", "of categories below too"))
        pick = Pick(f"Unlink {clean(category.path)} from which?", choices)
        self.steps.ask(pick, partial(self._unlink_chosen, category))

    def make_default(self, category: StoreCategoryView) -> None:
        """Ask to which of several its products are exported."""
        choices = [Choice(f"{link.amazon}", last(link.amazon_path), link.amazon_path) for link in category.links]
        pick = Pick(f"To which are products of {clean(category.path)} exported?", choices, current=choices[0].value)
        self.steps.ask(pick, partial(self._default_chosen, category))

    def _unlink_chosen(self, category: StoreCategoryView, choice: Choice | None) -> None:
        if choice is not None:
            node = "" if choice.value in (_ALL, _BELOW) else str(choice.value)
            self._unmap(category, node, choice.value == _BELOW)

    def _unmap(self, category: StoreCategoryView, node: str, subtree: bool) -> None:
        work = partial(
            actions.unmap_category,
            self.steps.workspace,
            self.steps.actor,
            self.channel,
            category.category_id,
            node,
            subtree=subtree,
        )
        self.steps.screen.use(work, self._say_unlinked)

    def _say_unlinked(self, gone: Sequence[MappingView]) -> None:
        self.steps.screen.notify(f"{counted(len(gone), 'link')} removed.")

    def _default_chosen(self, category: StoreCategoryView, choice: Choice | None) -> None:
        link = next((link for link in category.links if choice and link.amazon == choice.value), None)
        if link is not None:
            work = partial(
                actions.map_category,
                self.steps.workspace,
                self.steps.actor,
                self.channel,
                category.category_id,
                link.amazon or "",
                link.product_type,
                default=True,
                subtree=link.subtree,
            )
            words = clean(last(link.amazon_path))
            self.steps.screen.use(work, lambda _: self.steps.screen.notify(f"Exports of it go to {words}."))


_ALL, _BELOW = "*", "**"
"""Choices beside single links; no id of a node is like that."""
