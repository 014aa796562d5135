"""The categories of both sides beside each other, and what belongs to what in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content

from core.categories import actions
from core.categories.browse import NodeView, StoreCategoryView, nodes_of
from core.categories.browse import node_of as read_node
from core.categories.index import TreeIndex, tree_index
from core.categories.mapping import MappingView
from core.jobs.requests import Requested
from tui.frame.fixes import counted
from tui.frame.starting import begin, words_for
from tui.frame.steps import Steps
from tui.screens.mapping import text, trees
from tui.screens.mapping.link import LinkSteps
from tui.screens.mapping.sheet import LINKS, SheetSteps
from tui.screens.mapping.sides import ALL, TO_MAP, TwoTrees
from tui.screens.mapping.tree_table import TreeTable
from tui.text import clean
from tui.widgets.click_text import clickable
from tui.widgets.filter_line import FilterLine


class CategoriesSection(TwoTrees):
    """Moves in the trees, searches them, and links; the tree with the focus says what enter links."""

    IS_PART_OF_SCREEN: ClassVar[bool] = True
    NAME: ClassVar[str] = "categories"
    TITLE: ClassVar[str] = "Categories"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "link", "Link", id="mapping.link", tooltip="Let a category of Amazon belong to the store's"),
        Binding(
            "n", "next", "Next unmapped", id="mapping.next", tooltip="To the next category that nothing belongs to"
        ),
        Binding("u,delete", "unmap", "Unlink", id="mapping.unmap", tooltip="Remove a link"),
        Binding("slash", "search", "Search", key_display="/", id="mapping.search", tooltip="Search the tree"),
        Binding("tab,shift+tab", "swap", "Other tree", id="mapping.swap", tooltip="Between the store and Amazon"),
        Binding("r", "refresh", "Refresh", id="mapping.refresh", tooltip="Read the categories of both sides again"),
        Binding("f", "view", "All", id="mapping.view", tooltip="All categories as a tree, or those left to map"),
        Binding("w", "other", "Its link", show=False, id="mapping.other", tooltip="To what it is linked with"),
        Binding("d", "default", "Default", show=False, id="mapping.default", tooltip="To which it is exported"),
        Binding("e", "export", "Export", id="mapping.export", tooltip="Write all links into a CSV file"),
        Binding("i", "import", "Import", id="mapping.import", tooltip="Read links from a CSV file, with a preview"),
        Binding("right", "open", "Open", show=False, id="mapping.open", tooltip="Open, or go to what is inside"),
        Binding("left", "close", "Close", show=False, id="mapping.close", tooltip="Close, or go to what holds it"),
        Binding("escape", "back", "Back", show=False, id="mapping.back", tooltip="End the search"),
    ]

    _index: TreeIndex | None = None

    def scope(self) -> Content:
        """What is listed of the store's, and how much of it is mapped."""
        if self._trees is None:
            return Content("")
        counts = {TO_MAP: sum(not one.links for one in self._trees.categories), ALL: len(self._trees.categories)}
        parts = []
        for view, count in counts.items():
            label = f"{view} {count:,}"
            shown = Content.styled(f"[{label}]", "bold") if view == self._view else Content(f" {label} ")
            parts.append(clickable(shown, f"screen.pick_view({view!r})"))
        return Content("").join(parts)

    # -- moving -------------------------------------------------------------------------------------------

    @on(TreeTable.Turned)
    def _turned(self, event: TreeTable.Turned) -> None:
        event.stop()
        line = event.tree.line
        if line is not None:
            (self.action_close if line.is_open else self.action_open)()

    def action_swap(self) -> None:
        """To the other tree."""
        self._turn_to(not self._is_amazon)
        self.screen.set_focus(self.here)

    def action_open(self) -> None:
        """Open what is under the cursor, or go to the first line in it."""
        line, tree = self.here.line, self.here
        if line is None or line.is_open is None:
            return
        if line.is_open:
            tree.action_move(1)
        elif tree is self._store:
            self._folded.discard(line.key)
            self._show_store()
        else:
            self._open_node(line.item)

    def action_close(self) -> None:
        """Close what is under the cursor, or go to what holds it."""
        line, tree = self.here.line, self.here
        if line is None:
            return
        if not line.is_open:
            tree.cursor = trees.holder(tree.lines, tree.cursor)
        elif tree is self._store:
            self._folded.add(line.key)
            self._show_store()
        else:
            self._opened.discard(line.item.path)
            self._show_nodes()

    def action_next(self) -> None:
        """To the next category of the store that holds products and is not mapped, whatever is closed."""
        data = self._trees
        if data is None:
            return
        order = [line.item for line in trees.store_lines(data.categories, ())]
        if self._view == TO_MAP:
            order = [line.item for line in trees.due_lines(data.categories)]
        at = next((number + 1 for number, one in enumerate(order) if one == self.category), 0)
        due = next((one for one in (*order[at:], *order[:at]) if one.is_due), None)
        if due is None:
            self.screen.notify("Every category of the store that holds products is mapped.")
        else:
            self._go_to_category(due.category_id)

    def action_other(self) -> None:
        """From a category to what it is linked with, on the other side."""
        if self._is_amazon:
            links = self._belongs.get(self.node.node, []) if self.node else []
            if links:
                self._go_to_category(links[0].cscart)
            else:
                self.screen.notify("Nothing of the store belongs to it.")
        elif self.category and self.category.links:
            work = partial(read_node, self.workspace, self.actor, self._channel, self.category.links[0].amazon or "")
            self.screen.use(work, self._go_to_node, opens=True)
        else:
            self.screen.notify("Nothing of Amazon's belongs to it.")

    # -- searching ----------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Type to search the tree that has the keys."""
        self.query_one("#amazon-filter" if self._is_amazon else "#store-filter", FilterLine).type_here()
        if self._is_amazon and self._trees is not None and self._trees.tree_id is not None:
            self.screen.use(partial(self._read_index, self._channel), lambda _: None)

    @on(FilterLine.Changed)
    def _search(self, event: FilterLine.Changed) -> None:
        event.stop()
        if event.line.id == "store-filter":
            self._show_store()
            if event.text:
                self._store.action_first()
        elif not event.text or self._trees is None or self._trees.tree_id is None:
            self._found = ()
            self._show_nodes()
        else:
            found = partial(self._show_found, event.text)
            self.screen.use(partial(self._find, self._channel, event.text), found)

    @on(FilterLine.Left)
    def _to_tree(self, event: FilterLine.Left) -> None:
        event.stop()
        self.screen.set_focus(self.here)

    def _find(self, channel: str, words: str) -> Sequence[NodeView]:
        """Runs in a thread."""
        keys = self._read_index(channel).find(words, text.MOST)
        return nodes_of(self.workspace, self.actor, channel, keys)

    def _read_index(self, channel: str) -> TreeIndex:
        """Runs in a thread; read once for each tree."""
        self._index = tree_index(self.workspace, self.actor, channel, self._index)
        return self._index

    def _show_found(self, words: str, found: Sequence[NodeView]) -> None:
        """Show an answer, unless something else was typed meanwhile."""
        if words == self.query_one("#amazon-filter", FilterLine).text:
            self._found = found
            self._show_nodes(found[0].key if found else None)

    def action_back(self) -> None:
        """End the search; the cursor stays on what was found."""
        line = self.query_one("#amazon-filter" if self._is_amazon else "#store-filter", FilterLine)
        if not line.text:
            return
        node, category = self.node, self.category
        line.clear()
        if self._is_amazon and node is not None:
            self._reveal(node)
        elif category is not None:
            self._go_to_category(category.category_id)

    def action_view(self) -> None:
        """List what is left to map, or all."""
        self.pick_view(ALL if self._view == TO_MAP else TO_MAP)

    def pick_view(self, view: str) -> None:
        """List what is left to map, or all."""
        self._view = view
        self._show_store()

    # -- doing --------------------------------------------------------------------------------------------

    @property
    def _links(self) -> LinkSteps | None:
        if self._trees is None or self._trees.tree_id is None:
            self.screen.notify(self.screen.spoken(f"Amazon's categories: {text.NO_TREE[0].lower()}{text.NO_TREE[1:]}"))
            return None
        return LinkSteps(Steps(self.screen), self._channel, self._trees, self._linked)

    def action_link(self) -> None:
        """Link the store's category: with the one under Amazon's cursor, or with one that is asked for."""
        category, node, steps = self.category, self.node, self._links
        if steps is None:
            return
        if category is None or (self._is_amazon and node is None):
            self.screen.notify_nothing_chosen()
        elif self._is_amazon and node is not None:
            steps.link(category, node)
        else:
            steps.choose(category, partial(self._read_index, self._channel))

    def _linked(self, made: Sequence[MappingView]) -> None:
        words = clean(text.last(made[0].amazon_path)) if made else ""
        if len(made) == 1:
            self.screen.notify(f"{clean(text.last(made[0].cscart_path))} → {words}.")
        else:
            self.screen.notify(f"{counted(len(made), 'link')} to {words} made.")
        self.screen.refresh_now()

    def action_unmap(self) -> None:
        """Take a link of the store's category away."""
        category, steps = self.category, self._links
        if category is None or not category.links:
            self.screen.notify("Nothing belongs to it." if category else "There is nothing to do that with yet.")
        elif steps is not None:
            steps.unlink(category, self._links_below(category))

    def _links_below(self, category: StoreCategoryView) -> int:
        assert self._trees is not None
        lines = trees.store_lines(self._trees.categories, ())
        place = next(number for number, line in enumerate(lines) if line.key == category.category_id)
        count = 0
        for line in lines[place + 1 :]:
            if line.depth <= lines[place].depth:
                break
            count += len(line.item.links)
        return count

    def action_default(self) -> None:
        """Choose to which of several a category's products are exported."""
        category, steps = self.category, self._links
        if category is None or len(category.links) < 2:
            self.screen.notify("It is asked where several of Amazon's categories belong to one of the store's.")
        elif steps is not None:
            steps.make_default(category)

    def action_refresh(self) -> None:
        """Have the categories of both sides read again."""
        work = partial(actions.refresh_categories, self.workspace, self.actor, self._channel)
        begin(self.screen, work, self._refreshing)

    def _refreshing(self, requested: Requested) -> None:
        self.screen.follow(f"Reading the categories of both sides. {words_for(requested)}", requested)

    def action_export(self) -> None:
        """Write all links into a CSV file."""
        SheetSteps(self.screen, LINKS).export(self._channel)

    def action_import(self) -> None:
        """Read links from a CSV file."""
        SheetSteps(self.screen, LINKS).import_file(self._channel)
