"""Adding, changing, showing and removing channels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from core import global_settings
from core.actor import Actor
from core.amazon.marketplaces import by_id
from core.amazon.sellers import Participation, participations
from core.amazon.tokens import Credentials, Revoked, SecretRefused
from core.amazon.transport import Account
from core.apps import end_rotation, replace_secret, wake_sellers
from core.channels import placement
from core.channels.documents import (
    AnyChannelDocument,
    ChannelChanges,
    ChannelDocument,
    ChannelSettings,
    Notifications,
    PublicChannelDocument,
    check_channel,
)
from core.channels.machine_keys import guarded
from core.channels.placement import SOURCE
from core.channels.proof import SellerNotProven, asking, prove
from core.channels.sellers import (
    Asked,
    OwnCredentials,
    Seller,
    SharedAccount,
    ToBeAuthorized,
    authorize,
    keep_proof,
    public_app,
)
from core.channels.views import ChannelView, view
from core.channels.walls import guard_account, guard_app, walled
from core.documents import Document, check, refusal
from core.errors import UsageError
from core.flows import STREAMS
from core.keyring import usable
from core.model.account import MODE_PUBLIC
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.store import Store
from core.people.audit import record
from core.people.revisions import refuse_stale
from core.people.rights import refused, require_channel, require_company, unseen
from core.quota import at_once
from core.sync.dirty import mark_dirty
from core.sync.streams import schedule
from core.vault import is_sealed
from core.workspace import Workspace, channel_parts


def add(workspace: Workspace, actor: Actor, document: dict[str, Any], *, verify: bool = True) -> ChannelView:
    """Connect a channel; nothing is saved when Amazon refuses it. One of a public app then waits for its seller.

    Raises UsageError for a wrong document, AuthorizationError for refused credentials.
    """
    if not verify and not actor.is_admin:
        what = "connect what Amazon has not confirmed"
        raise refused(workspace.database, actor, what, next_step="Leave out --no-verify.")
    wanted = check_channel(document, SOURCE, app_mode=global_settings.app_mode(workspace.database))
    store = _store(workspace, actor, wanted.store)
    company_id = wanted.company_id or (placement.whole_store(store) if actor.is_admin else actor.company_id)
    require_company(workspace.database, actor, stored_id(store.id), company_id, "add channels to another company")
    name, place = placement.full_name(actor, store, wanted.name), (stored_id(store.id), company_id)
    with workspace.database.read() as session:
        placement.refuse_name(session, name)
    seller = _seller(workspace, actor, wanted)
    region, marketplace = placement.place(seller.region, wanted.country)
    caller = seller.caller(actor, region) if verify else None
    found = _taken(workspace, caller) if caller else []
    marketplace = placement.chosen(marketplace, found, f"channel {name}", region)
    proven = (
        caller is not None
        and seller.claimed is not None
        and prove(workspace, caller, seller.claimed, marketplace.id, f"channel {name}")
    )
    asked = Asked(taken=caller is not None, proven=proven)
    with walled(workspace.database, actor), workspace.database.write() as session:
        account = seller.row(session, actor, place, region, asked)
        placement.refuse_double(session, actor, name, place, account, marketplace.id)
        channel = Channel(
            name=name,
            account_id=stored_id(account.id),
            marketplace_id=marketplace.id,
            store_id=stored_id(store.id),
            company_id=company_id,
            app_mode=seller.app_mode,
            app_status=wanted.app_status,
            settings=wanted.settings.model_dump(mode="json"),
            notifications=guarded(actor, {}, wanted.notifications).model_dump() if wanted.notifications else None,
        )
        session.add(channel)
        session.flush()
        schedule(session, channel, STREAMS)
        mark_dirty(session, channel.account_id, channel.marketplace_id)
        record(session, actor, "channel.add", f"channel {channel.name}", marketplace=marketplace.country)
    return show(workspace, actor, name)


def edit(workspace: Workspace, actor: Actor, document: dict[str, Any]) -> ChannelView:
    """Change a channel; new credentials are stored only if Amazon takes them.

    Raises UsageError when the document is wrong or somebody else changed the channel meanwhile.
    """
    wanted = check(ChannelChanges, document, SOURCE)
    channel = get(workspace, actor, wanted.name)
    company_id = channel.company_id
    if wanted.company_id is not None:
        with workspace.database.read() as session:
            store = session.get_one(Store, channel.store_id)
        company_id = wanted.company_id or placement.whole_store(store)
        require_company(workspace.database, actor, channel.store_id, company_id, "give channels away")
    proven = _try_credentials(workspace, actor, channel, wanted)
    with walled(workspace.database, actor), workspace.database.write() as session:
        session.exec(select(Channel).where(col(Channel.id) == channel.id).with_for_update()).one()
        stored, account, app, _ = channel_parts(session, stored_id(channel.id))
        refuse_stale(session, f"channel {stored.name}", stored.revision, wanted.revision)
        stored.settings = _merged(ChannelSettings, stored.settings, wanted.settings, "settings")
        if wanted.notifications is not None:
            present = {} if is_sealed(stored.notifications) else stored.notifications or {}
            merged = _merged(Notifications, present, wanted.notifications, "notifications")
            stored.notifications = guarded(actor, present, Notifications.model_validate(merged)).model_dump()
        stored.company_id = company_id if wanted.company_id is not None else stored.company_id
        stored.app_status = wanted.app_status or stored.app_status
        stored.revision += 1
        if wanted.client_secret:
            guard_app(session, actor, app)
            if wanted.client_secret != app.client_secret:
                end_rotation(session, app)
            replace_secret(app, wanted.client_secret)
            wake_sellers(session, app)
        if wanted.client_secret or wanted.refresh_token:
            guard_account(session, actor, account.id)
            authorize(account, wanted.refresh_token or account.refresh_token)
        session.add_all([stored, account, app])
        if proven:
            keep_proof(session, actor, account)
        schedule(session, stored, STREAMS)
        mark_dirty(session, stored.account_id, stored.marketplace_id)
        changed = sorted(wanted.model_dump(exclude_none=True, exclude={"name", "revision"}))
        record(session, actor, "channel.edit", f"channel {stored.name}", changed=changed, revision=stored.revision)
    return show(workspace, actor, wanted.name)


def set_enabled(workspace: Workspace, actor: Actor, name: str, enabled: bool) -> ChannelView:
    """Switch a channel on or off; jobs of a disabled one are refused."""
    channel = get(workspace, actor, name)
    with workspace.database.write() as session:
        stored = session.get_one(Channel, channel.id)
        stored.enabled = enabled
        session.add(stored)
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
    told = None if is_sealed(channel.notifications) else channel.notifications
    if told and not actor.is_admin:
        told = told | {"machine_keys": False}
    document = {
        "name": new,
        "seller_of": name,
        "store": store.name,
        "company_id": channel.company_id,
        "country": country,
        "app_status": channel.app_status,
        "settings": channel.settings,
        "notifications": told,
    }
    added = add(workspace, actor, document)
    return set_enabled(workspace, actor, added.name, False)


def show(workspace: Workspace, actor: Actor, name: str) -> ChannelView:
    """One channel."""
    channel = get(workspace, actor, name)
    with workspace.database.read() as session:
        return view(*channel_parts(session, stored_id(channel.id)))


def get(workspace: Workspace, actor: Actor, name: str) -> Channel:
    """The row of a channel; raises UsageError when there is none that the operator may see."""
    return require_channel(workspace.database, actor, name)


def _store(workspace: Workspace, actor: Actor, name: str | None) -> Store:
    """The store that a document means; a vendor has one, and of others they learn nothing."""
    with workspace.database.read() as session:
        if actor.is_admin:
            return placement.store_named(session, name)
        store = session.get(Store, actor.store_id)
        other = session.exec(select(Store.id).where(col(Store.name) == name)).first()
    if store is None or name not in (None, store.name):
        raise unseen(workspace.database, actor, f"store {name}", exists=other is not None)
    return store


def _seller(workspace: Workspace, actor: Actor, wanted: AnyChannelDocument) -> Seller:
    if isinstance(wanted, ChannelDocument):
        return OwnCredentials(wanted)
    if isinstance(wanted, PublicChannelDocument):
        with workspace.database.read() as session:
            return ToBeAuthorized(public_app(session, wanted), wanted.region)
    other = get(workspace, actor, wanted.seller_of)
    with walled(workspace.database, actor), workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(other.id))
        guard_account(session, actor, account.id)
    return SharedAccount(account, app)


def _taken(workspace: Workspace, caller: Account) -> list[Participation]:
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


def _try_credentials(workspace: Workspace, actor: Actor, channel: Channel, wanted: ChannelChanges) -> bool:
    """Whether Amazon takes changed credentials; True when it has confirmed the seller with them, too."""
    if not wanted.client_secret and not wanted.refresh_token:
        return False
    with walled(workspace.database, actor), workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(channel.id))
        if app.mode != MODE_PUBLIC:
            guard_app(session, actor, app)
            guard_account(session, actor, account.id)
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
    caller = asking(actor, account.region, account.api_mode, Credentials(app.client_id, *secrets))
    subject = f"channel {channel.name}"
    placement.chosen(by_id(channel.marketplace_id), _taken(workspace, caller), subject, account.region)
    if not wanted.refresh_token:
        return False
    try:
        return prove(workspace, caller, account.seller_id or "", channel.marketplace_id, subject)
    except SellerNotProven as error:
        error.fields = {"refresh_token": error.what}
        raise
