"""Two trees beside each other, the store's and Amazon's, with what is known of the lines under their cursors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content

from core.actor import Actor
from core.categories.browse import BothTrees, NodeView, StoreCategoryView, both_trees, nodes_below
from core.categories.browse import node_of as read_node
from core.categories.mapping import MappingView
from core.workspace import Workspace
from tui.screens.mapping import text, trees
from tui.screens.mapping.tree_table import TreeTable
from tui.widgets.filter_line import FilterLine
from tui.widgets.pane import Pane, Panes
from tui.widgets.table import Cell, Table
from tui.widgets.text_pane import Line, TextPane

if TYPE_CHECKING:
    from tui.screens.mapping.host import MappingHost

TO_MAP, ALL = "To map", "All"
NARROW = "-amazon"
"""The class while Amazon's tree is the one that is shown where there is room for one."""


class TwoTrees(Container):
    """Shows the trees as far as they were read and opened; the one with the focus has the keys."""

    if TYPE_CHECKING:
        screen: MappingHost

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(id="categories", classes="trees")
        self.workspace = workspace
        self.actor = actor
        self._trees: BothTrees | None = None
        self._channel = ""
        self._view = ""
        """"To map" or "All"; empty before the first reading decides."""
        self._folded: set[int] = set()
        self._below: dict[str, Sequence[NodeView]] = {}
        self._opened: set[str] = set()
        self._found: Sequence[NodeView] = ()
        self._belongs: Mapping[str, list[MappingView]] = {}
        """The links of each node."""
        self._whole: frozenset[str] = frozenset()
        """Nodes that are linked with all below."""
        self._is_amazon = False
        """Whether the keys go to Amazon's tree, or went there last."""

    def compose(self) -> ComposeResult:
        """The store, the links, Amazon."""
        with Panes(classes="sides"):
            with Pane(title="Store", id="store-pane"):
                yield FilterLine(text.STORE_HINT, id="store-filter")
                yield TreeTable(text.STORE_COLUMNS, text.store_cells, id="store-tree")
            with Pane(title="Links", id="links-pane"):
                yield TextPane(id="links")
            with Pane(title="Amazon", id="amazon-pane"):
                yield FilterLine(text.NODE_HINT, id="amazon-filter")
                yield TreeTable(text.NODE_COLUMNS, self._node_cells, id="amazon-tree")

    # -- data ---------------------------------------------------------------------------------------------

    def read_for(self, channel: str) -> BothTrees:
        """All but Amazon's categories, which are read where they are opened. Runs in a thread."""
        return both_trees(self.workspace, self.actor, channel)

    def show(self, data: BothTrees) -> None:
        """Show a reading; Amazon's tree is read anew when there is another."""
        channel, known = self.screen.channel, self._trees
        if known is data and channel == self._channel:
            return
        is_other = channel != self._channel
        is_new_tree = is_other or known is None or known.tree_id != data.tree_id
        self._trees, self._channel = data, channel
        self._note_links(data)
        if is_other:
            self._view, self._folded = TO_MAP if data.due else ALL, set()
        if is_new_tree:
            self._read_tree(keep=not is_other)
        self._show_store()
        self._show_nodes()

    def enter(self) -> None:
        """Give the tree that had the keys last the focus."""
        self.here.focus()

    @property
    def here(self) -> TreeTable:
        """The tree with the keys, or the last that had them."""
        return self._amazon if self._is_amazon else self._store

    @property
    def _store(self) -> TreeTable:
        return self.query_one("#store-tree", TreeTable)

    @property
    def _amazon(self) -> TreeTable:
        return self.query_one("#amazon-tree", TreeTable)

    @property
    def category(self) -> StoreCategoryView | None:
        """The store's category under the cursor."""
        line = self._store.line
        return line.item if line else None

    @property
    def node(self) -> NodeView | None:
        """Amazon's category under the cursor."""
        line = self._amazon.line
        return line.item if line else None

    def _note_links(self, data: BothTrees) -> None:
        views = [link for category in data.categories for link in category.links] + list(data.gone)
        belongs: dict[str, list[MappingView]] = {}
        for view in views:
            belongs.setdefault(view.amazon or "", []).append(view)
        self._belongs = belongs
        self._whole = frozenset(view.amazon or "" for view in views if view.subtree)

    def _read_tree(self, *, keep: bool) -> None:
        if not keep:
            self._opened = set()
        self._below, self._found = {}, ()
        if self._trees is not None and self._trees.tree_id is not None:
            self._read_below(["", *sorted(self._opened)], lambda: None)

    def _read_below(self, paths: Sequence[str], then: Callable[[], object], *, opens: bool = False) -> None:
        """Read what stands below some nodes, show it, then do something."""
        channel = self._channel

        def read() -> dict[str, list[NodeView]]:
            return nodes_below(self.workspace, self.actor, channel, *paths)

        def arrived(below: Mapping[str, Sequence[NodeView]]) -> None:
            if channel == self._channel:
                self._below |= below
                then()
                self._show_nodes()

        self.screen.use(read, arrived, opens=opens)

    # -- showing ------------------------------------------------------------------------------------------

    def _node_cells(self, line: trees.NodeLine) -> tuple[Cell, ...]:
        return text.node_cells(line, self._belongs.keys(), self._whole)

    def _show_store(self, key: int | None = None) -> None:
        data = self._trees
        if data is None:
            return
        words = self.query_one("#store-filter", FilterLine).text
        if words:
            lines = trees.found_lines(data.categories, words)
        elif self._view == TO_MAP:
            lines = trees.due_lines(data.categories)
        else:
            lines = trees.store_lines(data.categories, self._folded)
        empty = text.NONE_FOUND if words else text.ALL_MAPPED if data.categories else text.NO_CATEGORIES
        self._store.say_when_empty(self.screen.spoken(empty))
        self._store.show_lines(lines, key)
        pane = self.query_one("#store-pane", Pane)
        pane.set_title(f"Store · {self.screen.store}" if self._view == ALL else f"Store · {self.screen.store}, to map")
        pane.set_count(text.coverage(data))
        self.screen.show_scope()
        self._show_links()

    def _show_nodes(self, key: int | None = None) -> None:
        data = self._trees
        if data is None:
            return
        words = self.query_one("#amazon-filter", FilterLine).text
        lines = trees.found_nodes(self._found) if words else trees.node_lines(self._below, self._opened)
        empty = text.NO_TREE if data.tree_id is None else text.NONE_FOUND if words else text.READING
        self._amazon.say_when_empty(self.screen.spoken(empty))
        self._amazon.show_lines(lines, key)
        pane = self.query_one("#amazon-pane", Pane)
        pane.set_title(f"Amazon {self.screen.country}".rstrip())
        pane.set_count(text.found(len(self._found)) if words else text.read_at(data))
        self._show_links()

    def _show_links(self) -> None:
        """What is known of the lines under the cursors: of the one with the keys first."""
        is_both = self.screen.has_class("-wide")
        spoken = self.screen.spoken
        ours: list[Line] = list(text.category_lines(self.category, spoken)) if self.category else []
        theirs: list[Line] = []
        if self.node is not None:
            theirs = list(text.node_detail(self.node, self._belongs.get(self.node.node, ()), self.category, spoken))
        if is_both:
            lines = [text.side("store"), *ours, Line(Content("")), text.side("Amazon"), *theirs]
        else:
            lines = theirs if self._is_amazon else ours
        self.query_one("#links", TextPane).replace(lines)
        pane = self.query_one("#links-pane", Pane)
        pane.set_title("Links" if is_both or not self._is_amazon else "Amazon's category")

    @on(Table.Highlighted)
    def _turned_to(self, event: Table.Highlighted) -> None:
        event.stop()
        self.query_one("#links", TextPane).scroll_to(y=0, animate=False)
        self._show_links()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Note to which side the keys go."""
        is_amazon = event.widget in self.query_one("#amazon-pane").query("*")
        if is_amazon or event.widget in self.query_one("#store-pane").query("*"):
            self._turn_to(is_amazon)

    def on_resize(self) -> None:
        """Both sides are told about where there is room."""
        self._show_links()

    def _turn_to(self, is_amazon: bool) -> None:
        if is_amazon != self._is_amazon:
            self._is_amazon = is_amazon
            self.set_class(is_amazon, NARROW)
            self._show_links()

    # -- where the cursors are ----------------------------------------------------------------------------

    def point_at(self, name: str) -> None:
        """Put the cursor on a category of the store (`category.<id>`) or of Amazon (`node.<id>`)."""
        side, _, key = name.partition(".")
        if side == "node":
            work = partial(read_node, self.workspace, self.actor, self._channel, key)
            self.screen.use(work, self._go_to_node, opens=True)
        elif key.isdecimal():
            self._go_to_category(int(key))

    def _open_node(self, node: NodeView) -> None:
        self._opened.add(node.path)
        if node.path in self._below:
            self._show_nodes()
        else:
            self._read_below([node.path], lambda: None, opens=True)

    def _go_to_category(self, number: int) -> None:
        data = self._trees
        if data is None:
            return
        self.query_one("#store-filter", FilterLine).clear()
        by_id = {one.category_id: one for one in data.categories}
        if self._view == TO_MAP and number in by_id and by_id[number].links:
            self._view = ALL
        parent = by_id[number].parent_id if number in by_id else 0
        while parent in by_id and parent in self._folded:
            self._folded.discard(parent)
            parent = by_id[parent].parent_id
        self._turn_to(False)
        self._show_store(number)
        self.screen.set_focus(self._store)

    def _go_to_node(self, node: NodeView | None) -> None:
        if node is None:
            self.screen.notify("It is not among Amazon's categories any more.")
            return
        self._turn_to(True)
        self.screen.set_focus(self._amazon)
        self._reveal(node)

    def _reveal(self, node: NodeView) -> None:
        """Put the cursor on a node in the tree, with all above it open."""
        self.query_one("#amazon-filter", FilterLine).clear()
        way = trees.above(node.path)
        self._opened.update(way)
        unread = [path for path in ("", *way) if path not in self._below]
        if unread:
            self._read_below(unread, lambda: self.call_after_refresh(self._show_nodes, node.key), opens=True)
        else:
            self._show_nodes(node.key)
