"""Where a channel belongs: its store and company, its region and marketplace, and one channel for each."""

from __future__ import annotations

from sqlmodel import Session, and_, col, or_, select

from core.actor import SYSTEM, Actor
from core.amazon.marketplaces import REGIONS, Marketplace, by_country, by_id, in_region
from core.amazon.sellers import Participation
from core.documents import refusal
from core.errors import AuthorizationError, UsageError
from core.model.account import ACCOUNT_NEEDS_AUTHORIZATION, SellerAccount
from core.model.channel import Channel
from core.model.store import Store
from core.names import qualified
from core.people.audit import record

SOURCE = "channel document"
Place = tuple[int, int | None]
"""Store and company of a channel."""
SUPERSEDED = "Another channel has proven that it is this seller's."
"""Why a claim that was never proven rests."""


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


def whole_store(store: Store) -> int | None:
    """The company of a channel that names none: a marketplace's channel is of all vendors.

    The storefront edition takes orders under a storefront; with one there is nothing to choose.
    """
    if store.edition == "MULTIVENDOR":
        return None
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


def full_name(actor: Actor, store: Store, name: str) -> str:
    """What a new channel is called: those that vendors add carry company and store, as in `de@7.main`.

    `@` is in no name that people give, so a vendor never meets, nor learns of, a name of anybody else's.
    """
    return name if actor.is_admin else qualified(name, actor.company_id, store.name)


def refuse_name(session: Session, name: str) -> None:
    """Raise UsageError when there is a channel of this name."""
    if session.exec(select(Channel.id).where(col(Channel.name) == name)).first():
        raise UsageError(
            "There is a channel of this name.",
            subject=f"channel {name}",
            next_step="Use: crossdock channel edit",
            fields={"name": "there is a channel of this name"},
        )


def refuse_double(
    session: Session, actor: Actor, name: str, place: Place, account: SellerAccount, marketplace_id: str
) -> None:
    """Raise UsageError when another channel than `name` serves the seller's marketplace, by whichever app.

    Who is proven prevails: the claim of another company that was never proven gives way and is told. While `account`
    itself is unproven, nothing is said of channels that the operator may not see, and they keep nobody out.
    """
    same_seller = and_(
        col(SellerAccount.seller_id) == account.seller_id, col(SellerAccount.api_mode) == account.api_mode
    )
    doubles = session.exec(
        select(Channel, SellerAccount)
        .join(SellerAccount, col(SellerAccount.id) == Channel.account_id)
        .where(
            or_(col(SellerAccount.id) == account.id, same_seller),
            col(Channel.marketplace_id) == marketplace_id,
            col(Channel.name) != name,
        )
        .order_by(col(Channel.id))
    ).all()
    for double, other in doubles:
        elsewhere = (double.store_id, double.company_id) != place
        seen = actor.may_see(double.store_id, double.company_id)
        if elsewhere and account.proven_at and not other.proven_at:
            _supersede(session, double, other)
        elif seen or (account.proven_at and other.proven_at):
            raise _double(name, marketplace_id, f"Channel {double.name}" if seen else "Another channel")


def _supersede(session: Session, channel: Channel, account: SellerAccount) -> None:
    account.state, account.state_reason = ACCOUNT_NEEDS_AUTHORIZATION, SUPERSEDED
    session.add(account)
    record(session, SYSTEM, "channel.superseded", f"channel {channel.name}", seller=account.seller_id)


def _double(name: str, marketplace_id: str, which: str) -> UsageError:
    marketplace = by_id(marketplace_id)
    return UsageError(
        f"{which} is that seller's channel for {marketplace.country if marketplace else marketplace_id} "
        "already: a second one would import every order twice.",
        subject=f"channel {name}",
        next_step="Change that channel instead, or choose another country or seller.",
        fields={"country": f"{which[0].lower()}{which[1:]} is that seller's channel for it already"},
    )
