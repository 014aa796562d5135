"""Searching a whole tree with every key that is pressed: all of it in memory, some 90 bytes a node.

The database needs a tenth of a second to look through a hundred thousand nodes, and this a hundredth.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sqlmodel import col, select

from core.actor import Actor
from core.categories.flow import place_of
from core.categories.search import require_tree
from core.categories.tree import STEP
from core.database import plain_rows
from core.model.base import stored_id
from core.model.category import BrowseNode
from core.people.rights import require_channel
from core.workspace import Workspace

_END, _PART = "\n", "\t"


@dataclass(frozen=True)
class _Text:
    """A line for each node, and where each of them begins."""

    text: str
    starts: array[int]

    @classmethod
    def of(cls, lines: Iterable[str]) -> _Text:
        clean = [line.replace(_END, " ") for line in lines]
        starts = array("q", accumulate((len(line) + 1 for line in clean), initial=1))
        return cls(f"{_END}{_END.join(clean)}{_END}", starts[:-1])

    def line(self, number: int) -> str:
        start = self.starts[number]
        return self.text[start : self.text.index(_END, start)]

    def having(self, words: str) -> Iterator[int]:
        """The numbers of the lines with `words` in them."""
        at = self.text.find(words)
        while at >= 0:
            yield bisect_right(self.starts, at + (words[0] == _END)) - 1
            at = self.text.find(words, self.text.index(_END, at + 1))


class TreeIndex:
    """One reading of Amazon's tree, to be searched by name, path, id and product type."""

    def __init__(self, tree_id: int, rows: Sequence[tuple[int, str, str, str]]) -> None:
        """`rows` are key, title for searching, product types and id of each node."""
        self.tree_id = tree_id
        self._keys = array("q", [row[0] for row in rows])
        self._names = _Text.of(row[1].rpartition(STEP)[2] for row in rows)
        self._all = _Text.of(f"{title}{_PART}{types.lower()}{_PART}{node}" for _, title, types, node in rows)

    def find(self, text: str, most: int) -> list[int]:
        """The keys of at most so many nodes that have every word of a text.

        First those whose name begins with it, then those that have a word of it in their name, then all others.
        """
        words = text.casefold().split()
        if not words:
            return []
        rarest = min(words, key=self._all.text.count)
        numbers: dict[int, None] = {}
        for having in (
            self._names.having(f"{_END}{' '.join(words)}"),
            self._names.having(rarest),
            self._all.having(rarest),
        ):
            for number in having:
                if number not in numbers and all(word in self._all.line(number) for word in words):
                    numbers[number] = None
                    if len(numbers) == most:
                        return [self._keys[one] for one in numbers]
        return [self._keys[one] for one in numbers]


def tree_index(workspace: Workspace, actor: Actor, channel_name: str, known: TreeIndex | None = None) -> TreeIndex:
    """What the tree of a channel's marketplace is searched in: `known`, unless there is a newer tree.

    Raises UsageError before a tree was read.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        tree = require_tree(session, place_of(session, channel), channel.name)
        tree_id = stored_id(tree.id)
        if known is not None and known.tree_id == tree_id:
            return known
        query = select(BrowseNode.id, BrowseNode.folded, BrowseNode.product_types, BrowseNode.node_id)
        rows = plain_rows(session, query.where(col(BrowseNode.tree_id) == tree_id).order_by(col(BrowseNode.id)))
    return TreeIndex(tree_id, rows)
