"""Listings and products for people: what was read last, without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, or_, select

from core.documents import NOT_SHOWN
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.listing_export import ACCEPTED, BUYABLE, CLOSED, ISSUES, PLANNED, SUBMITTED, ListingExport
from core.model.store import Store, StoreProduct
from core.money import Money
from core.products.listings import of_channel
from core.products.offers import usable
from core.submissions.issues import fix_of

NONE = "none"
STATES = (NONE, PLANNED, SUBMITTED, ACCEPTED, BUYABLE, ISSUES, CLOSED)
_AT_ONCE = 500
_COLUMNS = (
    Listing.id,
    Listing.sku,
    Listing.asin,
    Listing.title,
    Listing.product_type,
    Listing.fulfilment,
    Listing.price_minor,
    Listing.currency,
    Listing.quantity,
    Listing.parent_sku,
    Listing.issues,
    Listing.buyable,
    Listing.closed_at,
)


@dataclass(frozen=True)
class IssueView:
    """What Amazon finds wrong with a listing."""

    code: str
    severity: str
    attribute: str
    message: str
    fix: str


@dataclass(frozen=True)
class ListingView:
    """One SKU of a channel; `product_id` is the store product that it means, None where that is not known."""

    sku: str
    asin: str
    title: str
    product_id: int | None
    product_type: str
    state: str
    fulfilment: str
    price: Decimal | None
    currency: str
    quantity: int | None
    parent: str
    issues: Sequence[IssueView]
    product_sku: str = ""
    product: str = ""
    """Its name; empty while the mirror does not know it."""
    linked_by: str = ""
    """Who said which product it is; empty where its code says so."""


@dataclass(frozen=True)
class ProductView:
    """A product of the store with the channel's listing of it."""

    product_id: int
    sku: str
    name: str
    status: str = field(metadata=NOT_SHOWN)
    price: Decimal
    currency: str
    quantity: int
    listing: ListingView | None


def listed(session: Session, channel: Channel, *, sku: str = "", state: str = "") -> Iterator[ListingView]:
    """Listings of a channel by SKU, and SKUs that people linked or exported although Amazon does not show them."""
    store = session.get_one(Store, channel.store_id)
    links = {row.sku: row for row in session.exec(select(ListingLink).where(col(ListingLink.channel_id) == channel.id))}
    query = select(Listing).where(of_channel(channel))
    rows = _rows(session, query.where(col(Listing.sku) == sku) if sku else query)
    known = {row.sku for row in rows}
    sent = _exports(session, channel, [sku] if sku else [])
    unlisted = [one for one in {**links, **sent} if one not in known and sku in ("", one)]
    rows = sorted([*rows, *(Listing(sku=one, account_id=0, marketplace_id="") for one in unlisted)], key=_sku)
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        means = _products(session, channel, store, [row.sku for row in part], links)
        for row in part:
            told = _state(row if row.sku in known else None, sent.get(row.sku))
            view = _view(row, means.get(row.sku), links.get(row.sku), told)
            if not view.issues and row.sku in sent:
                view = replace(view, issues=_of_submission(sent[row.sku]))
            if state in ("", view.state):
                yield view


def products(session: Session, channel: Channel, *, search: str = "") -> Iterator[ProductView]:
    """The mirror's products that the channel may use, by SKU."""
    store = session.get_one(Store, channel.store_id)
    query = select(StoreProduct).where(col(StoreProduct.store_id) == store.id, usable(channel, store))
    for word in search.split():
        texts = (col(StoreProduct.name), col(StoreProduct.sku))
        query = query.where(or_(*[text.icontains(word, autoescape=True) for text in texts]))
    rows = session.exec(query.order_by(col(StoreProduct.sku), col(StoreProduct.product_id))).all()
    by_product: dict[int, ListingView] = {}
    for view in listed(session, channel):
        if view.product_id is not None:
            by_product.setdefault(view.product_id, view)
    for row in rows:
        yield ProductView(
            product_id=row.product_id,
            sku=row.sku,
            name=row.name,
            status=row.status,
            price=Money.from_minor(row.price_minor, store.currency).amount,
            currency=store.currency,
            quantity=row.amount,
            listing=by_product.get(row.product_id),
        )


def state_of(row: Listing) -> str:
    """One of `STATES`, of a listing that Amazon has or had."""
    if row.closed_at is not None:
        return CLOSED
    if row.buyable:
        return BUYABLE
    return ISSUES if any(issue.get("severity") == "ERROR" for issue in row.issues) else ACCEPTED


def states_of(session: Session, channel: Channel, skus: Sequence[str]) -> dict[str, str]:
    """One of `STATES` for each of a few SKUs of a channel."""
    wanted = select(Listing).where(of_channel(channel), col(Listing.sku).in_(skus))
    rows = {row.sku: row for row in _rows(session, wanted)}
    sent = _exports(session, channel, skus)
    return {sku: _state(rows.get(sku), sent.get(sku)) for sku in skus}


def _exports(session: Session, channel: Channel, skus: Sequence[str]) -> dict[str, ListingExport]:
    """What was sent, by SKU, without its content; of all without SKUs."""
    columns = [getattr(ListingExport, name) for name in ("sku", "state", "issues", "product_id")]
    query = select(ListingExport).where(
        col(ListingExport.account_id) == channel.account_id,
        col(ListingExport.marketplace_id) == channel.marketplace_id,
        *([col(ListingExport.sku).in_(skus)] if skus else []),
    )
    rows = session.connection().execute(query.with_only_columns(*columns))
    return {row.sku: ListingExport(**row._mapping) for row in rows}


def _state(row: Listing | None, sent: ListingExport | None) -> str:
    """The state of a SKU: what Amazon shows counts, and where it shows nothing, how far it was sent."""
    shown = state_of(row) if row is not None else NONE
    return sent.state if sent is not None and shown in (NONE, CLOSED) else shown


def _of_submission(sent: ListingExport) -> list[IssueView]:
    """What Amazon said against what was submitted."""
    return [
        IssueView(
            code=str(issue.get("code") or ""),
            severity=str(issue.get("severity") or ""),
            attribute=", ".join(map(str, issue.get("attributeNames") or ())),
            message=str(issue.get("message") or "")[:500],
            fix=fix_of(issue),
        )
        for issue in sent.issues
    ]


def issue_view(issue: Mapping[str, Any]) -> IssueView:
    """An issue of a listing as people see it, with what to do."""
    return replace(IssueView(**issue), fix=issue.get("fix") or fix_of(issue))


def _rows(session: Session, query: object) -> list[Listing]:
    """Rows without their content, which is large and not shown."""
    rows = session.connection().execute(query.with_only_columns(*_COLUMNS))  # type: ignore[attr-defined]
    return [Listing(**row._mapping) for row in rows]


def _sku(row: Listing) -> str:
    return row.sku


def _products(
    session: Session, channel: Channel, store: Store, skus: Sequence[str], links: Mapping[str, ListingLink]
) -> dict[str, StoreProduct]:
    """Which product each SKU means, as far as the mirror knows it: a person's word wins over an equal code."""
    numbers = {links[sku].product_id: sku for sku in skus if sku in links}
    chosen = or_(col(StoreProduct.sku).in_(skus), col(StoreProduct.product_id).in_(list(numbers)))
    query = select(StoreProduct).where(col(StoreProduct.store_id) == store.id, usable(channel, store), chosen)
    rows = session.exec(query).all()
    by_code: dict[str, list[StoreProduct]] = {}
    for row in rows:
        by_code.setdefault(row.sku, []).append(row)
    coded = {sku: found[0] for sku, found in by_code.items() if len(found) == 1 and sku not in links}
    return coded | {numbers[row.product_id]: row for row in rows if row.product_id in numbers}


def _view(row: Listing, product: StoreProduct | None, link: ListingLink | None, state: str) -> ListingView:
    price = None if row.price_minor is None else Money.from_minor(row.price_minor, row.currency).amount
    number = link.product_id if link else product.product_id if product else None
    return ListingView(
        sku=row.sku,
        asin=row.asin,
        title=row.title,
        product_id=number,
        product_type=row.product_type,
        state=state,
        fulfilment=row.fulfilment,
        price=price,
        currency=row.currency,
        quantity=row.quantity,
        parent=row.parent_sku,
        issues=[issue_view(issue) for issue in row.issues],
        product_sku=product.sku if product else "",
        product=product.name if product else "",
        linked_by=link.linked_by if link else "",
    )
