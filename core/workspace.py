"""One home opened by one process: its settings, database and clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select, update

from core import clock
from core.database import Database
from core.errors import AuthorizationError, ConfigurationError, VaultError
from core.keyring import open_keys, usable
from core.migrations.runner import open_database
from core.model.account import (
    ACCOUNT_NEEDS_AUTHORIZATION,
    ACCOUNT_NEEDS_SECRET,
    ACCOUNT_OK,
    MODE_PUBLIC,
    NOT_YET,
    App,
    SellerAccount,
)
from core.model.channel import Channel
from core.model.setting import writes_are_stopped
from core.model.store import Store
from core.quota import QuotaBook
from core.settings import Settings, is_loopback
from core.stopped import Stopped, why_stopped

if TYPE_CHECKING:
    # What speaks to remotes waits until something is asked of one.
    from core.amazon.tokens import Revoked, SecretRefused, TokenSource
    from core.amazon.transport import Account, AmazonClient, Meter
    from core.cscart.transport import StoreClient
    from core.http import Http

_ENTER_AGAIN = "Enter client secret and refresh token again with: crossdock channel edit (public apps: app edit)"


class Workspace:
    """Everything a use case works with. Safe to share between threads; close it at the end."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        clock.install(settings.test_clock or None, settings.home)
        self.database: Database = open_database(settings)
        try:
            open_keys(settings, self.database)
        except VaultError:
            self.database.close()
            raise
        self.quotas = QuotaBook(self.database)

    @cached_property
    def http(self) -> Http:
        """What sends requests; it takes long to load, so it is made when the first one is sent."""
        from core.http import Http

        return Http(folder=self.settings.home)

    @cached_property
    def _tokens(self) -> TokenSource:
        from core.amazon.tokens import TokenSource

        return TokenSource(self.http, self.settings.lwa_url)

    def close(self) -> None:
        """Close connections to database and remotes."""
        if "http" in vars(self):
            self.http.close()
        self.database.close()

    def amazon(
        self,
        account: SellerAccount,
        app: App,
        *,
        draft: bool,
        meter: Meter | None = None,
        background: bool = False,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> AmazonClient:
        """A client for a seller account; one of a channel in draft writes nothing.

        Raises AuthorizationError when the account waits for authorization.
        """
        from core.amazon.tokens import Credentials
        from core.amazon.transport import Account

        if account.state != ACCOUNT_OK:
            raise unauthorized(account, app, f"seller {account.seller_id or '(not authorized yet)'}")
        self._guard_test_clock([self.settings.spapi_url, self.settings.lwa_url])
        usable(f"seller {account.seller_id or ''}", _ENTER_AGAIN, app.client_secret, account.refresh_token)
        credentials = Credentials(app.client_id, app.client_secret, account.refresh_token, app.previous_secret)
        return self.amazon_for(
            Account(account.region, account.api_mode, account.quota_owner, credentials, draft),
            meter=meter,
            background=background,
            should_stop=should_stop,
        )

    def amazon_for(
        self,
        account: Account,
        *,
        meter: Meter | None = None,
        background: bool = False,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> AmazonClient:
        """A client for credentials that are not stored yet."""
        from core.amazon.transport import AmazonClient, NoMeter

        self._guard_test_clock([self.settings.spapi_url, self.settings.lwa_url])
        return AmazonClient(
            account,
            http=self.http,
            quotas=self.quotas,
            tokens=self._tokens,
            base_url=self.settings.spapi_url,
            meter=meter or NoMeter(),
            background=background,
            should_stop=should_stop,
        )

    def login(self) -> TokenSource:
        """Login with Amazon, for questions that are not about a seller's data."""
        self._guard_test_clock([self.settings.lwa_url])
        return self._tokens

    def store_client(self, store: Store, called: Callable[[str], None] = lambda name: None) -> StoreClient:
        """A client for a store."""
        from core.cscart.transport import Access, StoreClient

        self._guard_test_clock([store.url])
        usable(f"store {store.name}", "Enter the API key again with: crossdock store edit", store.api_key)
        access = Access(
            store.name,
            store.url,
            store.email,
            store.api_key,
            store.api_form,
            store.api_version,
            self.settings.store_timeout,
        )
        return StoreClient(access, self.http, called=called)

    def writes_stopped(self) -> bool:
        """Whether all writes are stopped."""
        with self.database.read() as session:
            return writes_are_stopped(session)

    def why_stopped(self) -> Stopped | None:
        """Why all writes are stopped; None while they are allowed."""
        with self.database.read() as session:
            return why_stopped(session)

    def park(self, account_id: int, error: Revoked) -> None:
        """Note that an account needs authorization again: its jobs rest, others go on. The error then tells how."""
        with self.database.write() as session:
            account = session.get_one(SellerAccount, account_id)
            account.state, account.state_reason = ACCOUNT_NEEDS_AUTHORIZATION, error.what
            account.refused_at = clock.now()
            session.add(account)
            error.next_step = how_to_authorize(session.get_one(App, account.app_id).mode)

    def park_app(self, account_id: int, error: SecretRefused, since: datetime) -> bool:
        """Note that an app's client secret is dead: the jobs of all its sellers rest. The error then tells how.

        False, and nothing is noted, where another one was entered after `since`: then a former one was refused.
        """
        with self.database.write() as session:
            app = session.get_one(App, session.get_one(SellerAccount, account_id).app_id)
            if app.secret_set_at > since:
                return False
            session.exec(
                update(SellerAccount)
                .where(col(SellerAccount.app_id) == app.id, col(SellerAccount.state) == ACCOUNT_OK)
                .values(state=ACCOUNT_NEEDS_SECRET, state_reason=error.what, refused_at=clock.now())
            )
            error.next_step = how_to_return(app.mode, ACCOUNT_NEEDS_SECRET)
        return True

    def _guard_test_clock(self, urls: list[str]) -> None:
        """A moved clock must never meet a real remote."""
        if not clock.is_real() and not all(url and is_loopback(url) for url in urls):
            raise ConfigurationError(
                "CROSSDOCK_TEST_CLOCK is set, and a remote is not on this machine.",
                next_step="Unset it, or point every remote to a sandbox on 127.0.0.1.",
            )


def unauthorized(account: SellerAccount, app: App, subject: str) -> AuthorizationError:
    """The error that says that a seller account waits for authorization, and how it is given."""
    return AuthorizationError(
        why_parked(account.state, account.state_reason) if account.seller_id else NOT_YET,
        subject=subject,
        next_step=how_to_return(app.mode, account.state),
    )


def why_parked(state: str, reason: str) -> str:
    """Why the jobs of a seller account rest."""
    if state == ACCOUNT_NEEDS_SECRET:
        return f"Amazon does not take the client secret any more: {reason}"
    return reason if reason == NOT_YET else f"It needs to be authorized again: {reason}"


def how_to_return(app_mode: str, state: str) -> str:
    """What the operator does so that a seller account's jobs go on."""
    if state != ACCOUNT_NEEDS_SECRET:
        return how_to_authorize(app_mode)
    command = "crossdock app edit" if app_mode == MODE_PUBLIC else "crossdock channel edit"
    return f"Make a new client secret in the Developer Console, and enter it with: {command}"


def how_to_authorize(app_mode: str) -> str:
    """What the operator does when a seller has to authorize an app, for the first time or again."""
    if app_mode == MODE_PUBLIC:
        return "Let the seller give the consent: crossdock channel authorize"
    return "Authorize the app again in Seller Central, and enter the new refresh token with: crossdock channel edit"


@contextmanager
def opened(settings: Settings) -> Iterator[Workspace]:
    """Open a home and close it at the end."""
    workspace = Workspace(settings)
    try:
        yield workspace
    finally:
        workspace.close()


def channel_parts(session: Session, channel_id: int) -> tuple[Channel, SellerAccount, App, Store]:
    """A channel with its seller account, app and store."""
    row = session.exec(
        select(Channel, SellerAccount, App, Store)
        .where(col(Channel.id) == channel_id)
        .join(SellerAccount, col(SellerAccount.id) == Channel.account_id)
        .join(App, col(App.id) == SellerAccount.app_id)
        .join(Store, col(Store.id) == Channel.store_id)
    ).one()
    return row[0], row[1], row[2], row[3]
