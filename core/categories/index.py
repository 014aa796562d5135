"""Searching a whole tree with every key that is pressed: all of it in memory, some 90 bytes a node.

The database needs a tenth of a second to look through a hundred thousand nodes, and this a hundredth.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlmodel import col, select

from core.actor import Actor
from core.categories.flow import place_of
from core.categories.search import require_tree
from core.categories.tree import STEP
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
        parts, starts, at = [], array("q"), 1
        for line in (line.replace(_END, " ") for line in lines):
            starts.append(at)
            parts.append(line)
            at += len(line) + 1
        return cls(f"{_END}{_END.join(parts)}{_END}", starts)

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

    def __init__(self, tree_id: int, rows: Iterable[tuple[int, str, str, str]]) -> None:
        """`rows` are key, title for searching, product types and id of each node."""
        self.tree_id = tree_id
        found = list(rows)
        self._keys = array("q", [key for key, *_ in found])
        self._names = _Text.of(title.rpartition(STEP)[2] for _, title, _, _ in found)
        self._all = _Text.of(_PART.join((title, types.lower(), node)) for _, title, types, node in found)

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
        rows = session.exec(query.where(col(BrowseNode.tree_id) == tree_id).order_by(col(BrowseNode.id))).all()
    return TreeIndex(tree_id, ((stored_id(key), title, types, node) for key, title, types, node in rows))
