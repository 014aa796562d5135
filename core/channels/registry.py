"""Adding, changing, showing and removing channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from core import clock
from core.actor import Actor
from core.amazon.marketplaces import Marketplace, by_country, by_id, in_region
from core.amazon.sellers import Participation, participations
from core.amazon.tokens import Credentials
from core.amazon.transport import Account
from core.audit import record
from core.channels.documents import ChannelChanges, ChannelDocument, ChannelSettings
from core.documents import check, refusal
from core.errors import AuthorizationError, ConfigurationError, UsageError
from core.model.account import ACCOUNT_OK, App, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import Job
from core.model.link import OrderLink
from core.model.outbox import OPEN_STATES, OutboxIntent
from core.model.problem import Problem
from core.model.schedule import Schedule
from core.model.store import Store
from core.pull.orders import mark_dirty
from core.workspace import Workspace, channel_parts

_SOURCE = "channel document"


@dataclass(frozen=True)
class ChannelView:
    """A channel as people see it; credentials are never shown."""

    name: str
    store: str
    company_id: int | None
    app_mode: str
    region: str
    country: str
    marketplace_id: str
    seller_id: str
    client_id: str
    api_mode: str
    app_status: str
    enabled: bool
    state: str
    state_reason: str
    settings: dict[str, Any]
    connected_at: datetime

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            **vars(self),
            "connected_at": self.connected_at.isoformat(),
            "client_secret": "set",
            "refresh_token": "set",
        }


def add(workspace: Workspace, actor: Actor, document: dict[str, Any], *, verify: bool = True) -> ChannelView:
    """Connect a channel of a private app; nothing is saved when Amazon refuses it.

    Raises UsageError for a wrong document, AuthorizationError for refused credentials.
    """
    wanted = check(ChannelDocument, document, _SOURCE)
    with workspace.database.read() as session:
        store = _store(session, wanted.store)
        company_id = wanted.company_id or _only_storefront(store)
        actor.require_company(stored_id(store.id), company_id, "add channels")
        if session.exec(select(Channel).where(col(Channel.name) == wanted.name)).first():
            raise UsageError(
                "There is a channel of this name.",
                subject=f"channel {wanted.name}",
                next_step="Use: crossdock channel edit",
                fields={"name": "there is a channel of this name"},
            )
    region, marketplace = _place(wanted)
    found = _participations(workspace, wanted, region) if verify else []
    marketplace = _chosen(marketplace, found, wanted, region)
    with workspace.database.write() as session:
        _refuse_double(session, wanted, marketplace)
        account = _account(session, wanted, region)
        channel = Channel(
            name=wanted.name,
            account_id=stored_id(account.id),
            marketplace_id=marketplace.id,
            store_id=stored_id(store.id),
            company_id=company_id,
            app_mode=wanted.app_mode,
            app_status=wanted.app_status,
            settings=wanted.settings.model_dump(mode="json"),
            notifications=wanted.notifications.model_dump() if wanted.notifications else None,
        )
        session.add(channel)
        session.flush()
        _schedule(session, channel)
        mark_dirty(session, channel.account_id, channel.marketplace_id)
        record(session, actor, "channel.add", f"channel {channel.name}", marketplace=marketplace.country)
    return show(workspace, actor, wanted.name)


def edit(workspace: Workspace, actor: Actor, document: dict[str, Any]) -> ChannelView:
    """Change a channel; new credentials are kept only if Amazon takes them."""
    wanted = check(ChannelChanges, document, _SOURCE)
    channel = get(workspace, actor, wanted.name)
    settings = _merged(channel.settings, wanted.settings or {})
    if wanted.client_secret or wanted.refresh_token:
        _try_credentials(workspace, channel, wanted)
    with workspace.database.write() as session:
        kept, account, app, _ = channel_parts(session, stored_id(channel.id))
        kept.settings = settings
        kept.company_id = wanted.company_id or kept.company_id
        kept.app_status = wanted.app_status or kept.app_status
        kept.revision += 1
        if wanted.notifications:
            kept.notifications = wanted.notifications.model_dump()
        if wanted.client_secret:
            app.previous_secret, app.client_secret = app.client_secret, wanted.client_secret
        if wanted.refresh_token:
            account.refresh_token = wanted.refresh_token
        if wanted.client_secret or wanted.refresh_token:
            account.state, account.state_reason = ACCOUNT_OK, ""
        session.add_all([kept, account, app])
        _schedule(session, kept)
        mark_dirty(session, kept.account_id, kept.marketplace_id)
        changed = sorted(name for name, value in wanted.model_dump(exclude_none=True).items() if name != "name")
        record(session, actor, "channel.edit", f"channel {kept.name}", changed=changed)
    return show(workspace, actor, wanted.name)


def set_enabled(workspace: Workspace, actor: Actor, name: str, enabled: bool) -> ChannelView:
    """Switch a channel on or off; jobs of a disabled one are refused."""
    channel = get(workspace, actor, name)
    with workspace.database.write() as session:
        kept = session.get_one(Channel, channel.id)
        kept.enabled = enabled
        session.add(kept)
        record(session, actor, "channel.enable" if enabled else "channel.disable", f"channel {name}")
    return show(workspace, actor, name)


def copy(workspace: Workspace, actor: Actor, name: str, new: str, country: str | None) -> ChannelView:
    """A channel for another marketplace of the same seller, with the same settings; disabled until it is checked."""
    channel = get(workspace, actor, name)
    if country is None:
        raise UsageError(
            "A seller has one channel per marketplace.",
            subject=f"channel {new}",
            next_step="Name another marketplace of the same region with --country.",
            fields={"country": "name another marketplace of the same region"},
        )
    with workspace.database.read() as session:
        _, account, app, store = channel_parts(session, stored_id(channel.id))
    document = {
        "name": new,
        "store": store.name,
        "company_id": channel.company_id,
        "region": account.region,
        "country": country,
        "api_mode": account.api_mode,
        "app_status": channel.app_status,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": account.refresh_token,
        "seller_id": account.seller_id,
        "settings": channel.settings,
        "notifications": channel.notifications,
    }
    add(workspace, actor, document)
    return set_enabled(workspace, actor, new, False)


def remove(workspace: Workspace, actor: Actor, name: str) -> None:
    """Forget a channel with its links, problems and jobs; orders in the store stay. Refused while it writes."""
    channel = get(workspace, actor, name)
    with workspace.database.write() as session:
        open_intent = session.exec(
            select(OutboxIntent.id)
            .where(col(OutboxIntent.channel_id) == channel.id, col(OutboxIntent.state).in_(OPEN_STATES))
            .limit(1)
        ).first()
        if open_intent is not None:
            raise ConfigurationError(
                "Writes of it are under way.",
                subject=f"channel {name}",
                next_step="Let its jobs end, or cancel them, then delete it.",
            )
        for model in (OutboxIntent, OrderLink, Problem, Schedule, Job):
            session.exec(delete(model).where(col(model.channel_id) == channel.id))
        session.exec(delete(Channel).where(col(Channel.id) == channel.id))
        record(session, actor, "channel.delete", f"channel {name}")


def show(workspace: Workspace, actor: Actor, name: str) -> ChannelView:
    """One channel."""
    return _view(workspace, get(workspace, actor, name))


def list_channels(workspace: Workspace, actor: Actor) -> list[ChannelView]:
    """All channels that the operator may see, by name."""
    with workspace.database.read() as session:
        channels = session.exec(select(Channel).order_by(Channel.name)).all()
    return [_view(workspace, c) for c in channels if actor.may_see(c.store_id, c.company_id)]


def get(workspace: Workspace, actor: Actor, name: str) -> Channel:
    """The row of a channel; raises UsageError when there is none that the operator may see."""
    with workspace.database.read() as session:
        channel = session.exec(select(Channel).where(col(Channel.name) == name)).first()
    if channel is None or not actor.may_see(channel.store_id, channel.company_id):
        raise UsageError(
            "There is no such channel.", subject=f"channel {name}", next_step="See: crossdock channel list"
        )
    return channel


def _store(session: Session, name: str | None) -> Store:
    query = select(Store).order_by(Store.name)
    stores = session.exec(query if name is None else query.where(col(Store.name) == name)).all()
    if len(stores) == 1:
        return stores[0]
    if name is not None:
        raise refusal({"store": f"there is no store {name!r}"}, _SOURCE, "See: crossdock store list")
    if not stores:
        raise UsageError(
            "There is no store yet.",
            subject=_SOURCE,
            next_step="Run: crossdock store add --from FILE",
            fields={"store": "there is no store yet"},
        )
    raise refusal({"store": f"name one of {', '.join(s.name for s in stores)}"}, _SOURCE)


def _only_storefront(store: Store) -> int | None:
    """The storefront edition takes orders under a storefront; with one there is nothing to choose."""
    if store.edition == "MULTIVENDOR":
        # Without its vendor an order of several vendors would be split by the store at the store's own prices.
        raise refusal({"company_id": "name the vendor whose orders the channel imports"}, _SOURCE)
    if not store.capabilities.get("orders_under_stores"):
        return None
    ids: list[int] = store.capabilities.get("storefronts", [])
    if len(ids) != 1:
        known = ", ".join(map(str, ids))
        raise refusal({"company_id": f"the store has several storefronts, name one of {known}"}, _SOURCE)
    return ids[0]


def _place(wanted: ChannelDocument) -> tuple[str, Marketplace | None]:
    """Region and marketplace as far as the document tells; raises UsageError when they do not fit together."""
    regions = ("na", "eu", "fe")
    region = wanted.region.lower() if wanted.region else None
    if region is not None and region not in regions:
        raise refusal({"region": f"{wanted.region!r} is not one of na, eu, fe"}, _SOURCE)
    if wanted.country is None:
        if region is None:
            raise refusal({"country": "it is missing (or give at least the region)"}, _SOURCE)
        return region, None
    marketplace = by_country(wanted.country)
    if region is not None and marketplace.region != region:
        fitting = ", ".join(m.country for m in in_region(region))
        raise refusal(
            {"country": f"{marketplace.country} is in region {marketplace.region}, not in {region}"},
            _SOURCE,
            f"Countries of {region}: {fitting}.",
        )
    return marketplace.region, marketplace


def _participations(workspace: Workspace, wanted: ChannelDocument, region: str) -> list[Participation]:
    credentials = Credentials(wanted.client_id, wanted.client_secret, wanted.refresh_token)
    account = Account(region, wanted.api_mode, wanted.seller_id, credentials)
    return participations(workspace.amazon_for(account))


def _chosen(
    marketplace: Marketplace | None, found: list[Participation], wanted: ChannelDocument, region: str
) -> Marketplace:
    """The marketplace of the channel, checked against what the seller takes part in."""
    active = [known for p in found if p.participating and (known := by_id(p.marketplace_id)) and known.region == region]
    names = ", ".join(sorted(m.country for m in active)) or "none"
    if marketplace is None:
        if len(active) == 1:
            return active[0]
        raise refusal({"country": f"name one of {names}"}, _SOURCE)
    if found and marketplace not in active:
        raise AuthorizationError(
            f"The seller does not take part in {marketplace.country}.",
            subject=f"channel {wanted.name}",
            next_step=f"Marketplaces of this account in region {region}: {names}.",
        )
    return marketplace


def _refuse_double(session: Session, wanted: ChannelDocument, marketplace: Marketplace) -> None:
    double = session.exec(
        select(Channel.name)
        .join(SellerAccount, col(SellerAccount.id) == Channel.account_id)
        .where(
            col(SellerAccount.seller_id) == wanted.seller_id,
            col(SellerAccount.api_mode) == wanted.api_mode,
            col(Channel.marketplace_id) == marketplace.id,
        )
    ).first()
    if double:
        raise UsageError(
            f"Channel {double} is that seller's channel for {marketplace.country} already: "
            "a second one would import every order twice.",
            subject=f"channel {wanted.name}",
            next_step="Use: crossdock channel edit",
            fields={"country": f"channel {double} is that seller's channel for it already"},
        )


def _account(session: Session, wanted: ChannelDocument, region: str) -> SellerAccount:
    """The app and seller account, shared by all channels with the same credentials."""
    app = session.exec(select(App).where(col(App.client_id) == wanted.client_id)).first()
    if app is None:
        app = App(
            name=f"private {wanted.client_id}",
            mode="private",
            client_id=wanted.client_id,
            client_secret=wanted.client_secret,
        )
    elif app.client_secret != wanted.client_secret:
        app.previous_secret, app.client_secret = app.client_secret, wanted.client_secret
    session.add(app)
    session.flush()
    account = session.exec(
        select(SellerAccount).where(
            col(SellerAccount.app_id) == app.id,
            col(SellerAccount.seller_id) == wanted.seller_id,
            col(SellerAccount.region) == region,
            col(SellerAccount.api_mode) == wanted.api_mode,
        )
    ).first()
    if account is None:
        account = SellerAccount(
            app_id=stored_id(app.id),
            seller_id=wanted.seller_id,
            region=region,
            api_mode=wanted.api_mode,
            refresh_token=wanted.refresh_token,
        )
    account.refresh_token = wanted.refresh_token
    account.state, account.state_reason = ACCOUNT_OK, ""
    session.add(account)
    session.flush()
    return account


def _merged(present: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(present)
    for name, value in changes.items():
        both_maps = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = {**merged[name], **value} if both_maps else value
    return check(ChannelSettings, merged, _SOURCE, under="settings").model_dump(mode="json")


def _try_credentials(workspace: Workspace, channel: Channel, wanted: ChannelChanges) -> None:
    with workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(channel.id))
    credentials = Credentials(
        app.client_id, wanted.client_secret or app.client_secret, wanted.refresh_token or account.refresh_token
    )
    tried = Account(account.region, account.api_mode, account.seller_id or "", credentials)
    participations(workspace.amazon_for(tried))


def _schedule(session: Session, channel: Channel) -> None:
    """The interval of the settings becomes a schedule; none or 0 is off."""
    minutes = int(channel.settings.get("auto_pull_orders_minutes") or 0)
    schedule = session.exec(
        select(Schedule).where(col(Schedule.channel_id) == channel.id, col(Schedule.stream) == "orders")
    ).first()
    if not minutes or not channel.settings.get("pull_orders", True):
        if schedule is not None:
            session.delete(schedule)
        return
    if schedule is None:
        schedule = Schedule(
            channel_id=stored_id(channel.id), stream="orders", every_minutes=minutes, next_run=clock.now()
        )
        schedule.next_run += timedelta(minutes=minutes)
    elif schedule.every_minutes != minutes:
        schedule.every_minutes = minutes
        schedule.next_run = clock.now() + timedelta(minutes=minutes)
    session.add(schedule)


def _view(workspace: Workspace, channel: Channel) -> ChannelView:
    with workspace.database.read() as session:
        kept, account, app, store = channel_parts(session, stored_id(channel.id))
    marketplace = by_id(kept.marketplace_id)
    return ChannelView(
        name=kept.name,
        store=store.name,
        company_id=kept.company_id,
        app_mode=kept.app_mode,
        region=account.region,
        country=marketplace.country if marketplace else "",
        marketplace_id=kept.marketplace_id,
        seller_id=account.seller_id or "",
        client_id=app.client_id,
        api_mode=account.api_mode,
        app_status=kept.app_status,
        enabled=kept.enabled,
        state=account.state,
        state_reason=account.state_reason,
        settings=kept.settings,
        connected_at=kept.connected_at,
    )
