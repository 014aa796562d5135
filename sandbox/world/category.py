"""Where products belong: the categories of the store, and Amazon's browse nodes in each marketplace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count, islice

from sandbox.world.marketplaces import ALL, Marketplace


@dataclass(frozen=True)
class Category:
    """A category of the store; `parent_id` is 0 at the top. `product_type` is Amazon's, of a category with products."""

    category_id: int
    parent_id: int
    name: str
    product_type: str = ""


CATEGORIES = {
    category.category_id: category
    for category in (
        Category(1, 0, "Unsorted"),
        Category(2, 0, "Home"),
        Category(10, 2, "Kitchen", "KITCHEN"),
        Category(11, 2, "Lamps & Clocks", "HOME_LIGHTING_AND_LAMPS"),
        Category(12, 2, "Textiles", "PILLOW"),
        Category(3, 0, "Leisure"),
        Category(13, 3, "Sport", "SPORTING_GOODS"),
        Category(14, 3, "Travel", "LUGGAGE"),
        Category(15, 3, "Toys", "TOYS_AND_GAMES"),
        Category(4, 0, "Work"),
        Category(16, 4, "Office", "OFFICE_PRODUCTS"),
        Category(17, 4, "Tools, Garden & Yard", "TOOLS"),
    )
}


@dataclass(frozen=True)
class BrowseNode:
    """A node of a marketplace's tree under one of its paths: a node may stand under several, so the path is its key.

    path   ids from the technical root to the node itself
    types  the product types that Amazon suggests
    leaf   whether nothing stands below it
    """

    node_id: str
    path: tuple[str, ...]
    name: str
    types: tuple[str, ...] = ()
    leaf: bool = False


_ROOT, _HOME, _LEISURE, _WORK = range(4)
_NODES = (
    # Number of the node, those it stands under, its names in English and German, product types.
    (_ROOT, (), "Root", "Wurzel", ()),
    (_HOME, (_ROOT,), "Home & Kitchen", "Küche, Haushalt & Wohnen", ()),
    (_LEISURE, (_ROOT,), "Sports & Outdoors", "Sport & Freizeit", ()),
    (_WORK, (_ROOT,), "Business, Industry & Science", "Gewerbe, Industrie & Wissenschaft", ()),
    (10, (_HOME,), "Kitchen & Dining", "Küche, Kochen & Backen", ("KITCHEN",)),
    (11, (_HOME, _WORK), "Lighting", "Beleuchtung", ("HOME_LIGHTING_AND_LAMPS", "HOME")),
    (12, (_HOME,), "Bedding", "Bettwaren", ("PILLOW",)),
    (13, (_LEISURE,), "Fitness", "Fitness", ("SPORTING_GOODS",)),
    (14, (_LEISURE,), "Bags & Luggage", "Koffer, Rucksäcke & Taschen", ("LUGGAGE", "BAG")),
    (15, (_LEISURE,), "Toys", "Spielzeug", ("TOYS_AND_GAMES",)),
    (16, (_WORK,), "Office Supplies", "Büromaterial", ("OFFICE_PRODUCTS",)),
    (17, (_WORK, _HOME), "Tools, Garden & Yard", "Werkzeug, Garten & Hof", ("TOOLS",)),
)


def browse_tree(marketplace: Marketplace) -> list[BrowseNode]:
    """The tree of a marketplace, parents first; ids and names are its own."""
    german = marketplace.language.startswith("de")
    start = (ALL.index(marketplace) + 1) * 1_000_031
    paths: dict[int, list[tuple[str, ...]]] = {}
    nodes = []
    for number, parents, english, native, types in _NODES:
        node_id = str(start + number * 1000)
        paths[number] = [(*path, node_id) for parent in parents for path in paths[parent]] or [(node_id,)]
        name = native if german else english
        nodes += [BrowseNode(node_id, path, name, types, leaf=bool(types)) for path in paths[number]]
    return nodes


def product_types() -> set[str]:
    """All product types that Amazon knows: those of the nodes, of departments too, and some that no node suggests."""
    suggested = {kind for _, _, _, _, types in _NODES for kind in types}
    return suggested | {f"GROUP_{group}" for group in range(_GROUPS)} | {"PRODUCT", *_WITHOUT_NODE}


@cache
def node_of(marketplace: Marketplace, category_id: int) -> BrowseNode:
    """The node in which products of a category of the store are listed, under its first path."""
    node_id = str((ALL.index(marketplace) + 1) * 1_000_031 + category_id * 1000)
    return next(node for node in browse_tree(marketplace) if node.node_id == node_id)


def category_of(marketplace: Marketplace, node_id: str) -> int | None:
    """The category of the store that a node stands for; None for any other node."""
    number = (int(node_id) if node_id.isdecimal() else 0) - (ALL.index(marketplace) + 1) * 1_000_031
    return number // 1000 if number % 1000 == 0 and number // 1000 in CATEGORIES else None


def large_tree(marketplace: Marketplace, size: int) -> Iterator[BrowseNode]:
    """The same with departments nobody sells in, until there are `size` nodes; the world's own are always there."""
    own = browse_tree(marketplace)
    yield from own
    yield from islice(_departments(own[0].node_id), max(size - len(own), 0))


_WITHOUT_NODE = ("BRACELET", "CANDLE", "WRITING_INSTRUMENT")
_GROUPS, _SHELVES, _LEAVES = 20, 20, 25
_SECOND, _ORPHAN = 40, 997
"""One leaf in so many stands under a second path too, and one under a shelf that is not in the file."""


def _departments(root: str) -> Iterator[BrowseNode]:
    """Parents first, without an end; names hold commas, and not every node has a product type."""
    numbers = count(9_000_000_001)
    for department in count(1):
        top = (root, str(next(numbers)))
        yield BrowseNode(top[-1], top, f"Department {department}, Parts & Supplies")
        for group in range(_GROUPS):
            above = (*top, str(next(numbers)))
            yield BrowseNode(above[-1], above, f"Group {group}", (f"GROUP_{group}",))
            for shelf in range(_SHELVES):
                path = (*above, str(next(numbers)))
                yield BrowseNode(path[-1], path, f"Shelf {shelf}, Left & Right")
                for leaf in range(_LEAVES):
                    number = next(numbers)
                    where = (*above, str(number + 10**10)) if number % _ORPHAN == 0 else path
                    types = (f"GROUP_{group}", "HOME") if leaf % 3 else ()
                    yield BrowseNode(str(number), (*where, str(number)), f"Leaf {number}", types, leaf=True)
                    if number % _SECOND == 0:
                        yield BrowseNode(str(number), (*above, str(number)), f"Leaf {number}", types, leaf=True)
