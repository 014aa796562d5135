"""The listings of the channels by how far each is at Amazon; their rows are those of `core.products.rows`."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from core.actor import Actor
from core.database import Database, plain_rows
from core.model.listing import Listing
from core.model.listing_export import ACCEPTED, BUYABLE, CLOSED, ISSUES, PLANNED, SUBMITTED, ListingExport
from core.model.listing_issue import OF_SUBMISSION, ListingIssue
from core.model.store import StoreProduct
from core.people.rights import note_channel
from core.products.catalogue import BY_ISSUES, BY_NAME, ProductFilter, Shelf, export_key, key_of, shelves
from core.products.issues import with_code, with_issue
from core.products.stages import reached
from core.windows import Keys

LISTING_STATES = (ISSUES, PLANNED, SUBMITTED, ACCEPTED, BUYABLE, CLOSED)
"""What can become of a SKU that Amazon has, or that was sent: those that need a person first."""


def listing_keys(database: Database, actor: Actor, wanted: ProductFilter) -> Keys[str]:
    """The keys of the listings that match, in the wanted order; the counts leave the states and the code aside.

    Each word of the text has to be part of SKU, ASIN, title, product type or of what Amazon finds wrong; the code is
    that of an issue.
    """
    note_channel(database, actor, wanted.channel)
    with database.read() as session:
        found = [row for shelf in shelves(session, actor, wanted.channel) for row in _listed(session, shelf, wanted)]
        chosen = _with_code(session, actor, wanted) if wanted.code else None
    found.sort(key=lambda row: _place(wanted.sort, *row[1:]))
    counted = Counter(state for _, state, *_ in found)
    keys = array(
        "q",
        [
            key
            for key, state, sku, *_ in found
            if (not wanted.states or state in wanted.states) and (chosen is None or sku in chosen)
        ],
    )
    return Keys(keys, {state: counted[state] for state in LISTING_STATES}, len(found))


def _with_code(session: Session, actor: Actor, wanted: ProductFilter) -> frozenset[str]:
    """SKUs that have the issue with the wanted code in one of the channels."""
    found = [with_code(session, shelf, wanted.code) for shelf in shelves(session, actor, wanted.channel)]
    return frozenset[str]().union(*found)


def _listed(session: Session, shelf: Shelf, wanted: ProductFilter) -> Sequence[Any]:
    """Key, state, SKU, title and count of issues of what a channel lists or has sent and that has all words."""
    stages = reached(shelf.account_id, shelf.marketplace_id).subquery()
    title = func.coalesce(col(Listing.title), col(StoreProduct.name), "")
    issues = func.coalesce(col(Listing.issue_count), _of_submission(shelf), 0)
    query: Any = (
        select(stages.c.listing_id, stages.c.export_id, stages.c.state, stages.c.sku, title, issues)
        .outerjoin(Listing, col(Listing.id) == stages.c.listing_id)
        .outerjoin(ListingExport, col(ListingExport.id) == stages.c.export_id)
        .outerjoin(
            StoreProduct,
            and_(
                col(StoreProduct.store_id) == shelf.store_id,
                col(StoreProduct.product_id) == col(ListingExport.product_id),
            ),
        )
    )
    texts = [stages.c.sku, col(Listing.asin), title, col(Listing.product_type)]
    for word in wanted.text.split():
        matches = [text.icontains(word, autoescape=True) for text in texts]
        query = query.where(or_(*matches, with_issue(shelf, stages.c.sku, word)))
    return [
        (key_of(shelf, listing) if listing is not None else export_key(shelf, export), *told)
        for listing, export, *told in plain_rows(session, query)
    ]


def _of_submission(shelf: Shelf) -> Any:
    """How many issues the last submission of an export has."""
    return (
        select(func.count())
        .select_from(ListingIssue)
        .where(
            col(ListingIssue.account_id) == shelf.account_id,
            col(ListingIssue.marketplace_id) == shelf.marketplace_id,
            col(ListingIssue.sku) == col(ListingExport.sku),
            col(ListingIssue.source) == OF_SUBMISSION,
        )
        .correlate(ListingExport)
        .scalar_subquery()
    )


def _place(sort: str, state: str, sku: str, title: str, issues: int) -> tuple[Any, ...]:
    if sort == BY_NAME:
        return title, sku
    return (-issues, sku) if sort == BY_ISSUES else (sku,)
