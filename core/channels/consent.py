"""The consent of a seller to a public app: ask for it, and take over what comes back.

Three parts have to meet: the `state` that was sent along (known, unused, fresh, of this channel and operator), the
code that Amazon gives (good once, for five minutes), and the seller who gave it, whom Amazon has to confirm: the
address that comes back is no proof. Everything is stored in one transaction after all questions to Amazon, so a
consent that fails leaves the channel as it was.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from core import clock
from core.actor import Actor
from core.amazon.consent import consent_url, read_callback
from core.amazon.marketplaces import by_id
from core.amazon.sellers import participations
from core.amazon.tokens import CodeRefused, Credentials
from core.amazon.transport import Account
from core.channels import placement
from core.channels.proof import asking, prove
from core.channels.registry import get, show
from core.channels.sellers import accounts_of, authorize, channels_of, forget_unused, keep_proof, proven_account
from core.channels.views import ChannelView
from core.channels.walls import guard_account, walled
from core.errors import AuthorizationError, ConfigurationError, CrossdockError, RemoteError, UsageError
from core.model.account import MODE_PUBLIC, App, AuthorizationRequest, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import ListingLink, OrderLink
from core.model.outbox import OutboxIntent
from core.people.audit import record
from core.quota import at_once
from core.sync.dirty import mark_dirty
from core.workspace import Workspace, channel_parts

STATE_LIFE = timedelta(minutes=30)
"""From being sent to Amazon's page to coming back: time to sign in there."""
_KEPT = timedelta(days=7)
"""For how long an old request is remembered, to tell a late callback from a foreign one."""


@dataclass(frozen=True)
class ConsentRequest:
    """Where to send the seller; `state` is good once, until `expires`."""

    consent_url: str
    state: str = field(repr=False)
    expires: datetime


def begin(workspace: Workspace, actor: Actor, name: str) -> ConsentRequest:
    """Make the address at which the seller gives the consent. Raises ConfigurationError for a private app."""
    channel = get(workspace, actor, name)
    app = _public(workspace, channel)
    state = secrets.token_urlsafe(32)
    now = clock.now()
    request = AuthorizationRequest(
        state_hash=_hash(state),
        channel_id=stored_id(channel.id),
        operator=actor.name,
        redirect_url=app.redirect_url,
        created_at=now,
        expires_at=now + STATE_LIFE,
    )
    with workspace.database.write() as session:
        session.exec(delete(AuthorizationRequest).where(col(AuthorizationRequest.expires_at) < now - _KEPT))
        session.add(request)
        record(session, actor, "channel.authorize.begin", f"channel {name}")
    url = consent_url(
        workspace.settings.seller_central_url or _seller_central(channel),
        app.application_id,
        state,
        redirect_url=app.redirect_url,
        draft=app.draft_app,
    )
    return ConsentRequest(url, state, request.expires_at)


def finish(workspace: Workspace, actor: Actor, name: str, callback_url: str) -> ChannelView:
    """Take over the consent that came back with `callback_url`.

    Raises UsageError for an address or state that does not belong here, AuthorizationError when the seller or Amazon
    says no, RightsError when the seller's account is not the operator's to change, and RemoteError when Amazon cannot
    be asked.
    """
    channel = get(workspace, actor, name)
    name = channel.name
    app = _public(workspace, channel)
    callback = read_callback(callback_url, redirect_url=app.redirect_url)
    redirect_url = _take(workspace, actor, channel, callback.state)
    with walled(workspace.database, actor), workspace.database.read() as session:
        _, account = _present(session, channel)
        guard_account(session, actor, account.id)
        _refuse_another_seller(session, channel, account, callback.seller_id)
    client = Credentials(app.client_id, app.client_secret, "", app.previous_secret, api_mode=app.api_mode)
    try:
        refresh_token = workspace.login().exchange_code(client, callback.code, redirect_url)
        caller = asking(actor, account.region, account.api_mode, replace(client, refresh_token=refresh_token))
        _check_place(workspace, channel, account.region, caller)
        proven = _is_proven(workspace, channel, account, callback.seller_id, caller)
    except CrossdockError as error:
        raise _again(error, name) from None
    with walled(workspace.database, actor), workspace.database.write() as session:
        stored, account = _present(session, channel)
        guard_account(session, actor, account.id)
        _refuse_another_seller(session, stored, account, callback.seller_id)
        if proven:
            _join(session, actor, stored, account, callback.seller_id, refresh_token)
        else:
            _claim(session, actor, stored, account, callback.seller_id, refresh_token)
        record(session, actor, "channel.authorize", f"channel {name}", seller=callback.seller_id, proven=proven)
    return show(workspace, actor, name)


def _public(workspace: Workspace, channel: Channel) -> App:
    with workspace.database.read() as session:
        _, _, app, _ = channel_parts(session, stored_id(channel.id))
    if app.mode != MODE_PUBLIC:
        raise ConfigurationError(
            "It belongs to a private app, which sellers authorize in Seller Central themselves.",
            subject=f"channel {channel.name}",
            next_step="Enter the refresh token with: crossdock channel edit",
        )
    return app


def _seller_central(channel: Channel) -> str:
    marketplace = by_id(channel.marketplace_id)
    if marketplace is None:
        raise ConfigurationError(
            f"Marketplace {channel.marketplace_id} is not known here.",
            subject=f"channel {channel.name}",
            next_step="Set CROSSDOCK_SELLER_CENTRAL_URL to its Seller Central.",
        )
    return f"https://{marketplace.seller_central}"


def _take(workspace: Workspace, actor: Actor, channel: Channel, state: str) -> str:
    """Use a state up and return the redirect URL it went with; raises UsageError that says what is wrong with it."""
    now = clock.now()
    with workspace.database.write() as session:
        request = session.exec(
            select(AuthorizationRequest).where(col(AuthorizationRequest.state_hash) == _hash(state))
        ).first()
        fault = _fault(request, actor, channel, now)
        if request is not None and not fault:
            taken = session.exec(
                update(AuthorizationRequest)
                .where(col(AuthorizationRequest.id) == request.id, col(AuthorizationRequest.used_at).is_(None))
                .values(used_at=now)
            )
            if taken.rowcount:
                return request.redirect_url
            fault = "it was used already"
    raise UsageError(
        f"callback_url: its state is not accepted: {fault}.",
        subject=f"channel {channel.name}",
        next_step=f"Begin again with: crossdock channel authorize {channel.name}",
        fields={"callback_url": f"its state is not accepted: {fault}"},
    )


def _fault(request: AuthorizationRequest | None, actor: Actor, channel: Channel, now: datetime) -> str:
    if request is None:
        return "no authorization was begun with it here"
    if request.channel_id != channel.id:
        return "it belongs to the authorization of another channel"
    if request.operator != actor.name:
        return "another operator began that authorization"
    if request.used_at is not None:
        return "it was used already"
    if request.expires_at <= now:
        return f"it is older than {STATE_LIFE.seconds // 60} minutes"
    return ""


def _again(error: CrossdockError, name: str) -> CrossdockError:
    """The same error, with the way back to the start: the code of this consent is spent."""
    error.subject = error.subject or f"channel {name}"
    begin_again = f"Begin again with: crossdock channel authorize {name}"
    error.next_step = begin_again if isinstance(error, CodeRefused) else f"{error.next_step} {begin_again}".strip()
    return error


def _check_place(workspace: Workspace, channel: Channel, region: str, caller: Account) -> None:
    """Whether the seller takes part in the channel's marketplace.

    Only a clear answer counts: an Amazon that cannot be asked now does not cost the seller another consent.
    """
    try:
        with at_once():
            found = participations(workspace.amazon_for(caller))
    except RemoteError:
        return
    placement.chosen(by_id(channel.marketplace_id), found, f"channel {channel.name}", region)


def _is_proven(workspace: Workspace, channel: Channel, account: SellerAccount, seller_id: str, caller: Account) -> bool:
    """Whether Amazon confirms the seller; when it cannot be asked, a new account may wait for that, see `_claim`."""
    try:
        return prove(workspace, caller, seller_id, channel.marketplace_id, f"channel {channel.name}")
    except RemoteError as error:
        with workspace.database.read() as session:
            if not _may_claim(session, account, seller_id):
                raise RemoteError(
                    f"Amazon could not be asked whether this is a consent by seller {seller_id} ({error.what}) "
                    "Nothing was changed.",
                    subject=error.subject,
                ) from None
        return False


def _may_claim(session: Session, account: SellerAccount, seller_id: str) -> bool:
    """Whether an account may take a token whose seller is not proven: it has proven none, and nobody else uses it."""
    alone = len(channels_of(session, account)) == 1
    return account.proven_at is None and (account.seller_id in (None, seller_id) or alone)


def _present(session: Session, channel: Channel) -> tuple[Channel, SellerAccount]:
    stored = session.get_one(Channel, channel.id)
    return stored, session.get_one(SellerAccount, stored.account_id)


def _refuse_another_seller(session: Session, channel: Channel, account: SellerAccount, seller_id: str) -> None:
    """What was imported and listed belongs to one seller; a channel without such a history may change hands."""
    if account.seller_id in (None, seller_id):
        return
    if any(
        session.exec(select(model.id).where(col(model.channel_id) == channel.id).limit(1)).first()
        for model in (OrderLink, ListingLink, OutboxIntent)
    ):
        raise AuthorizationError(
            f"Seller {seller_id} has given the consent, but the channel belongs to seller {account.seller_id}.",
            subject=f"channel {channel.name}",
            next_step=f"Sign in to Seller Central as {account.seller_id} and authorize again, or add another channel.",
        )


def _join(
    session: Session, actor: Actor, channel: Channel, account: SellerAccount, seller_id: str, refresh_token: str
) -> None:
    """Give the channel the account of the proven seller: the one it has, one that is there, or a new one."""
    first = account.seller_id is None
    moving = channels_of(session, account) if first else [channel]
    known = accounts_of(session, account.app_id, seller_id, account.region, account.api_mode)
    target = proven_account(session, actor, known, (channel.store_id, channel.company_id))
    if target is None and first:
        target, target.seller_id = account, seller_id
    elif target is None:
        target = SellerAccount(
            app_id=account.app_id,
            region=account.region,
            api_mode=account.api_mode,
            seller_id=seller_id,
            refresh_token=refresh_token,
        )
    authorize(target, refresh_token)
    target.authorized_at = clock.now()
    session.add(target)
    session.flush()
    keep_proof(session, actor, target)
    for one in moving:
        placement.refuse_double(session, actor, one.name, (one.store_id, one.company_id), target, one.marketplace_id)
        if first or one.account_id != target.id:
            one.connected_at = clock.now()
        one.account_id = stored_id(target.id)
        session.add(one)
        mark_dirty(session, one.account_id, one.marketplace_id)
    session.flush()
    if target.id != account.id:
        forget_unused(session, stored_id(account.id))


def _claim(
    session: Session, actor: Actor, channel: Channel, account: SellerAccount, seller_id: str, refresh_token: str
) -> None:
    """Keep the token of a consent whose seller Amazon could not be asked about.

    It stays in the account that the channel has: nothing that is there is joined or overwritten for a mere claim.
    `channel verify` proves it later.
    """
    if not _may_claim(session, account, seller_id):
        raise RemoteError("Somebody else has changed the channel meanwhile.", subject=f"channel {channel.name}")
    if account.seller_id != seller_id:
        account.seller_id = seller_id
        for one in channels_of(session, account):
            one.connected_at = clock.now()
            session.add(one)
    authorize(account, refresh_token)
    account.authorized_at = clock.now()
    session.add(account)
    session.flush()
    for one in channels_of(session, account):
        placement.refuse_double(session, actor, one.name, (one.store_id, one.company_id), account, one.marketplace_id)
        mark_dirty(session, stored_id(account.id), one.marketplace_id)


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
