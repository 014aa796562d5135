"""How far SKUs are at Amazon: the one definition, as a query over what Amazon shows and what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, literal, null, select, union_all
from sqlmodel import Session, col

from core.model.listing import Listing
from core.model.listing_export import ACCEPTED, BUYABLE, CLOSED, ISSUES, PLANNED, SUBMITTED, WATCHED, ListingExport
from core.windows import AT_ONCE

NONE = "none"
STATES = (NONE, PLANNED, SUBMITTED, ACCEPTED, BUYABLE, ISSUES, CLOSED)
_ON_ITS_WAY = (PLANNED, SUBMITTED, ISSUES)
"""Stages of an export that count although Amazon had the listing once and closed it."""


def reached(account_id: int, marketplace_id: str) -> Any:
    """One row for each SKU that Amazon has or had, or that was sent: `sku`, `state`, `listing_id`, `export_id` (one of
    both), `is_shown` (Amazon has it now).

    What Amazon shows counts, and where it shows nothing, how far it was sent.
    """
    return union_all(_listed(account_id, marketplace_id), _unlisted(account_id, marketplace_id))


def states_of(session: Session, account_id: int, marketplace_id: str, skus: Sequence[str]) -> dict[str, str]:
    """One of `STATES` for each of some SKUs."""
    stages = reached(account_id, marketplace_id).subquery()
    found: dict[str, str] = dict.fromkeys(skus, NONE)
    for start in range(0, len(skus), AT_ONCE):
        query = select(stages.c.sku, stages.c.state).where(stages.c.sku.in_(skus[start : start + AT_ONCE]))
        found |= dict(iter(session.connection().execute(query)))
    return found


def _listed(account_id: int, marketplace_id: str) -> Any:
    is_open = col(Listing.closed_at).is_(None)
    sent = (
        select(col(ListingExport.state))
        .where(_same(), col(ListingExport.state).in_(_ON_ITS_WAY))
        .correlate(Listing)
        .scalar_subquery()
    )
    state = case(
        (~is_open, func.coalesce(sent, literal(CLOSED))),
        (col(Listing.buyable), literal(BUYABLE)),
        (col(Listing.error_count) > 0, literal(ISSUES)),
        else_=literal(ACCEPTED),
    )
    return select(
        col(Listing.sku).label("sku"),
        state.label("state"),
        col(Listing.id).label("listing_id"),
        null().label("export_id"),
        is_open.label("is_shown"),
    ).where(col(Listing.account_id) == account_id, col(Listing.marketplace_id) == marketplace_id)


def _unlisted(account_id: int, marketplace_id: str) -> Any:
    return select(col(ListingExport.sku), col(ListingExport.state), null(), col(ListingExport.id), false()).where(
        col(ListingExport.account_id) == account_id,
        col(ListingExport.marketplace_id) == marketplace_id,
        col(ListingExport.state) != WATCHED,
        ~select(col(Listing.id)).where(_same()).correlate(ListingExport).exists(),
    )


def _same() -> ColumnElement[bool]:
    names = ("account_id", "marketplace_id", "sku")
    return and_(*(col(getattr(Listing, name)) == col(getattr(ListingExport, name)) for name in names))
