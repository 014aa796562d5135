"""Problems: what needs a person, as a tree of causes, each with its fix one key away."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from core.actor import Actor
from core.jobs.views import last_job_of
from core.subjects import Subject
from core.sync.codes import FixKind
from core.sync.problems import problem_rows
from core.windows import Keys
from core.workspace import Workspace
from tui.frame.fixes import FixRequest, is_in_mapping, mapping_focus
from tui.frame.fixing import fix, retry, undo
from tui.frame.problem_fixes import request_of, request_of_all
from tui.frame.problem_lines import COLUMNS, is_one_by_one, kind_of, node_cells
from tui.frame.problem_tree import NEEDS_YOU, WAITS, Cause, Node, Tree
from tui.frame.scope import channel_part
from tui.frame.window import Snapshot
from tui.frame.working import WorkingScreen
from tui.keymap import spoken
from tui.screen_list import screen_of
from tui.screens.problems import text as problems_text
from tui.screens.problems.data import NodeDetail, ProblemFilter, find, read_detail, read_tree
from tui.text import foreign
from tui.widgets.click_text import ClickText
from tui.widgets.fixed import FixedText
from tui.widgets.pane import Pane, Panes
from tui.widgets.table import Table
from tui.widgets.tabs import Tab
from tui.widgets.text_pane import Line, TextPane


class ProblemsScreen(WorkingScreen[ProblemFilter, Node, NodeDetail]):
    """The tree beside or above what is known of the line under the cursor."""

    HELP = (
        "What needs a person, by its cause; {problems.open} opens a cause or a group, and goes from an item to its"
        " list. {problems.fix} fixes all that is under the cursor, {problems.retry} tries it again, or what"
        " {table.mark} has marked; {problems.undo} takes the last fix back where that is possible."
        " A problem goes away by itself once its cause is gone."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "fix", "Fix", id="problems.fix", tooltip="Remove the cause, such as by linking the SKU"),
        Binding(
            "r",
            "retry",
            "Retry",
            id="problems.retry",
            tooltip="Plan and deliver the items of the marked lines again",
        ),
        Binding("u", "undo", "Undo", id="problems.undo", tooltip="Undo the last fix that was made here"),
        Binding("enter", "open", "Open", id="problems.open", tooltip="Open or close; from an item to its list"),
        Binding("right", "inside", "Open", show=False, id="problems.inside", tooltip="Open, or go to what is inside"),
        Binding("left", "outside", "Close", show=False, id="problems.outside", tooltip="Close, or go to what holds it"),
        Binding("w", "list", "List", id="problems.list", tooltip="To the list of all items with this problem"),
        Binding("o", "job", "Job", id="problems.job", tooltip="To the last job that had to do with the item"),
        Binding("y", "copy", "Copy", id="problems.copy", tooltip="To the clipboard; again for the next thing"),
        Binding("m", "mapping", "Mapping", show=False, id="problems.mapping", tooltip="To the key that is not mapped"),
        Binding("c", "channel", "Channel", show=False, id="problems.channel", tooltip="Show the next channel, or all"),
        Binding("escape", "back", "Back", show=False, id="problems.back", tooltip="Close everything"),
    ]
    EVERYTHING = ProblemFilter()
    NOTHING = problems_text.NOTHING
    COLUMNS = COLUMNS
    cells = staticmethod(node_cells)

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._tree = Tree(array("q"), {}, {})
        """As last read, in a thread."""
        self._counts: Mapping[str, int] = {}
        self._may_fix = False

    def body(self) -> Iterable[Widget]:
        """The tabs, the tree and what is known of a line."""
        yield ClickText(id="scope")
        with Panes(classes="halves"):
            yield Pane(Table(self.COLUMNS, marks=True), title="Problems", id="tree")
            with Pane(id="about"):
                yield TextPane(id="details")
        yield FixedText(id="started")

    # -- data -----------------------------------------------------------------------------------------------

    def keys(self, wanted: ProblemFilter) -> Keys[str]:
        """The lines of the tree; what is counted are items."""
        found, self._tree = read_tree(self.workspace, self.actor, wanted)
        return found

    def rows(self, keys: Sequence[int]) -> Mapping[int, Node]:
        """The lines of some keys: of the tree as it was read with these, and the items from the database."""
        tree = self._tree
        items = problem_rows(self.workspace.database, self.actor, [key for key in keys if key > 0])
        nodes = {key: tree.nodes[key] for key in keys if key in tree.nodes}
        return nodes | {item.id: tree.item(item) for item in items}

    def detail(self, view: Node, known: NodeDetail | None) -> NodeDetail:
        """What it amounts to, and what else there is to know."""
        return read_detail(self.workspace, self.actor, view)

    def focus_on(self, *, channel: str = "", code: str = "", about: str = "", subject: Subject | None = None) -> None:
        """Show the problems of a channel, with the cursor on a code, what it is about, or the problem of a subject."""
        work = partial(find, self.workspace, self.actor, channel, code, about, subject)
        self.use(work, lambda found: self.look_for(*found), opens=True)

    def heading(self, view: Node) -> tuple[Content, Content]:
        """The list beside it says what it is."""
        return Content("Details"), Content("")

    def copies(self, view: Node) -> Sequence[tuple[str, str]]:
        """The item, or the SKU or key that a line is about; then what is wrong."""
        return problems_text.node_copies(view)

    # -- tabs -----------------------------------------------------------------------------------------------

    def tabs(self) -> Sequence[Tab]:
        """Both halves with the number of their items."""
        return [Tab(half, title, self._counts.get(half)) for half, title in problems_text.TABS.items()]

    @property
    def tab(self) -> str:
        """The half that is listed."""
        return WAITS if WAITS in self.window.wanted.states else NEEDS_YOU

    def open_tab(self, name: str) -> None:
        """List the other half."""
        self.choose(replace(self.window.wanted, states=frozenset({name}), opened=frozenset()))
        self.show_tabs()

    def nothing(self, data: Snapshot[ProblemFilter, Node, NodeDetail]) -> str:
        """That all is well, with the numbers in the tabs even so."""
        self._counts = self._counts if data.keys is None else data.keys.counts
        self.show_tabs()
        return super().nothing(data)

    # -- how it reads ---------------------------------------------------------------------------------------

    def scope(self, room: int) -> Content:
        """Of which channel, where there are several."""
        return channel_part(self.window)

    def _show_scope(self) -> None:
        self.query_one("#scope").display = self.window.several
        super()._show_scope()
        marked = f" · {len(self.table.marked):,} marked" if self.table.marked else ""
        self.query_one("#tree", Pane).set_count(f"{self._counts.get(self.tab, 0):,}{marked}")

    def none_fits(self, wanted: ProblemFilter) -> str:
        """That all is well in a half, or in one of a channel."""
        half = problems_text.WAITS_FOR_NOTHING if WAITS in wanted.states else problems_text.NEEDS_NOBODY
        return f"{half}\n{problems_text.OTHER_CHANNEL}" if wanted.channel else half

    def lines(self, view: Node, detail: NodeDetail | None) -> Iterable[Line]:
        """What is wrong, with what, and what the fix will do."""
        return problems_text.node_lines(view, detail, partial(spoken, self.app))

    def show_detail(self) -> None:
        """Show what is known of the line under the cursor, once all of it is, and whether the key fixes it."""
        node = self.chosen
        if node is not None and self.known is None:
            return  # It comes in a moment; drawn in two steps it would be twice as much on the line.
        super().show_detail()
        self.query_one("#tree", Pane).set_title(problems_text.TABS[self.tab])
        self._show_scope()
        about = self.query_one("#about", Pane)
        about.set_title(foreign(node.code.title) if node else "")
        may_fix = node is not None and kind_of(node).is_here
        if may_fix != self._may_fix:
            self._may_fix = may_fix
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is fixed by key that the program cannot fix, and nothing undone before there is something."""
        if action == "fix":
            return self._may_fix or None
        return self.undo is not None if action == "undo" else super().check_action(action, parameters)

    def used(self) -> None:
        """A fix may be there to undo."""
        super().used()
        self.refresh_bindings()

    # -- opening --------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open or close what is under the cursor; from an item to the list that has it."""
        node = self.chosen
        if node is None:
            self.notify_nothing_chosen()
        elif node.item is not None:
            self.action_list()
        else:
            self._open(node, not node.is_open)

    def action_inside(self) -> None:
        """Open what is under the cursor, or go to the first line in it."""
        node = self.chosen
        if node is not None and node.is_open is False:
            self._open(node, True)
        elif node is not None and node.is_open:
            self.table.action_move(1)

    def action_outside(self) -> None:
        """Close what is under the cursor, or go to the line that holds it."""
        node = self.chosen
        if node is not None and node.is_open:
            self._open(node, False)
        elif node is not None:
            place = self.window.rows.place_of(self._tree.parent(node))
            self.table.cursor = self.table.cursor if place is None else place

    def _open(self, node: Node, is_open: bool) -> None:
        opened = self.window.wanted.opened
        self.choose(replace(self.window.wanted, opened=opened | {node.key} if is_open else opened - {node.key}))

    # -- doing ----------------------------------------------------------------------------------------------

    def action_fix(self) -> None:
        """Fix what is under the cursor; a cause of several things that are chosen one by one is opened."""
        node = self.chosen
        if node is not None and is_one_by_one(node):
            self.action_inside()
        elif node is not None and node.item is not None and kind_of(node) in (FixKind.LINK, FixKind.MAP):
            fix(self, request_of(self.workspace, self.actor, self._tree.nodes[self._tree.parent(node)]))
        else:
            self._with_request(fix)

    def action_retry(self) -> None:
        """Plan the items of the marked lines again, or those under the cursor."""
        if self.table.marked:
            self.use(self._marked_request, lambda request: retry(self, request) if request else None, opens=True)
        else:
            self._with_request(retry)

    def _marked_request(self) -> FixRequest | None:
        nodes = list(self.rows(self.marked).values())
        return request_of_all(self.workspace, self.actor, nodes) if nodes else None

    def action_undo(self) -> None:
        """Take the last fix back."""
        undo(self)

    def _with_request(self, do: Callable[[ProblemsScreen, FixRequest], None]) -> None:
        node = self.chosen
        if node is None:
            self.notify_nothing_chosen()
        else:
            do(self, request_of(self.workspace, self.actor, node))

    # -- going ----------------------------------------------------------------------------------------------

    def action_list(self) -> None:
        """To the list of the items with the same problem, or to the item under the cursor."""
        node = self.chosen
        if node is None:
            self.notify_nothing_chosen()
        elif node.item is not None:
            self._go_to_list(node.item.subject, text=node.item.subject.id)
        else:
            subject = _first(node)
            sku = node.about if node.code.kind is FixKind.LINK else ""
            self._go_to_list(subject, text=sku, channel=node.channel, code=node.code.name)

    def _go_to_list(self, subject: Subject, **focus: str) -> None:
        screen = screen_of(subject.kind)
        if screen is None:
            self.notify(f"There is no list of {subject.kind}s.")
        else:
            self.shell.go(screen.name, **focus)

    def action_mapping(self) -> None:
        """To what the line under the cursor needs to have mapped, among all that the channel maps."""
        node = self.chosen
        is_mapped = node is not None and node.code.kind_for(node.about) is FixKind.MAP and node.about
        if node is None or not (is_mapped or is_in_mapping(node.about)):
            self.notify("It is not about a mapping.")
        else:
            self.shell.go("mapping", channel=node.channel, **mapping_focus(node.about))

    def action_job(self) -> None:
        """To the last job that had to do with the item under the cursor, or with the oldest beneath it."""
        node = self.chosen
        if node is None:
            self.notify_nothing_chosen()
        else:
            channel = node.channel or (node.of.groups[0].channel if isinstance(node.of, Cause) else "")
            work = partial(last_job_of, self.workspace.database, self.actor, channel, _first(node))
            self.use(work, self._go_to_job, opens=True)

    def _go_to_job(self, job: int | None) -> None:
        if job is None:
            self.notify("The job that found it is no longer stored.")
        else:
            self.shell.go("jobs", job=job)


def _first(node: Node) -> Subject:
    """An item, or the oldest of those beneath a line."""
    return (node.of.groups[0] if isinstance(node.of, Cause) else node.of).subject
