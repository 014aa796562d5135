"""Where a channel belongs: its store and company, its region and marketplace, and one channel for each."""

from __future__ import annotations

from sqlmodel import Session, and_, col, or_, select

from core.actor import Actor
from core.amazon.marketplaces import REGIONS, Marketplace, by_country, by_id, in_region
from core.amazon.sellers import Participation
from core.documents import refusal
from core.errors import AuthorizationError, UsageError
from core.model.account import SellerAccount
from core.model.channel import Channel
from core.model.store import Store

SOURCE = "channel document"


def store_named(session: Session, name: str | None) -> Store:
    """The store of this name, or the only one there is; raises UsageError."""
    query = select(Store).order_by(Store.name)
    stores = session.exec(query if name is None else query.where(col(Store.name) == name)).all()
    if len(stores) == 1:
        return stores[0]
    if name is not None:
        raise refusal({"store": f"there is no store {name!r}"}, SOURCE, "See: crossdock store list")
    if not stores:
        raise UsageError(
            "There is no store yet.",
            subject=SOURCE,
            next_step="Run: crossdock store add --from FILE",
            fields={"store": "there is no store yet"},
        )
    raise refusal({"store": f"name one of {', '.join(s.name for s in stores)}"}, SOURCE)


def only_storefront(store: Store) -> int | None:
    """The storefront edition takes orders under a storefront; with one there is nothing to choose."""
    if store.edition == "MULTIVENDOR":
        # Without its vendor an order of several vendors would be split by the store at the store's own prices.
        raise refusal({"company_id": "name the vendor whose orders the channel imports"}, SOURCE)
    if not store.capabilities.get("orders_under_stores"):
        return None
    ids: list[int] = store.capabilities.get("storefronts", [])
    if len(ids) != 1:
        known = ", ".join(map(str, ids))
        raise refusal({"company_id": f"the store has several storefronts, name one of {known}"}, SOURCE)
    return ids[0]


def place(region_told: str | None, country: str | None) -> tuple[str, Marketplace | None]:
    """Region and marketplace as far as they are told; raises UsageError when they do not fit together."""
    region = region_told.lower() if region_told else None
    if region is not None and region not in REGIONS:
        raise refusal({"region": f"{region_told!r} is not one of {', '.join(REGIONS)}"}, SOURCE)
    if country is None:
        if region is None:
            raise refusal({"country": "it is missing (or give at least the region)"}, SOURCE)
        return region, None
    marketplace = by_country(country)
    if region is not None and marketplace.region != region:
        fitting = ", ".join(m.country for m in in_region(region))
        raise refusal(
            {"country": f"{marketplace.country} is in region {marketplace.region}, not in {region}"},
            SOURCE,
            f"Countries of {region}: {fitting}.",
        )
    return marketplace.region, marketplace


def chosen(marketplace: Marketplace | None, found: list[Participation], subject: str, region: str) -> Marketplace:
    """The marketplace of the channel, checked against what the seller takes part in (empty: not asked)."""
    active = [known for p in found if p.participating and (known := by_id(p.marketplace_id)) and known.region == region]
    names = ", ".join(sorted(m.country for m in active)) or "none"
    if marketplace is None:
        if len(active) == 1:
            return active[0]
        raise refusal({"country": f"name one of {names}"}, SOURCE)
    if found and marketplace not in active:
        raise AuthorizationError(
            f"The seller does not take part in {marketplace.country}.",
            subject=subject,
            next_step=f"Marketplaces of this account in region {region}: {names}.",
            fields={"country": f"the seller does not take part in {marketplace.country}"},
        )
    return marketplace


def refuse_name(session: Session, name: str) -> None:
    """Raise UsageError when there is a channel of this name."""
    if session.exec(select(Channel.id).where(col(Channel.name) == name)).first():
        raise UsageError(
            "There is a channel of this name.",
            subject=f"channel {name}",
            next_step="Use: crossdock channel edit",
            fields={"name": "there is a channel of this name"},
        )


def refuse_double(session: Session, actor: Actor, name: str, account: SellerAccount, marketplace_id: str) -> None:
    """Raise UsageError when another channel than `name` serves the seller's marketplace, by whichever app."""
    same_seller = and_(
        col(SellerAccount.seller_id) == account.seller_id, col(SellerAccount.api_mode) == account.api_mode
    )
    double = session.exec(
        select(Channel)
        .join(SellerAccount, col(SellerAccount.id) == Channel.account_id)
        .where(
            or_(col(SellerAccount.id) == account.id, same_seller),
            col(Channel.marketplace_id) == marketplace_id,
            col(Channel.name) != name,
        )
    ).first()
    if double is not None:
        marketplace = by_id(marketplace_id)
        seen = actor.may_see(double.store_id, double.company_id)
        which = f"Channel {double.name}" if seen else "Another channel"
        raise UsageError(
            f"{which} is that seller's channel for {marketplace.country if marketplace else marketplace_id} "
            "already: a second one would import every order twice.",
            subject=f"channel {name}",
            next_step="Change that channel instead, or choose another country or seller.",
            fields={"country": f"{which[0].lower()}{which[1:]} is that seller's channel for it already"},
        )
