"""Checks a channel against Amazon, its store and its mappings; one call to Amazon, none of a scarce quota."""

from __future__ import annotations

from sqlmodel import col, update

from core import stores
from core.actor import Actor
from core.amazon.marketplaces import by_id
from core.amazon.sellers import Participation, participations
from core.amazon.tokens import Credentials, Revoked
from core.amazon.transport import Account
from core.channels.registry import get
from core.checks import Check
from core.errors import CrossdockError
from core.flows.channel_rules import channel_rules
from core.model.account import ACCOUNT_OK, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.plan.rules import ChannelRules
from core.workspace import Workspace, channel_parts


def verify(workspace: Workspace, actor: Actor, name: str) -> tuple[list[Check], CrossdockError | None]:
    """The checklist of a channel, and the error of Amazon or the store that makes it unusable, if any."""
    channel = get(workspace, actor, name)
    checks, failure = _amazon(workspace, channel)
    with workspace.database.read() as session:
        _, _, _, store = channel_parts(session, stored_id(channel.id))
    findings = stores.verify(workspace, actor, store.name)
    checks += [Check(f"store: {check.name}", check.ok, check.message, check.fix) for check in findings.checks]
    with workspace.database.read() as session:
        channel, _, _, store = channel_parts(session, stored_id(channel.id))
        rules = channel_rules(session, channel, store)
    checks += _mappings(rules)
    return checks, failure or findings.failure


def _amazon(workspace: Workspace, channel: Channel) -> tuple[list[Check], CrossdockError | None]:
    with workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(channel.id))
    credentials = Credentials(app.client_id, app.client_secret, account.refresh_token, app.previous_secret)
    client = workspace.amazon_for(Account(account.region, account.api_mode, account.seller_id or "", credentials))
    try:
        found = participations(client)
    except CrossdockError as error:
        if isinstance(error, Revoked):
            workspace.park(channel.account_id, error.what)
        return [Check("amazon", False, error.what, error.next_step)], error
    with workspace.database.write() as session:
        session.exec(
            update(SellerAccount)
            .where(col(SellerAccount.id) == channel.account_id)
            .values(state=ACCOUNT_OK, state_reason="")
        )
    return [Check("amazon", True, "Amazon takes the credentials."), _participation(channel, found)], None


def _participation(channel: Channel, found: list[Participation]) -> Check:
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
    return Check("marketplace", True, f"The seller takes part in {country}.")


def _mappings(rules: ChannelRules) -> list[Check]:
    """Whether every kind of order finds its payment, shipping method and status."""
    cod, prepaid, default = rules.payment_cod, rules.payment_prepaid, rules.shipping.get("default")
    no_stock = rules.statuses.get("NO_STOCK", "")
    wanted = [
        ("payment: prepaid", bool(prepaid and rules.store_payments.get(prepaid)), prepaid, "payments.prepaid"),
        ("payment: cash on delivery", bool(cod and rules.store_payments.get(cod)), cod, "payments.cod"),
        ("shipping", bool(default and rules.store_shippings.get(default)), default, "shipping.default"),
        ("status: no stock effect", rules.store_statuses.get(no_stock, False), no_stock, "statuses.NO_STOCK"),
    ]
    checks = []
    for name, ok, value, key in wanted:
        message = f"Mapped to {value}." if ok else f"{value or 'Nothing'} is mapped; such orders will be held."
        checks.append(
            Check(name, ok, message, "" if ok else f"Set {key} of the channel, or run store prepare --apply.")
        )
    for status in sorted(rules.order_statuses):
        letter = rules.statuses.get(status, "")
        if letter not in rules.store_statuses:
            checks.append(Check(f"status: {status}", False, "No store status is mapped.", f"Set statuses.{status}."))
    return checks
