"""Whose seller account a new channel uses: one of its own credentials, one to be authorized, or one that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlmodel import Session, col, select

from core import clock
from core.actor import Actor
from core.amazon.tokens import Credentials
from core.amazon.transport import Account
from core.apps import end_rotation, replace_secret, wake_sellers
from core.channels import placement
from core.channels.documents import ChannelDocument, PublicChannelDocument
from core.channels.placement import SOURCE, Place
from core.channels.proof import asking
from core.channels.walls import guard_account, guard_app
from core.documents import refusal
from core.errors import UsageError
from core.model.account import (
    ACCOUNT_NEEDS_AUTHORIZATION,
    ACCOUNT_OK,
    MODE_PRIVATE,
    MODE_PUBLIC,
    NOT_YET,
    App,
    SellerAccount,
)
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.setting import GlobalSetting
from core.subjects import Owner
from core.sync import cursors


@dataclass(frozen=True)
class Asked:
    """What Amazon has said to the credentials of a seller in the making."""

    taken: bool
    """It takes them."""
    proven: bool
    """It confirms the seller, see `core.channels.proof`."""


class Seller(Protocol):
    """A seller account in the making or there already."""

    @property
    def app_mode(self) -> str:
        """Of the app: `public` or `private`."""

    @property
    def region(self) -> str | None:
        """As far as it is told before the country is."""

    @property
    def claimed(self) -> str | None:
        """The seller who has still to be proven."""

    def caller(self, actor: Actor, region: str) -> Account | None:
        """Who asks Amazon about the seller; None while nobody can."""

    def row(self, session: Session, actor: Actor, place: Place, region: str, asked: Asked) -> SellerAccount:
        """The account that a channel at this place uses; raises Foreign when that is not the operator's to use."""


@dataclass(frozen=True)
class OwnCredentials:
    """A private app with the seller's own credentials; channels with the same ones share app and account."""

    document: ChannelDocument = field(repr=False)
    app_mode: str = MODE_PRIVATE

    @property
    def region(self) -> str | None:
        return self.document.region

    @property
    def claimed(self) -> str | None:
        return self.document.seller_id

    def caller(self, actor: Actor, region: str) -> Account | None:
        wanted = self.document
        credentials = Credentials(wanted.client_id, wanted.client_secret, wanted.refresh_token)
        return asking(actor, region, wanted.api_mode, credentials)

    def row(self, session: Session, actor: Actor, place: Place, region: str, asked: Asked) -> SellerAccount:
        wanted = self.document
        app = self._app(session, actor, asked)
        known = accounts_of(session, stored_id(app.id), wanted.seller_id, region, wanted.api_mode)
        account = proven_account(session, actor, known, place) if asked.proven else self._same(known, asked)
        if account is None:
            account = SellerAccount(
                app_id=stored_id(app.id),
                seller_id=wanted.seller_id,
                region=region,
                api_mode=wanted.api_mode,
                refresh_token=wanted.refresh_token,
            )
        session.add(account)
        session.flush()
        if asked.proven:
            authorize(account, wanted.refresh_token)
            keep_proof(session, actor, account)
        return account

    def _same(self, known: Sequence[SellerAccount], asked: Asked) -> SellerAccount | None:
        """The account that has this very token: whoever knows it may use it, but replaces nothing with it."""
        same = next((one for one in known if one.refresh_token == self.document.refresh_token), None)
        if same is None and known and not asked.taken:
            raise _unproven("refresh_token")
        return same

    def _app(self, session: Session, actor: Actor, asked: Asked) -> App:
        wanted = self.document
        app = session.exec(select(App).where(col(App.client_id) == wanted.client_id)).first()
        if app is None:
            app = App(
                name=f"private {wanted.client_id}",
                mode=MODE_PRIVATE,
                client_id=wanted.client_id,
                client_secret=wanted.client_secret,
                secret_set_at=clock.now(),
            )
        else:
            guard_app(session, actor, app)
        if app.client_secret != wanted.client_secret:
            if not asked.taken:
                raise _unproven("client_secret")
            replace_secret(app, wanted.client_secret)
            end_rotation(session, app)
            wake_sellers(session, app)
        session.add(app)
        session.flush()
        return app


@dataclass(frozen=True)
class ToBeAuthorized:
    """A public app whose seller has still to give the consent."""

    app: App = field(repr=False)
    region: str | None
    app_mode: str = MODE_PUBLIC
    claimed: str | None = None

    def caller(self, actor: Actor, region: str) -> Account | None:
        return None

    def row(self, session: Session, actor: Actor, place: Place, region: str, asked: Asked) -> SellerAccount:
        account = SellerAccount(
            app_id=stored_id(self.app.id),
            region=region,
            api_mode=self.app.api_mode,
            refresh_token="",
            state=ACCOUNT_NEEDS_AUTHORIZATION,
            state_reason=NOT_YET,
        )
        session.add(account)
        session.flush()
        return account


@dataclass(frozen=True)
class SharedAccount:
    """The account of a channel that is there: another marketplace of the same seller."""

    account: SellerAccount = field(repr=False)
    app: App = field(repr=False)
    claimed: str | None = None

    @property
    def app_mode(self) -> str:
        return self.app.mode

    @property
    def region(self) -> str | None:
        return self.account.region

    def caller(self, actor: Actor, region: str) -> Account | None:
        if self.account.state != ACCOUNT_OK:
            return None
        app = self.app
        credentials = Credentials(app.client_id, app.client_secret, self.account.refresh_token, app.previous_secret)
        return Account(region, self.account.api_mode, self.account.quota_owner, credentials)

    def row(self, session: Session, actor: Actor, place: Place, region: str, asked: Asked) -> SellerAccount:
        guard_account(session, actor, self.account.id)
        return session.get_one(SellerAccount, self.account.id)


def public_app(session: Session, document: PublicChannelDocument) -> App:
    """The public app a channel is to be made of: the named one, the usual one, or the only one; raises UsageError."""
    usual = session.get(GlobalSetting, "public_app")
    name = document.app or (usual.value if usual else None)
    apps = session.exec(select(App).where(col(App.mode) == MODE_PUBLIC).order_by(App.name)).all()
    if name is None and len(apps) == 1:
        found: App | None = apps[0]
    else:
        found = next((app for app in apps if app.name == name), None)
    if found is None:
        known = ", ".join(app.name for app in apps)
        words = f"name one of {known}" if known else "there is no public app yet"
        raise refusal(
            {"app": words if document.app is None else f"there is no public app {document.app!r}"},
            SOURCE,
            "Correct it and try again." if known else "An administrator adds one with: crossdock app add --from FILE",
        )
    if document.api_mode not in (None, found.api_mode):
        raise refusal({"api_mode": f"app {found.name} is one for API mode {found.api_mode}"}, SOURCE)
    return found


def accounts_of(session: Session, app_id: int, seller_id: str, region: str, api_mode: str) -> Sequence[SellerAccount]:
    """The accounts that are, or are said to be, of a seller with an app in a region and API mode; the proven one first.

    Live and sandbox never share one.
    """
    return session.exec(
        select(SellerAccount)
        .where(
            col(SellerAccount.app_id) == app_id,
            col(SellerAccount.seller_id) == seller_id,
            col(SellerAccount.region) == region,
            col(SellerAccount.api_mode) == api_mode,
        )
        .order_by(col(SellerAccount.proven_at).is_(None), col(SellerAccount.id))
    ).all()


def proven_account(
    session: Session, actor: Actor, known: Sequence[SellerAccount], place: Place
) -> SellerAccount | None:
    """Which of the `accounts_of` a seller takes a proven channel at this place: the proven one, or one of its own.

    A mere claim from elsewhere must not come by the token of the true seller. Raises Foreign when the proven one
    serves channels that are not this operator's.
    """
    for account in known:
        if account.proven_at is not None:
            guard_account(session, actor, account.id)
            return account
        if all((one.store_id, one.company_id) == place for one in channels_of(session, account)):
            return account
    return None


def channels_of(session: Session, account: SellerAccount) -> Sequence[Channel]:
    """The channels that use an account."""
    return session.exec(select(Channel).where(col(Channel.account_id) == account.id)).all()


def authorize(account: SellerAccount, refresh_token: str) -> None:
    """Give an account a refresh token; a new one starts the time of the authorization."""
    if account.refresh_token != refresh_token or account.state != ACCOUNT_OK:
        account.authorized_at = clock.now()
    account.refresh_token = refresh_token
    account.state, account.state_reason, account.refused_at = ACCOUNT_OK, "", None


def keep_proof(session: Session, actor: Actor, account: SellerAccount) -> None:
    """Note that Amazon has confirmed the seller; mere claims of others to the same marketplaces give way.

    Raises UsageError when another account of the app, or another's channel, has proven the same before.
    """
    if account.proven_at is not None:
        return
    first, *_ = accounts_of(session, account.app_id, account.seller_id or "", account.region, account.api_mode)
    if first.proven_at is not None:
        raise UsageError(
            f"Seller {account.seller_id} is connected already.",
            subject=f"seller {account.seller_id}",
            next_step="Delete this channel, and add it again for the seller who is connected.",
        )
    account.proven_at = clock.now()
    session.add(account)
    session.flush()
    for channel in channels_of(session, account):
        place = channel.store_id, channel.company_id
        placement.refuse_double(session, actor, channel.name, place, account, channel.marketplace_id)


def forget_unused(session: Session, account_id: int) -> None:
    """Delete an account that no channel uses any more: its tokens, what was read of it, and a private app with it."""
    account = session.get_one(SellerAccount, account_id)
    if channels_of(session, account):
        return
    app = session.get_one(App, account.app_id)
    cursors.forget(session, Owner.seller(stored_id(account.id)))
    session.delete(account)
    session.flush()
    others = session.exec(select(SellerAccount.id).where(col(SellerAccount.app_id) == app.id)).first()
    if app.mode == MODE_PRIVATE and others is None:
        session.delete(app)


def _unproven(key: str) -> UsageError:
    """Stored credentials serve other channels too, so they are replaced only by ones that Amazon takes."""
    return refusal(
        {key: "it differs from the one that is stored for this app or seller"},
        SOURCE,
        "Leave out --no-verify, so that Amazon is asked which one is good.",
    )
