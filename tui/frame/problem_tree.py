"""Open problems as a tree: causes, what a cause is about (SKUs, keys of mappings), and the items that have it.

Pure: what is open is known by the keys of its nodes, and a function names the items of those that are open.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from core.flows import code_of
from core.sync.codes import Code, FixKind
from core.sync.problems import ProblemGroup, ProblemView

NEEDS_YOU, WAITS = "needs you", "waits"
"""The two halves: what a person has to do something about, and what is released by itself."""

ItemKeys = Callable[[ProblemGroup], Sequence[int]]
"""Reads the keys of the items of a group."""


@dataclass(frozen=True)
class Cause:
    """Everything with one code; `groups` that are fixed here come first, of each the largest."""

    code: Code
    groups: tuple[ProblemGroup, ...]

    @property
    def count(self) -> int:
        """Items that have it."""
        return sum(group.count for group in self.groups)

    @property
    def oldest(self) -> datetime:
        """Since when there has been one."""
        return min(group.oldest for group in self.groups)

    @property
    def only(self) -> ProblemGroup | None:
        """The group, where there is a single one: cause and group are one line then."""
        return self.groups[0] if len(self.groups) == 1 else None


@dataclass(frozen=True)
class Node:
    """A line of the tree; `is_open` is None for items, which hold nothing."""

    key: int
    depth: int
    of: Cause | ProblemGroup | ProblemView
    is_open: bool | None
    several: bool
    """Whether the tree has problems of several channels, so that a line says its own."""

    @property
    def group(self) -> ProblemGroup | None:
        """The group that it is, where it is one."""
        return self.of.only if isinstance(self.of, Cause) else self.of if isinstance(self.of, ProblemGroup) else None

    @property
    def item(self) -> ProblemView | None:
        """The item that it is, where it is one."""
        return self.of if isinstance(self.of, ProblemView) else None

    @property
    def code(self) -> Code:
        """What is wrong."""
        return self.of.code if isinstance(self.of, Cause) else code_of(self.of.code)

    @property
    def about(self) -> str:
        """What fixes it for all its items; empty for a cause of several."""
        found = self.group or self.item
        return found.about if found else ""

    @property
    def channel(self) -> str:
        """Its channel; empty where it is of several."""
        if isinstance(self.of, Cause):
            channels = {group.channel for group in self.of.groups}
            return channels.pop() if len(channels) == 1 else ""
        return self.of.channel

    @property
    def count(self) -> int:
        """Items beneath it, or itself."""
        return 1 if isinstance(self.of, ProblemView) else self.of.count

    @property
    def noun(self) -> str:
        """What its items are: "order", or "item" for a mixture."""
        groups = self.of.groups if isinstance(self.of, Cause) else (self.of,)
        kinds = {group.subject.kind for group in groups}
        return kinds.pop() if len(kinds) == 1 else "item"


@dataclass(frozen=True)
class Tree:
    """What is listed: the keys of all lines, the lines that are no items, and the parent of each."""

    keys: array[int]
    nodes: dict[int, Node]
    parents: dict[int, int]
    """By the key of a group its cause."""

    def item(self, problem: ProblemView) -> Node:
        """The line of an item."""
        cause = cause_key(problem.code)
        depth = 1 if cause in self.nodes and self.nodes[cause].group else 2
        return Node(problem.id, depth, problem, None, several=False)

    def parent(self, node: Node) -> int:
        """The key of the line that holds another; its own, if none does."""
        if node.item is None:
            return self.parents.get(node.key, node.key)
        group = group_key(node.item)
        return group if group in self.nodes else cause_key(node.code.name)


def cause_key(code: str) -> int:
    """The number of a cause, the same whenever it is read; those of items are positive."""
    return _key(code)


def group_key(of: ProblemGroup | ProblemView) -> int:
    """The number of a group, or of that which an item belongs to."""
    return _key(of.channel, of.code, of.about)


def half_of(group: ProblemGroup | ProblemView) -> str:
    """The half that it belongs to."""
    return WAITS if code_of(group.code).kind_for(group.about) is FixKind.WAIT else NEEDS_YOU


def causes_of(groups: Iterable[ProblemGroup]) -> list[Cause]:
    """Fixed here first, then elsewhere; of each the largest first, then the oldest."""
    by_code: dict[str, list[ProblemGroup]] = {}
    for group in sorted(groups, key=lambda group: (not _is_here(group), -group.count, group.oldest)):
        by_code.setdefault(group.code, []).append(group)
    causes = [Cause(code_of(code), tuple(found)) for code, found in by_code.items()]
    return sorted(causes, key=lambda cause: (not _is_here(cause.groups[0]), -cause.count, cause.oldest))


def tree_of(groups: Sequence[ProblemGroup], opened: Collection[int], item_keys: ItemKeys) -> Tree:
    """The lines that are listed while these nodes are open."""
    tree = Tree(array("q"), {}, {})
    several = len({group.channel for group in groups}) > 1
    for cause in causes_of(groups):
        tree.keys.extend(_lines(tree, cause, opened, item_keys, several))
    return tree


def _lines(tree: Tree, cause: Cause, opened: Collection[int], item_keys: ItemKeys, several: bool) -> Iterator[int]:
    key = cause_key(cause.code.name)
    tree.nodes[key] = Node(key, 0, cause, key in opened, several)
    yield key
    if key not in opened:
        return
    if cause.only:
        yield from item_keys(cause.only)
        return
    for group in cause.groups:
        child = group_key(group)
        tree.nodes[child] = Node(child, 1, group, child in opened, several)
        tree.parents[child] = key
        yield child
        if child in opened:
            yield from item_keys(group)


def _is_here(group: ProblemGroup) -> bool:
    return code_of(group.code).kind_for(group.about).is_here


def _key(*names: str) -> int:
    return -int.from_bytes(blake2b("\0".join(names).encode(), digest_size=7).digest()) - 1
