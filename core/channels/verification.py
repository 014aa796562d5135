"""Checks a channel against Amazon, its store and its mappings; three calls to Amazon, none of a scarce quota."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, update

from core import clock, countdowns, stores
from core.actor import Actor
from core.amazon.marketplaces import by_id
from core.amazon.sellers import Participation, participations
from core.amazon.tokens import REFUSED_FOR, Credentials, Revoked, SecretRefused
from core.amazon.transport import Account, AmazonClient
from core.channels.placement import SUPERSEDED
from core.channels.proof import LOOK_AT
from core.channels.registry import get
from core.channels.roles import known_order, look
from core.channels.sellers import authorize, keep_proof
from core.checks import Check
from core.countdowns import Countdown, Severity
from core.cscart.probe import Findings
from core.errors import ConfigurationError, CrossdockError, RemoteBusy, UsageError
from core.model.account import ACCOUNT_OK, App, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.orders.channel_rules import channel_rules
from core.orders.plan.rules import ChannelRules
from core.quota import at_once
from core.workspace import Workspace, channel_parts, unauthorized

_KEPT = timedelta(days=1)
"""How long Amazon's answer about the seller's marketplaces is good enough where its quota is used up."""
_NOW = timedelta(minutes=1)
PAYMENT_COD = "payment: cash on delivery"
"""The check of a mapping that `store prepare` does not create, because it is the store's own."""


def verify(workspace: Workspace, actor: Actor, name: str) -> tuple[list[Check], CrossdockError | None]:
    """The checklist of a channel, and the error of Amazon or the store that makes it unusable, if any."""
    channel = get(workspace, actor, name)
    checks, failure = _amazon(workspace, actor, channel)
    with workspace.database.read() as session:
        _, _, _, store = channel_parts(session, stored_id(channel.id))
    findings = stores.probe_again(workspace, store)
    if not actor.is_admin:
        findings = _for_vendors(findings)
    checks += [Check(f"store: {check.name}", check.ok, check.message, check.fix) for check in findings.checks]
    with workspace.database.read() as session:
        channel, _, _, store = channel_parts(session, stored_id(channel.id))
        rules = channel_rules(session, channel, store)
    checks += _mappings(rules)
    return checks, failure or findings.failure


def _for_vendors(findings: Findings) -> Findings:
    """Whether the store can be used, and nothing of what it is or says: it belongs to others too."""
    if findings.failure is None:
        return Findings(checks=[Check("store", True, "The store can be used.")])
    failure = ConfigurationError("The store cannot be used at present.", next_step="Ask an administrator.")
    return Findings(checks=[Check("store", False, failure.what, failure.next_step)], failure=failure)


def _amazon(workspace: Workspace, actor: Actor, channel: Channel) -> tuple[list[Check], CrossdockError | None]:
    """What Amazon says of the channel; a seller account whose token is dead is asked about once an hour."""
    begun = clock.now()
    with workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(channel.id))
        order_id = known_order(session, channel)
    if not account.refresh_token or _was_just_refused(account):
        error: CrossdockError = unauthorized(account, app, f"channel {channel.name}")
        return [Check("amazon", False, error.what, error.next_step)], error
    credentials = Credentials(app.client_id, app.client_secret, account.refresh_token, app.previous_secret)
    seller_id = account.seller_id or ""
    client = workspace.amazon_for(
        Account(account.region, account.api_mode, account.quota_owner, credentials, channel.app_status == "draft")
    )
    try:
        found, asked_at = _where_it_sells(workspace, client, account)
    except CrossdockError as error:
        if isinstance(error, Revoked):
            workspace.park(channel.account_id, error)
        elif isinstance(error, SecretRefused):
            workspace.park_app(channel.account_id, error, begun)
        return [Check("amazon", False, error.what, error.next_step)], error
    checks = [Check("amazon", True, "Amazon takes the credentials."), _participation(channel, found, asked_at)]
    roles = look(client, channel, seller_id, order_id)
    if account.proven_at is None:
        checks.append(_seller(workspace, actor, account, roles.names_seller))
    return [*checks, *roles.checks, *_lives(account, app), *_modes(channel, account)], None


def _seller(workspace: Workspace, actor: Actor, account: SellerAccount, confirmed: bool | None) -> Check:
    """Whether Amazon confirms the seller of an account that was connected without that; stored when it does."""
    name = f"seller {account.seller_id}"
    if account.api_mode == "sandbox" and not confirmed:
        return Check("seller", True, f"Amazon's sandbox does not confirm {name}.")
    if confirmed is None:
        return Check("seller", True, "Not tested yet: Amazon gave no usable answer.", "Verify again later.")
    if not confirmed:
        return Check("seller", False, f"Amazon does not confirm that the authorization is one by {name}.", LOOK_AT)
    try:
        with workspace.database.write() as session:
            stored = session.get_one(SellerAccount, account.id)
            if stored.refresh_token != account.refresh_token or stored.seller_id != account.seller_id:
                return Check("seller", True, "Its authorization has just been changed.", "Verify again.")
            authorize(stored, stored.refresh_token)
            keep_proof(session, actor, stored)
    except UsageError as error:
        return Check("seller", False, error.what, error.next_step)
    return Check("seller", True, f"Amazon confirms {name}.")


def _was_just_refused(account: SellerAccount) -> bool:
    if account.state == ACCOUNT_OK or account.refused_at is None:
        return False
    return account.refused_at <= clock.now() < account.refused_at + REFUSED_FOR


def _where_it_sells(
    workspace: Workspace, client: AmazonClient, account: SellerAccount
) -> tuple[list[Participation], datetime]:
    """The seller's marketplaces, and when Amazon told: now, or within a day where its quota is used up."""
    now = clock.now()
    try:
        with at_once():
            found = participations(client)
    except RemoteBusy as error:
        known, at = account.participations, account.participations_at
        if error.status != 429 or known is None or at is None or not now - _KEPT <= at <= now:
            raise
        return [Participation(**one) for one in known], at
    values: dict[str, Any] = {"participations": [asdict(one) for one in found], "participations_at": now}
    if account.state_reason != SUPERSEDED:
        values |= {"state": ACCOUNT_OK, "state_reason": "", "refused_at": None}
    with workspace.database.write() as session:
        session.exec(update(SellerAccount).where(col(SellerAccount.id) == account.id).values(**values))
    return found, now


def _lives(account: SellerAccount, app: App) -> list[Check]:
    """When secret and authorization expire."""
    secret = countdowns.secret(app.secret_set_at, app.secret_expires_at)
    authorization = countdowns.authorization(app.mode, account.authorized_at)
    renew = "Make a new one with crossdock app rotate or in the Developer Console; enter it with: crossdock app edit"
    checks = [_life("client secret", secret, renew)]
    if authorization is not None:
        checks.append(_life("authorization", authorization, "Authorize again with: crossdock channel authorize"))
    return checks


def _life(name: str, countdown: Countdown, fix: str) -> Check:
    day = f"{countdown.ends_at:%Y-%m-%d}"
    if countdown.severity is Severity.LATE:
        return Check(name, False, f"It expired on {day}, as far as is known here.", fix)
    soon = countdown.severity is Severity.SOON
    return Check(name, True, f"It expires on {day}, in {countdown.days} days.", fix if soon else "")


def _modes(channel: Channel, account: SellerAccount) -> list[Check]:
    """Modes in which less happens than one may expect."""
    checks = []
    if channel.app_status == "draft":
        checks.append(
            Check("app status", True, "Draft: nothing is changed on Amazon.", "Set app_status to active to go live.")
        )
    if account.api_mode == "sandbox":
        checks.append(Check("API mode", True, "Sandbox: Amazon's sandbox hosts answer, with made-up data."))
    return checks


def _participation(channel: Channel, found: list[Participation], asked_at: datetime) -> Check:
    marketplace = by_id(channel.marketplace_id)
    country = marketplace.country if marketplace else channel.marketplace_id
    own = next((p for p in found if p.marketplace_id == channel.marketplace_id), None)
    if own is None or not own.participating:
        return Check(
            "marketplace",
            False,
            f"The seller does not take part in {country}.",
            "Open the marketplace in Seller Central, or delete the channel.",
        )
    if own.suspended:
        return Check(
            "marketplace", True, f"Listings in {country} are suspended (vacation mode?).", "Look at Seller Central."
        )
    late = "" if asked_at > clock.now() - _NOW else f" (as Amazon told at {asked_at:%H:%M} UTC)"
    return Check("marketplace", True, f"The seller takes part in {country}{late}.")


def _mappings(rules: ChannelRules) -> list[Check]:
    """Whether every kind of order finds its payment, shipping method and status."""
    cod, prepaid, default = rules.payment_cod, rules.payment_prepaid, rules.shipping.get("default")
    no_stock = rules.statuses.get("NO_STOCK", "")
    prepare = ", or run: crossdock store prepare --apply"
    wanted = [
        ("payment: prepaid", bool(prepaid and rules.store_payments.get(prepaid)), prepaid, "payments.prepaid", prepare),
        (PAYMENT_COD, bool(cod and rules.store_payments.get(cod)), cod, "payments.cod", ""),
        ("shipping", bool(default and rules.store_shippings.get(default)), default, "shipping.default", prepare),
        ("status: no stock effect", rules.store_statuses.get(no_stock, False), no_stock, "statuses.NO_STOCK", prepare),
    ]
    checks = []
    for name, ok, value, key, helps in wanted:
        message = f"Mapped to {value}." if ok else f"{value or 'Nothing'} is mapped; such orders will be held."
        checks.append(Check(name, ok, message, "" if ok else f"Set {key} of the channel{helps}."))
    for status in sorted(rules.order_statuses):
        code = rules.statuses.get(status, "")
        if code not in rules.store_statuses:
            checks.append(Check(f"status: {status}", False, "No store status is mapped.", f"Set statuses.{status}."))
    return checks
