"""Trees as the lines that are listed; pure, and the same for both sides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.categories.browse import NodeView, StoreCategoryView

Item = TypeVar("Item")


@dataclass(frozen=True)
class TreeLine(Generic[Item]):
    """One line; `is_open` is None for what holds nothing."""

    key: int
    depth: int
    is_open: bool | None
    item: Item
    is_flat: bool = False
    """Whether it stands in a list, out of its place in the tree."""


StoreLine = TreeLine[StoreCategoryView]
NodeLine = TreeLine[NodeView]


def store_lines(categories: Sequence[StoreCategoryView], closed: Collection[int]) -> list[StoreLine]:
    """The store's tree, open but for what was closed; one whose parent is not shown stands at the top."""
    known = {category.category_id for category in categories}
    below: dict[int, list[StoreCategoryView]] = {}
    for category in categories:
        below.setdefault(category.parent_id if category.parent_id in known else 0, []).append(category)
    lines: list[StoreLine] = []
    left = [(category, 0) for category in reversed(below.get(0, []))]
    while left:
        category, depth = left.pop()
        children = below.get(category.category_id, [])
        is_open = category.category_id not in closed if children else None
        lines.append(TreeLine(category.category_id, depth, is_open, category))
        if is_open:
            left += [(child, depth + 1) for child in reversed(children)]
    return lines


def due_lines(categories: Iterable[StoreCategoryView]) -> list[StoreLine]:
    """Categories to which nothing belongs, those with the most products first."""
    due = sorted((one for one in categories if not one.links), key=lambda one: -one.products)
    return [TreeLine(one.category_id, 0, None, one, is_flat=True) for one in due]


def found_lines(categories: Iterable[StoreCategoryView], text: str) -> list[StoreLine]:
    """Categories with every word of a text in their path or as their id; those with it in their name first."""
    words = text.casefold().split()
    found = [
        one for one in categories if all(word in one.path.casefold() or word == str(one.category_id) for word in words)
    ]
    found.sort(key=lambda one: not all(word in one.name.casefold() for word in words))
    return [TreeLine(one.category_id, 0, None, one, is_flat=True) for one in found]


def node_lines(below: Mapping[str, Sequence[NodeView]], opened: Collection[str]) -> list[NodeLine]:
    """Amazon's tree as far as it was read and opened."""
    return list(_nodes(below, opened, "", 0))


def found_nodes(nodes: Iterable[NodeView]) -> list[NodeLine]:
    """What a search has found, as it comes."""
    return [TreeLine(node.key, 0, None, node, is_flat=True) for node in nodes]


def above(path: str) -> list[str]:
    """The paths of what stands above a node, from the top; the technical root is none of them."""
    ids = path.split(",")
    return [",".join(ids[:count]) for count in range(2, len(ids))]


def holder(lines: Sequence[TreeLine[Item]], place: int) -> int:
    """The place of the line that holds another; its own at the top."""
    depth = lines[place].depth
    return next((number for number in range(place, -1, -1) if lines[number].depth < depth), place)


def _nodes(
    below: Mapping[str, Sequence[NodeView]], opened: Collection[str], path: str, depth: int
) -> Iterator[NodeLine]:
    for node in below.get(path, ()):
        is_open = None if node.leaf else node.path in opened
        yield TreeLine(node.key, depth, is_open, node)
        if is_open:
            yield from _nodes(below, opened, node.path, depth + 1)
