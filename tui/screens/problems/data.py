"""What the Problems screen reads: the tree of a filter, what is known of a line, and where a problem stands in it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import partial

from core.actor import Actor
from core.listings.products import ProductChoice, similar_products, title_of
from core.money import Money
from core.orders.totals import troubled_totals
from core.subjects import Subject
from core.sync.codes import FixKind
from core.sync.problems import (
    ProblemGroup,
    ProblemView,
    problem_groups,
    problem_keys,
    problem_of,
    problems_in,
)
from core.windows import Keys
from core.workspace import Workspace
from tui.frame.problem_tree import NEEDS_YOU, WAITS, Node, Tree, cause_key, group_key, half_of, tree_of

NAMED = 5
"""Items of a group that its details name."""
SIMILAR = 3
"""Products like an unknown SKU that its details name."""


@dataclass(frozen=True)
class ProblemFilter:
    """Which problems to list, and which lines of the tree are open; an empty channel is all of them."""

    channel: str = ""
    states: frozenset[str] = frozenset({NEEDS_YOU})
    opened: frozenset[int] = frozenset()


@dataclass(frozen=True)
class NodeDetail:
    """What the list does not hold of one line."""

    totals: tuple[Money, ...]
    """What its orders amount to, by currency."""
    items: tuple[ProblemView, ...] = ()
    """The oldest of its items, where it is about one thing."""
    title: str = ""
    """What Amazon calls the SKU."""
    similar: tuple[ProductChoice, ...] = ()
    """Products of the store that are like an unknown SKU."""


def read_tree(workspace: Workspace, actor: Actor, wanted: ProblemFilter) -> tuple[Keys[str], Tree]:
    """The lines of a filter; counted are items, in both halves."""
    groups = problem_groups(workspace.database, actor, wanted.channel)
    counts = {half: sum(group.count for group in groups if half_of(group) == half) for half in (NEEDS_YOU, WAITS)}
    mine = [group for group in groups if half_of(group) in wanted.states]
    tree = tree_of(mine, wanted.opened, partial(_item_keys, workspace, actor))
    return Keys(tree.keys, counts, sum(counts.values())), tree


def read_detail(workspace: Workspace, actor: Actor, node: Node) -> NodeDetail:
    """Everything about one line that the list does not hold."""
    database, code = workspace.database, node.code.name
    if node.item is not None:
        order = node.item.subject.id if node.item.subject.kind == "order" else ""
        totals = troubled_totals(database, actor, code, channel=node.channel, order_id=order) if order else ()
        return NodeDetail(totals)
    if node.group is None:
        return NodeDetail(troubled_totals(database, actor, code, channel=node.channel))
    where = node.group.channel, code, node.group.about
    totals = troubled_totals(database, actor, code, channel=node.group.channel, about=node.group.about)
    items = tuple(problems_in(database, actor, *where, limit=NAMED))
    if node.code.kind_for(node.about) is not FixKind.LINK:
        return NodeDetail(totals, items)
    sku = workspace, actor, node.group.channel, node.group.about
    return NodeDetail(totals, items, title_of(*sku), tuple(similar_products(*sku)[:SIMILAR]))


def find(
    workspace: Workspace, actor: Actor, channel: str, code: str, about: str, subject: Subject | None
) -> tuple[ProblemFilter, int | None]:
    """What to list, and the line to stand on: an item's problem, a code, or what it is about; at least the channel."""
    if subject:
        problem = problem_of(workspace.database, actor, channel, subject)
        if problem is None:
            return ProblemFilter(channel), None
        opened = frozenset({cause_key(problem.code), group_key(problem)})
        return ProblemFilter(channel, frozenset({half_of(problem)}), opened), problem.id
    groups = [it for it in problem_groups(workspace.database, actor, channel) if it.code == code]
    group = next((it for it in groups if about in ("", it.about)), None)
    if group is None:
        return ProblemFilter(channel), None
    cause, half = cause_key(code), frozenset({half_of(group)})
    if not about or len(groups) == 1:
        return ProblemFilter(channel, half), cause
    return ProblemFilter(channel, half, frozenset({cause})), group_key(group)


def _item_keys(workspace: Workspace, actor: Actor, group: ProblemGroup) -> array[int]:
    return problem_keys(workspace.database, actor, group.channel, group.code, group.about)
