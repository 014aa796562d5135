"""The listings of the channels by what Amazon makes of each; their rows are those of `core.products.rows`."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, literal, or_, select
from sqlmodel import Session, col

from core.actor import Actor
from core.database import Database, plain_rows
from core.model.listing import Listing
from core.model.listing_export import ACCEPTED, BUYABLE, CLOSED, ISSUES
from core.people.rights import note_channel
from core.products.catalogue import BY_ISSUES, BY_NAME, ProductFilter, Shelf, key_of, shelves
from core.windows import Keys

LISTING_STATES = (ISSUES, ACCEPTED, BUYABLE, CLOSED)
"""What can become of a listing that Amazon has, those that need a person first."""


def listing_keys(database: Database, actor: Actor, wanted: ProductFilter) -> Keys[str]:
    """The keys of the listings that match, in the wanted order; the counts leave the states aside.

    Each word of the text has to be part of SKU, ASIN, title, product type or of what Amazon finds wrong.
    """
    note_channel(database, actor, wanted.channel)
    with database.read() as session:
        found = [
            (key_of(shelf, number), *told)
            for shelf in shelves(session, actor, wanted.channel)
            for number, *told in _listed(session, shelf, wanted.text.split())
        ]
    found.sort(key=lambda row: _place(wanted.sort, *row[1:]))
    counted = Counter(state for _, state, *_ in found)
    keys = array("q", [key for key, state, *_ in found if not wanted.states or state in wanted.states])
    return Keys(keys, {state: counted[state] for state in LISTING_STATES}, len(found))


def _listed(session: Session, shelf: Shelf, words: Sequence[str]) -> Sequence[Any]:
    """Number, state, SKU, title and count of issues of a channel's listings that have all words."""
    texts = [col(Listing.sku), col(Listing.asin), col(Listing.title), col(Listing.product_type), _issues()]
    query: Any = select(
        col(Listing.id), _state().label("state"), col(Listing.sku), col(Listing.title), col(Listing.issue_count)
    ).where(
        col(Listing.account_id) == shelf.account_id,
        col(Listing.marketplace_id) == shelf.marketplace_id,
        *[or_(*[text.icontains(word, autoescape=True) for text in texts]) for word in words],
    )
    return plain_rows(session, query)


def _place(sort: str, state: str, sku: str, title: str, issues: int) -> tuple[Any, ...]:
    if sort == BY_NAME:
        return title, sku
    return (-issues, sku) if sort == BY_ISSUES else (sku,)


def _state() -> ColumnElement[str]:
    """As `core.products.list.state_of` has it."""
    return case(
        (col(Listing.closed_at).is_not(None), literal(CLOSED)),
        (col(Listing.buyable), literal(BUYABLE)),
        (_issues().contains('"severity": "ERROR"'), literal(ISSUES)),
        else_=literal(ACCEPTED),
    )


def _issues() -> ColumnElement[str]:
    return cast(col(Listing.issues), String)
