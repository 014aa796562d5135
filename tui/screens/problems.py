"""Problems: what needs a person, grouped by what mends it, each with its fix one key away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widget import Widget

from core.actor import Actor
from core.jobs.views import last_job_of
from core.problems import ProblemGroup, ProblemView, problems_in
from core.workspace import Workspace
from tui.keymap import spoken
from tui.screens import problems_text
from tui.screens.fixes import Case
from tui.screens.fixing import FixingScreen
from tui.screens.mending import again, mend
from tui.screens.problems_data import Group, ProblemsRead, Sought, Wish, group_of, read_problems
from tui.widgets.fixed import FixedText
from tui.widgets.table import Table
from tui.widgets.text_pane import TextPane

NOTHING = "Nothing needs a person.\n\nHeld and failed orders appear here by themselves; {go.orders} shows all orders."
NOTHING_THERE = "Nothing needs a person in this channel.\n\n{problems.channel} shows the next channel."
ORDER = "order "


class ProblemsScreen(FixingScreen[ProblemsRead]):
    """The groups beside or above the one under the cursor with its items."""

    HELP = (
        "What needs a person, in groups that one deed mends: a SKU, a mapping, a reason. {problems.fix} mends the group"
        " under the cursor; with the cursor among its items, {problems.retry} acts on a single one. A problem goes away"
        " by itself once its cause is gone."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "fix", "Fix", id="problems.fix", tooltip="Mend the cause, such as linking the SKU"),
        Binding("r", "retry", "Retry", id="problems.retry", tooltip="Plan and deliver the orders again"),
        Binding("enter", "open", "Items", id="problems.items", tooltip="Into the items; from there to the order"),
        Binding("o", "job", "Job", id="problems.job", tooltip="To the last job that had to do with the item"),
        Binding("w", "orders", "Orders", id="problems.orders", tooltip="To the list of the orders with this problem"),
        Binding("c", "channel", "Channel", id="problems.channel", tooltip="Show the next channel, or all"),
        Binding("escape", "back", "Back", show=False, id="problems.back", tooltip="Back to the groups"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._channel = ""
        self._state = ""
        self._shown_channel = ""
        self._channels: list[str] = []
        self._groups: dict[int, ProblemGroup] = {}
        self._keys: dict[Group, int] = {}
        self._items: dict[int, ProblemView] = {}
        self._items_of: Group | None = None
        self._find: Sought | None = None

    def body(self) -> Iterable[Widget]:
        """Groups and items."""
        yield FixedText(id="scope")
        with Container(classes="halves"):
            yield Table(problems_text.GROUPS, id="groups")
            with Vertical(id="group"):
                yield TextPane(id="cause")
                yield Table(problems_text.ITEM, id="items")
        yield FixedText(id="started")

    # -- data -----------------------------------------------------------------------------------------------

    def reader(self) -> Callable[[], ProblemsRead]:
        """The groups after something was committed, and the items of the one under the cursor."""
        same = self._shown_channel == self._channel
        group = self._group
        wish = Wish(
            channel=self._channel,
            state=self._state if same else "",
            group=group_of(group) if group else None,
            known=self._items_of,
            find=self._find,
            started=self.started,
        )
        return partial(read_problems, self.workspace, self.actor, wish)

    def nothing(self, data: ProblemsRead) -> str:
        """That all is well."""
        if data.groups or (data.groups is None and self._groups):
            return ""
        return NOTHING_THERE if data.channel else NOTHING

    def show(self, data: ProblemsRead) -> None:
        """Show a reading."""
        self._channels = self._channels if data.channels is None else data.channels
        if data.groups is not None:
            self._state, self._shown_channel, self._find = data.state, data.channel, None
            self._groups = {self._number(group_of(it)): it for it in problems_text.in_order(data.groups)}
            rows = [problems_text.group_row(key, group) for key, group in self._groups.items()]
            self._list.show(rows, key=self._number(data.found) if data.found else None)
        group = self._group
        if data.items is not None and group is not None and group_of(group) == data.group:
            self._items_of = data.group
            self._items = {item.id: item for item in data.items}
            self._item_list.show([problems_text.item_row(item) for item in data.items])
        self._show_group()
        self.show_started(data.started)

    def focus_on(self, *, channel: str = "", code: str = "", subject: str = "") -> None:
        """Show the problems of a channel, with the cursor on the group of a code or of a subject."""
        self._channel, self._find = channel, Sought(code, subject)
        self.set_focus(self._list)
        self.refresh_before_keys()

    def _show_group(self) -> None:
        group = self._group
        item = self._item if self.focused is self._item_list else None
        key = spoken(self.app, "{problems.fix}")
        self.query_one("#cause", TextPane).replace(list(problems_text.cause_lines(group, item, key)) if group else [])
        line = problems_text.scope(self._groups.values(), self._channel, self._channels)
        self.query_one("#scope", FixedText).say(line)

    @on(Table.Highlighted, "#items")
    @on(events.DescendantFocus)
    def _show_cause(self, event: Message) -> None:
        event.stop()
        self._show_group()

    @on(Table.Highlighted, "#groups")
    def _read_highlighted(self, event: Table.Highlighted) -> None:
        event.stop()
        self._show_group()
        group = self._group
        if group is not None and group_of(group) != self._items_of:
            self.refresh_now()

    # -- doing ----------------------------------------------------------------------------------------------

    def action_fix(self) -> None:
        """Mend the group under the cursor."""
        case = self._case
        if case is None:
            self.tell_nothing_chosen()
        else:
            mend(self, case)

    def action_retry(self) -> None:
        """Plan the orders of the group again, or the one under the cursor among the items."""
        case = self._case
        if case is None:
            self.tell_nothing_chosen()
        else:
            again(self, case)

    # -- going ----------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Into the items; from an item to its order."""
        item = self._item
        if self.focused is not self._item_list:
            self.set_focus(self._item_list)
        elif item is not None and item.subject.startswith(ORDER):
            self.frame.go("orders", order=item.subject.removeprefix(ORDER))

    def action_orders(self) -> None:
        """To the list of the orders with the same problem."""
        group = self._group
        if group is None:
            self.tell_nothing_chosen()
        else:
            self.frame.go("orders", order=group.about, channel=group.channel, code=group.code)

    def action_job(self) -> None:
        """To the last job that had to do with the item under the cursor."""
        item = self._item
        if item is None:
            self.tell_nothing_chosen()
        else:
            work = partial(last_job_of, self.workspace.database, self.actor, item.channel, item.subject)
            self.use(work, self._go_to_job, opens=True)

    def _go_to_job(self, job: int | None) -> None:
        if job is None:
            self.tell("The job that found it is no longer kept.")
        else:
            self.frame.go("jobs", job=job)

    def action_channel(self) -> None:
        """Show the next channel; after the last one all."""
        names = ["", *self._channels]
        now = names.index(self._channel) if self._channel in names else 0
        self._channel = names[(now + 1) % len(names)]
        self.refresh_before_keys()

    def action_back(self) -> None:
        """Back to the groups."""
        self.set_focus(self._list)

    # -- parts ----------------------------------------------------------------------------------------------

    @property
    def _list(self) -> Table:
        return self.query_one("#groups", Table)

    @property
    def _item_list(self) -> Table:
        return self.query_one("#items", Table)

    @property
    def _group(self) -> ProblemGroup | None:
        """The group under the cursor, as last read."""
        return self._groups.get(self._list.key or 0)

    @property
    def _item(self) -> ProblemView | None:
        """The item under the cursor, as last read."""
        return self._items.get(self._item_list.key or 0)

    @property
    def _case(self) -> Case | None:
        """What is to be mended: the group, or in the items the one under the cursor."""
        group, item = self._group, self._item
        if group is None:
            return None
        if self.focused is self._item_list and item is not None:
            numbers = [item.subject.removeprefix(ORDER)]
            return Case(group.channel, group.code, group.about, item.message, item.fix, lambda: numbers)
        return Case(group.channel, group.code, group.about, group.message, group.fix, partial(self._numbers_in, group))

    def _numbers_in(self, group: ProblemGroup) -> list[str]:
        """The order numbers of a whole group; runs in a thread."""
        found = problems_in(self.workspace.database, self.actor, *group_of(group), limit=group.count)
        return [item.subject.removeprefix(ORDER) for item in found if item.subject.startswith(ORDER)]

    def _number(self, group: Group) -> int:
        """The key of a group in the table, the same for as long as the screen lives."""
        return self._keys.setdefault(group, len(self._keys) + 1)
