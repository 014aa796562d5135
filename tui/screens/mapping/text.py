"""How categories and their links read: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set

from textual.content import Content

from core.categories.browse import BothTrees, NodeView, StoreCategoryView
from core.categories.exchange import Changes
from core.categories.mapping import MappingView
from core.categories.tree import STEP
from tui.frame.fixes import counted
from tui.screens.mapping.tree_table import indent
from tui.screens.mapping.trees import NodeLine, StoreLine
from tui.text import clean, foreign
from tui.widgets import timestamps
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

Spoken = Callable[[str], str]
"""Names the keys in a sentence."""

STORE_COLUMNS = (
    Column("category of the store"),
    Column("products", least=8, most=8, right=True),
    Column("at Amazon", most=24, wide=64),
)
NODE_COLUMNS = (Column("category of Amazon"), Column("product type", least=24, most=24, wide=56))

STORE_HINT = "name, path or id"
NODE_HINT = "name, path, id or product type"
NO_TREE = "Not read yet. {mapping.refresh} reads them: it takes Amazon some minutes."
NO_CATEGORIES = "None was read yet. {mapping.refresh} reads those of the store."
ALL_MAPPED = "Every category is mapped. {mapping.view} shows all."
NONE_FOUND = "No match. Shorten the search."
READING = "Reading …"
MOST = 200
"""Categories of Amazon that a search shows."""

_MAPPED, _DUE, _FAULT, _COVERED, _EMPTY = "●", "○", "!", "·", " "


def store_cells(line: StoreLine) -> tuple[Cell, ...]:
    """A category of the store: whether it is mapped, its name, its products."""
    category = line.item
    products = Content(f"{category.products:,}" if category.products else "")
    return _named(line, _state_of(category), category.name, category.path), products, _nodes_of(category)


def node_cells(line: NodeLine, mapped: Set[str], whole: Set[str]) -> tuple[Cell, ...]:
    """A category of Amazon: whether it belongs to one of the store, its name, its product types."""
    node = line.item
    if node.node in mapped:
        mark = Content.styled(_MAPPED, "$text-success")
    else:
        mark = Content(_COVERED if whole and not whole.isdisjoint(node.path.split(",")) else _EMPTY)
    more = f" +{len(node.product_types) - 1}" if len(node.product_types) > 1 else ""
    kind = Content.styled(f"{clean(node.product_types[0])}{more}", "$text-muted") if node.product_types else Content("")
    return _named(line, mark, node.name, node.title), kind


def _named(line: StoreLine | NodeLine, mark: Content, name: str, path: str) -> Content:
    before = path.rpartition(STEP)[0]
    place = Content.styled(f"  {clean(before)}", "$text-muted") if line.is_flat and before else Content("")
    start = "" if line.is_flat else indent(line)
    return mark + Content(f" {start}") + foreign(name) + place


def _state_of(category: StoreCategoryView) -> Content:
    if any(link.fault for link in category.links):
        return Content.styled(_FAULT, "$text-error")
    if category.links:
        return Content.styled(_MAPPED, "$text-success")
    return Content.styled(_DUE, "$text-warning") if category.products else Content(_EMPTY)


def _nodes_of(category: StoreCategoryView) -> Content:
    if not category.links:
        return Content("")
    more = f" +{len(category.links) - 1}" if len(category.links) > 1 else ""
    return Content.styled(
        f"{clean(last(category.links[0].amazon_path) or category.links[0].amazon)}{more}", "$text-muted"
    )


def last(path: str) -> str:
    """The name at the end of a path."""
    return path.rpartition(STEP)[2]


# -- what is known of the line under the cursor ----------------------------------------------------------------------


def category_lines(category: StoreCategoryView, spoken: Spoken) -> Iterator[Line]:
    """What belongs to a category of the store, and what can be done."""
    yield Line(foreign(category.path, "bold"))
    linked = counted(len(category.links), "link") if category.links else "not mapped"
    yield Line(
        Content.assemble(
            (f"{counted(category.products, 'product')} · ", "$text-muted"),
            (linked, "" if category.links or not category.products else "$text-warning"),
        )
    )
    for link in category.links:
        yield from _link_lines(link, several=len(category.links) > 1)
    keys = "{mapping.link} links another · {mapping.unmap} unlinks" if category.links else "{mapping.link} links one"
    yield Line(Content.styled(spoken(keys), "$text-muted"))


def node_detail(
    node: NodeView, belongs: Sequence[MappingView], category: StoreCategoryView | None, spoken: Spoken
) -> Iterator[Line]:
    """What a category of Amazon is, what of the store belongs to it, and which category would be linked to it."""
    yield Line(foreign(node.title, "bold"))
    yield Line(Content.styled(f"node {clean(node.node)}", "$text-muted"))
    types = ", ".join(map(clean, node.product_types)) or "none suggested by Amazon"
    yield Line(Content.assemble(("types  ", "$text-muted"), types), indent=7)
    for link in belongs:
        yield Line(Content.assemble((f"{_MAPPED} ", "$text-success"), foreign(link.cscart_path)), indent=2)
    if category is not None:
        words = f"{spoken('{mapping.link}')} links it to {clean(category.name)}"
        yield Line(Content.styled(words, "$text-muted"))


def _link_lines(link: MappingView, *, several: bool) -> Iterator[Line]:
    told = link.amazon_path or f"node {link.amazon}"
    mark = (f"{_FAULT} ", "bold $text-error") if link.fault else (f"{_MAPPED} ", "$text-success")
    yield Line(Content.assemble(mark, foreign(told)), indent=2)
    facts = [clean(link.product_type)]
    facts += ["default for exports"] if several and link.export_default else []
    facts += ["and below"] if link.subtree else []
    yield Line(Content("  ") + Content.styled(" · ".join(facts), "$text-muted"), indent=2)
    if link.fault:
        yield Line(Content.styled(f"  {link.fault}", "$text-error"), indent=2)


def side(title: str) -> Line:
    """Says of which side the lines below are."""
    return Line(Content.styled(title, "$text-muted underline"))


# -- around the trees ------------------------------------------------------------------------------------------------


def coverage(trees: BothTrees) -> str:
    """How many of the categories with products are mapped: "412/530 mapped"."""
    return f"{trees.holding - trees.due:,}/{trees.holding:,} mapped"


def read_at(trees: BothTrees) -> str:
    """How much of Amazon's is known, and since when."""
    if trees.refreshed is None:
        return "not read yet"
    return f"{trees.nodes:,} · {timestamps.brief(trees.refreshed)}"


def found(count: int) -> str:
    """How much a search of Amazon's has found."""
    return f"the first {count}" if count == MOST else f"{count} found"


# -- CSV -------------------------------------------------------------------------------------------------------------


def change_lines(changes: Changes) -> Iterator[Line]:
    """What an import does, mapping by mapping."""
    parts: Mapping[str, tuple[str, str, Sequence[MappingView]]] = {
        "Added": ("+", "$text-success", changes.added),
        "Changed": ("~", "$text-warning", changes.changed),
        "Removed": ("-", "$text-error", changes.removed),
    }
    for title, (mark, tone, views) in parts.items():
        if not views:
            continue
        yield Line(Content.styled(f"{title}: {len(views):,}", "bold"))
        for view in views:
            yield Line(
                Content.assemble((f"{mark} ", tone), foreign(f"{view.cscart_path or view.cscart} → "))
                + foreign(view.amazon_path or view.amazon or ""),
                indent=2,
            )
            facts = [clean(view.product_type)]
            facts += ["default for exports"] if view.export_default else []
            facts += ["and below"] if view.subtree else []
            yield Line(Content.styled(f"  {' · '.join(facts)}", "$text-muted"), indent=2)
        yield Line(Content(""))
    yield Line(Content(f"Unchanged: {changes.unchanged:,}. Categories that are not in the file stay as they are."))


def counted_changes(changes: Changes) -> str:
    """ "3 added, 1 removed"."""
    parts = (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed))
    return ", ".join(f"{len(views):,} {word}" for word, views in parts if views)
