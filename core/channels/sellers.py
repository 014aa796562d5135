"""Whose seller account a new channel uses: one of its own credentials, one to be authorized, or one that is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from sqlmodel import Session, col, select

from core import clock
from core.amazon.tokens import Credentials
from core.amazon.transport import Account
from core.apps import replace_secret
from core.channels.documents import ChannelDocument, PublicChannelDocument
from core.channels.placing import SOURCE
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


class Seller(Protocol):
    """A seller account in the making or there already."""

    @property
    def app_mode(self) -> str:
        """Of the app: `public` or `private`."""

    @property
    def region(self) -> str | None:
        """As far as it is told before the country is."""

    def caller(self, region: str) -> Account | None:
        """Who asks Amazon about the seller; None while nobody can."""

    def row(self, session: Session, region: str, *, proven: bool) -> SellerAccount:
        """The stored account; `proven`: Amazon has just taken the credentials."""


@dataclass(frozen=True)
class OwnCredentials:
    """A private app with the seller's own credentials; channels with the same ones share app and account."""

    document: ChannelDocument = field(repr=False)
    app_mode: str = MODE_PRIVATE

    @property
    def region(self) -> str | None:
        return self.document.region

    def caller(self, region: str) -> Account | None:
        wanted = self.document
        credentials = Credentials(wanted.client_id, wanted.client_secret, wanted.refresh_token)
        return Account(region, wanted.api_mode, wanted.seller_id, credentials)

    def row(self, session: Session, region: str, *, proven: bool) -> SellerAccount:
        wanted = self.document
        app = self._app(session, proven)
        account = account_of(session, stored_id(app.id), wanted.seller_id, region, wanted.api_mode)
        if account is None:
            account = SellerAccount(
                app_id=stored_id(app.id),
                seller_id=wanted.seller_id,
                region=region,
                api_mode=wanted.api_mode,
                refresh_token=wanted.refresh_token,
            )
        elif proven:
            authorize(account, wanted.refresh_token)
        elif account.refresh_token != wanted.refresh_token:
            raise _unproven("refresh_token")
        session.add(account)
        session.flush()
        return account

    def _app(self, session: Session, proven: bool) -> App:
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
        elif app.client_secret != wanted.client_secret:
            if not proven:
                raise _unproven("client_secret")
            replace_secret(app, wanted.client_secret)
        session.add(app)
        session.flush()
        return app


@dataclass(frozen=True)
class ToBeAuthorized:
    """A public app whose seller has still to give the consent."""

    app: App = field(repr=False)
    region: str | None
    app_mode: str = MODE_PUBLIC

    def caller(self, region: str) -> Account | None:
        return None

    def row(self, session: Session, region: str, *, proven: bool) -> SellerAccount:
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

    @property
    def app_mode(self) -> str:
        return self.app.mode

    @property
    def region(self) -> str | None:
        return self.account.region

    def caller(self, region: str) -> Account | None:
        if self.account.state != ACCOUNT_OK:
            return None
        app = self.app
        credentials = Credentials(app.client_id, app.client_secret, self.account.refresh_token, app.previous_secret)
        return Account(region, self.account.api_mode, self.account.seller_id or "", credentials)

    def row(self, session: Session, region: str, *, proven: bool) -> SellerAccount:
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


def account_of(session: Session, app_id: int, seller_id: str, region: str, api_mode: str) -> SellerAccount | None:
    """The account of a seller with an app, in a region and API mode; live and sandbox never share one."""
    return session.exec(
        select(SellerAccount).where(
            col(SellerAccount.app_id) == app_id,
            col(SellerAccount.seller_id) == seller_id,
            col(SellerAccount.region) == region,
            col(SellerAccount.api_mode) == api_mode,
        )
    ).first()


def authorize(account: SellerAccount, refresh_token: str) -> None:
    """Give an account a refresh token; a new one starts the time of the authorization."""
    if account.refresh_token != refresh_token or account.state != ACCOUNT_OK:
        account.authorized_at = clock.now()
    account.refresh_token = refresh_token
    account.state, account.state_reason, account.refused_at = ACCOUNT_OK, "", None


def forget_unauthorized(session: Session, account_id: int) -> None:
    """Delete an account that no seller ever authorized and no channel uses any more."""
    account = session.get(SellerAccount, account_id)
    used = session.exec(select(Channel.id).where(col(Channel.account_id) == account_id)).first()
    if account is not None and account.seller_id is None and used is None:
        session.delete(account)


def _unproven(key: str) -> UsageError:
    """Stored credentials serve other channels too, so they are replaced only by ones that Amazon takes."""
    return refusal(
        {key: "it differs from the one that is stored for this app or seller"},
        SOURCE,
        "Leave out --no-verify, so that Amazon is asked which one is good.",
    )
