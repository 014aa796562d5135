"""How products and listings read: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from textual.content import Content

from core.flows import code_of
from core.model.listing_export import ACCEPTED, BUYABLE, ISSUES, PLANNED, SUBMITTED, WATCHED
from core.model.listing_export import CLOSED as LISTED_NO_MORE
from core.products.catalogue import (
    AT_AMAZON,
    BY_ISSUES,
    BY_NAME,
    BY_SKU,
    CLOSED,
    FAMILY,
    HELD,
    IN_STORE,
    LINKED,
    STATES,
    WITH_ISSUES,
)
from core.products.issues import IssueView
from core.products.rows import OF_STORE, ProductRow
from core.products.stages import NONE
from core.products.stages import STATES as STAGES
from tui.frame.fixes import counted, fix_line, inline
from tui.frame.labels import labelled
from tui.frame.scope import ALL
from tui.screens.products.data import ProductDetail
from tui.text import clean, foreign
from tui.widgets import timestamps
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

Spoken = Callable[[str], str]
"""Names the keys in a sentence."""

NO_PRODUCTS = (
    "No listing of Amazon and no product of the store has been read yet.\n\n"
    "{products.import} reads the seller's listings and brings them into the store, {products.export} lists products of"
    " the store at Amazon; their switch Plan only tells first what that would do."
)
NO_CHANNEL = "No channel is connected yet. Connect one with: crossdock channel add"
NONE_FITS = "No product matches. {products.back} clears the filter."
NOT_LISTED = "It is a product of the store that Amazon does not list: there is nothing to import or to link."
NOT_IN_STORE = "The store has no product for it."
FIRST_SHOWN = "The first {} are shown. Plan only, in the window of Export, tells of all of them."
WHICH_CHANNEL = "There are several channels. {products.channel} chooses one."
NOT_BY_HAND = "Nobody linked it. A product with the same code is found by itself."

COLUMNS = (
    Column("SKU", least=12, most=24, sorts=((BY_SKU, "↑"),)),
    Column("name", least=14, sorts=((BY_NAME, "↑"),)),
    Column("ASIN", least=10, most=10, wide=80),
    Column("price", least=10, most=14, right=True, wide=100),
    Column("product", least=7, most=9, right=True, wide=90),
    Column("issues", least=6, most=6, right=True, wide=70, sorts=((BY_ISSUES, "↓"),)),
    Column("state", least=17, most=34),
)
CHANNEL = Column("channel", most=12)

_TITLES = {AT_AMAZON: "Amazon only", IN_STORE: "store only"}
"""Words for states that are shorter where they stand beside each other."""
STATES_SHOWN: Mapping[str, frozenset[str]] = {
    ALL: frozenset(),
    **{
        _TITLES.get(state, state): frozenset({state, WITH_ISSUES[state]})
        for state in (HELD, AT_AMAZON, LINKED, IN_STORE, CLOSED)
    },
    "issues": frozenset(WITH_ISSUES.values()),
}
"""In the order of their need for a person; the last are those in which Amazon finds something wrong."""
TONES = {HELD: "$text-warning", AT_AMAZON: "$text-primary", LINKED: "$text-success"}
UNCONFIRMED = "not told to Amazon until the counts are confirmed; {products.counts} compares them"
CONTENTS = {
    OF_STORE: "as the store has it",
    WATCHED: "as it was at Amazon; what changes in the store is sent",
}
SEVERITIES = {"ERROR": "$text-error", "WARNING": "$text-warning"}

MEANINGS = {
    AT_AMAZON: "The store has no product for it. {products.import} makes one, {products.link} links one that is there.",
    LINKED: "The listing and the product belong together.",
    IN_STORE: "Amazon does not list it. {products.export} exports it, {products.attributes} shows what would be sent.",
    FAMILY: "It stands for its variations and is not a product of its own.",
    CLOSED: "The seller does not list it any more. The product stays in the store.",
}
OFFERS = {
    NONE: "",
    PLANNED: "planned: it is about to be sent",
    SUBMITTED: "submitted: Amazon has not shown it yet",
    ACCEPTED: "accepted, cannot be bought",
    BUYABLE: "can be bought",
    ISSUES: "not sold, it has issues",
    LISTED_NO_MORE: "closed",
}
assert set(OFFERS) == set(STAGES)
assert set(STATES) == {HELD, *MEANINGS}


def state_word(state: str) -> Content:
    """A state; the colour only repeats the word."""
    return Content.styled(_TITLES.get(state, state), TONES.get(state, "$text-muted"))


def product_cells(row: ProductRow) -> tuple[Cell, ...]:
    """A line of the list."""
    ending = Content(": ") + foreign(inline(row.problem)) if row.problem else Content("")
    return (
        foreign(row.sku),
        foreign(row.name or row.title),
        foreign(row.asin),
        foreign(price(row.price, row.currency) or price(row.store_price, row.store_currency)),
        Content(str(row.product_id) if row.product_id else ""),
        Content(str(len(row.issues)) if row.issues else ""),
        state_word(row.state) + ending,
    )


def product_copies(row: ProductRow) -> Sequence[tuple[str, str]]:
    """What can be copied of a row: what it is, and its text."""
    found = (("SKU", row.sku), ("ASIN", row.asin), ("product", str(row.product_id or "")), ("name", row.name))
    return [(what, clean(text)) for what, text in found if text]


def product_lines(
    row: ProductRow, detail: ProductDetail | None, spoken: Spoken, *, says_state: bool = True
) -> Iterator[Line]:
    """Everything about the row under the cursor; `detail` is None while it is being read."""
    if row.problem:
        yield Line(foreign(f"{code_of(row.problem).title}: ", TONES[HELD]) + foreign(row.message))
        if detail is not None:
            yield fix_line(row.problem, detail.about, row.fix, spoken("{products.fix}"))
    elif says_state:
        yield Line(Content(spoken(MEANINGS.get(row.state, ""))))
    yield from _issue_lines(row.issues)
    stock = "" if row.in_stock is None else f"{row.in_stock:,} in stock"
    quantity = "" if row.quantity is None else f"{row.quantity:,} offered"
    yield from labelled(
        ("at Amazon", "  ".join(filter(None, [row.asin, OFFERS[row.offer], row.fulfilment.lower()]))),
        ("title", row.title),
        ("content", CONTENTS.get(row.content, "")),
        ("offer", "  ".join(filter(None, [price(row.price, row.currency), quantity]))),
        ("product type", row.product_type),
        ("variation of", row.parent_sku),
        ("in the store", " ".join(filter(None, [f"{row.product_id}" if row.product_id else "", row.product_sku]))),
        ("name", row.name if row.product_id else ""),
        ("price", "  ".join(filter(None, [price(row.store_price, row.store_currency), stock]))),
        ("linked", f"by {row.linked_by}" if row.linked_by else "by its code" if row.state == LINKED else ""),
        ("closed", timestamps.full(row.closed_at) if row.closed_at else ""),
        ("read", timestamps.full(row.read_at) if row.read_at else ""),
        ("stock", spoken(UNCONFIRMED) if detail and detail.is_unconfirmed else ""),
        ("next import", "plans it (again)" if row.is_dirty else ""),
        ("last job", spoken(f"{detail.job}; {{products.job}} goes to it") if detail and detail.job else ""),
    )


def unlink_question(rows: Sequence[ProductRow]) -> str:
    """What unlinking does, before it is done."""
    one = rows[0]
    name = clean(one.name or str(one.product_id))
    what = f"Unlink {clean(one.sku)} from {name}?" if len(rows) == 1 else f"Unlink {len(rows):,} SKUs?"
    return f"{what}\nA product with the same code counts again. What is in the store stays there."


def import_question(count: int) -> str:
    """The title of what asks how marked listings are imported."""
    return f"Import {counted(count, 'marked listing')}"


def _issue_lines(issues: Sequence[IssueView]) -> Iterator[Line]:
    """What Amazon finds wrong, each with its severity as a word."""
    for issue in issues:
        head = f"{issue.severity.lower()} {issue.code}"
        about = f" ({issue.attribute})" if issue.attribute else ""
        yield Line(foreign(f"{head}{about}: ", SEVERITIES.get(issue.severity, "")) + foreign(issue.message), indent=2)
        for label, text in (
            ("Cause", issue.cause),
            ("Fix", issue.fix),
            ("Until", timestamps.full(issue.deadline) if issue.deadline else ""),
        ):
            if text:
                yield Line(Content.styled(f"  {label}: ", "$text-muted") + foreign(text), indent=len(label) + 4)


def price(amount: Decimal | None, currency: str) -> str:
    """ "1,299.00 EUR", or nothing."""
    return "" if amount is None else f"{amount:,} {currency}"
