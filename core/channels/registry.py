"""Adding, changing, showing and removing channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from core import clock, global_settings
from core.actor import Actor
from core.amazon.marketplaces import by_id
from core.amazon.sellers import Participation, participations
from core.amazon.tokens import Credentials, Revoked, SecretRefused
from core.amazon.transport import Account
from core.apps import replace_secret
from core.audit import record
from core.channels import placing
from core.channels.documents import (
    AnyChannelDocument,
    ChannelChanges,
    ChannelDocument,
    ChannelSettings,
    Notifications,
    PublicChannelDocument,
    check_channel,
)
from core.channels.placing import SOURCE
from core.channels.sellers import (
    OwnCredentials,
    Seller,
    SharedAccount,
    ToBeAuthorized,
    authorize,
    forget_unauthorized,
    public_app,
)
from core.channels.views import ChannelView, view
from core.documents import Document, check, refusal
from core.errors import ConfigurationError, UsageError
from core.keys import usable
from core.model.account import MODE_PUBLIC, App, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import Job
from core.model.link import OrderLink
from core.model.outbox import OPEN_STATES, OutboxIntent
from core.model.problem import Problem
from core.model.schedule import Schedule
from core.model.store import Store
from core.pull.orders import mark_dirty
from core.quota import at_once
from core.revisions import refuse_stale
from core.rights import refused, require_channel, require_company, unseen, visible_channels
from core.vault import is_sealed
from core.workspace import Workspace, channel_parts


def add(workspace: Workspace, actor: Actor, document: dict[str, Any], *, verify: bool = True) -> ChannelView:
    """Connect a channel; nothing is saved when Amazon refuses it. One of a public app then waits for its seller.

    Raises UsageError for a wrong document, AuthorizationError for refused credentials.
    """
    wanted = check_channel(document, SOURCE, app_mode=global_settings.app_mode(workspace.database))
    store = _store(workspace, actor, wanted.store)
    company_id = wanted.company_id or (placing.only_storefront(store) if actor.is_admin else actor.company_id)
    require_company(workspace.database, actor, stored_id(store.id), company_id, "add channels to another company")
    with workspace.database.read() as session:
        placing.refuse_name(session, wanted.name)
    seller = _seller(workspace, actor, wanted)
    region, marketplace = placing.place(seller.region, wanted.country)
    _refuse_foreign_account(workspace, actor, wanted)
    caller = seller.caller(region) if verify else None
    found = _proven(workspace, caller) if caller else []
    marketplace = placing.chosen(marketplace, found, f"channel {wanted.name}", region)
    with workspace.database.write() as session:
        account = seller.row(session, region, proven=caller is not None)
        placing.refuse_double(session, actor, wanted.name, account, marketplace.id)
        channel = Channel(
            name=wanted.name,
            account_id=stored_id(account.id),
            marketplace_id=marketplace.id,
            store_id=stored_id(store.id),
            company_id=company_id,
            app_mode=seller.app_mode,
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
    """Change a channel; new credentials are kept only if Amazon takes them.

    Raises UsageError when the document is wrong or somebody else changed the channel meanwhile.
    """
    wanted = check(ChannelChanges, document, SOURCE)
    channel = get(workspace, actor, wanted.name)
    if wanted.company_id:
        require_company(workspace.database, actor, channel.store_id, wanted.company_id, "give channels away")
    if wanted.client_secret or wanted.refresh_token:
        _try_credentials(workspace, channel, wanted)
    with workspace.database.write() as session:
        session.exec(select(Channel).where(col(Channel.id) == channel.id).with_for_update()).one()
        kept, account, app, _ = channel_parts(session, stored_id(channel.id))
        refuse_stale(session, f"channel {kept.name}", kept.revision, wanted.revision)
        kept.settings = _merged(ChannelSettings, kept.settings, wanted.settings, "settings")
        if wanted.notifications is not None:
            present = {} if is_sealed(kept.notifications) else kept.notifications or {}
            kept.notifications = _merged(Notifications, present, wanted.notifications, "notifications")
        kept.company_id = wanted.company_id or kept.company_id
        kept.app_status = wanted.app_status or kept.app_status
        kept.revision += 1
        if wanted.client_secret:
            replace_secret(app, wanted.client_secret)
        if wanted.client_secret or wanted.refresh_token:
            authorize(account, wanted.refresh_token or account.refresh_token)
        session.add_all([kept, account, app])
        _schedule(session, kept)
        mark_dirty(session, kept.account_id, kept.marketplace_id)
        changed = sorted(wanted.model_dump(exclude_none=True, exclude={"name", "revision"}))
        record(session, actor, "channel.edit", f"channel {kept.name}", changed=changed, revision=kept.revision)
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
        store = session.get_one(Store, channel.store_id)
    document = {
        "name": new,
        "seller_of": name,
        "store": store.name,
        "company_id": channel.company_id,
        "country": country,
        "app_status": channel.app_status,
        "settings": channel.settings,
        "notifications": None if is_sealed(channel.notifications) else channel.notifications,
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
        forget_unauthorized(session, channel.account_id)
        record(session, actor, "channel.delete", f"channel {name}")


def show(workspace: Workspace, actor: Actor, name: str) -> ChannelView:
    """One channel."""
    channel = get(workspace, actor, name)
    with workspace.database.read() as session:
        return view(*channel_parts(session, stored_id(channel.id)))


def list_channels(workspace: Workspace, actor: Actor) -> list[ChannelView]:
    """All channels that the operator may see, by name."""
    with workspace.database.read() as session:
        channels = session.exec(select(Channel).where(visible_channels(actor)).order_by(Channel.name)).all()
        return [view(*channel_parts(session, stored_id(channel.id))) for channel in channels]


def get(workspace: Workspace, actor: Actor, name: str) -> Channel:
    """The row of a channel; raises UsageError when there is none that the operator may see."""
    return require_channel(workspace.database, actor, name)


def _store(workspace: Workspace, actor: Actor, name: str | None) -> Store:
    """The store that a document means; a vendor has one, and of others they learn nothing."""
    with workspace.database.read() as session:
        if actor.is_admin:
            return placing.store_named(session, name)
        store = session.get(Store, actor.store_id)
        other = session.exec(select(Store.id).where(col(Store.name) == name)).first()
    if store is None or name not in (None, store.name):
        raise unseen(workspace.database, actor, f"store {name}", exists=other is not None)
    return store


def _refuse_foreign_account(workspace: Workspace, actor: Actor, wanted: AnyChannelDocument) -> None:
    """Keep a vendor from entering credentials of their own into the seller account of another company's channels."""
    if actor.is_admin or not isinstance(wanted, ChannelDocument):
        return
    with workspace.database.read() as session:
        foreign = session.exec(
            select(Channel.id)
            .join(SellerAccount, col(SellerAccount.id) == Channel.account_id)
            .join(App, col(App.id) == SellerAccount.app_id)
            .where(col(App.client_id) == wanted.client_id, ~visible_channels(actor))
            .limit(1)
        ).first()
    if foreign is not None:
        what = "use the application of another company"
        raise refused(workspace.database, actor, what, next_step="Register one of your own in Seller Central.")


def _seller(workspace: Workspace, actor: Actor, wanted: AnyChannelDocument) -> Seller:
    if isinstance(wanted, ChannelDocument):
        return OwnCredentials(wanted)
    if isinstance(wanted, PublicChannelDocument):
        with workspace.database.read() as session:
            return ToBeAuthorized(public_app(session, wanted), wanted.region)
    other = get(workspace, actor, wanted.seller_of)
    with workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(other.id))
    return SharedAccount(account, app)


def _proven(workspace: Workspace, caller: Account) -> list[Participation]:
    """Where the seller sells, asked with exactly these credentials, whatever tokens are at hand."""
    try:
        workspace.login().fresh(replace(caller.credentials, api_mode=caller.api_mode))
    except (SecretRefused, Revoked) as error:
        error.fields = {"refresh_token" if isinstance(error, Revoked) else "client_secret": error.what}
        raise
    with at_once():
        return participations(workspace.amazon_for(caller))


def _merged(kind: type[Document], present: dict[str, Any], changes: dict[str, Any] | None, key: str) -> dict[str, Any]:
    """The settings with changes: maps are replaced key by key, and null takes a key out of them."""
    merged = dict(present)
    for name, value in (changes or {}).items():
        if isinstance(value, dict) and isinstance(merged.get(name), dict):
            value = {key: item for key, item in {**merged[name], **value}.items() if item is not None}
        merged[name] = value
    return check(kind, merged, SOURCE, under=key).model_dump(mode="json")


def _try_credentials(workspace: Workspace, channel: Channel, wanted: ChannelChanges) -> None:
    with workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(channel.id))
    if app.mode == MODE_PUBLIC:
        given = {"client_secret": wanted.client_secret, "refresh_token": wanted.refresh_token}
        words = f"channels of public app {app.name} have none of their own"
        raise refusal(
            {key: words for key, value in given.items() if value},
            SOURCE,
            "Change the secret with: crossdock app edit; authorize again with: crossdock channel authorize",
        )
    secrets = wanted.client_secret or app.client_secret, wanted.refresh_token or account.refresh_token
    usable(f"channel {channel.name}", "Give both client_secret and refresh_token.", *secrets)
    credentials = Credentials(app.client_id, *secrets)
    found = _proven(workspace, Account(account.region, account.api_mode, account.seller_id or "", credentials))
    placing.chosen(by_id(channel.marketplace_id), found, f"channel {channel.name}", account.region)


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
