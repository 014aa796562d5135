"""Completes a channel's settings from `store prepare` and the global settings, for planning."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlmodel import Session, col, select

from core.amazon import marketplaces
from core.exchange import parse_rates
from core.model.channel import Channel
from core.model.setting import GlobalSetting
from core.model.store import Store, StoreLookup
from core.orders.plan.rules import ChannelRules, Fulfilment
from core.orders.pull import first_timestamp

DEFAULT_STATUSES = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")
# Status codes that every CS-Cart installation is born with (P paid, C complete, I cancelled).
_BORN_WITH = {"UNSHIPPED": "P", "PARTIALLY_SHIPPED": "P", "SHIPPED": "C", "CANCELLED": "I"}


def channel_rules(session: Session, channel: Channel, store: Store) -> ChannelRules:
    """The rules by which the channel's orders are planned now."""
    settings: dict[str, Any] = channel.settings
    prepared = store.prepared
    payments, shipping, statuses = (
        _first_told(*sources.values()) for sources in mapping_sources(session, channel, store).values()
    )
    marketplace = marketplaces.by_id(channel.marketplace_id)
    lookups = session.exec(select(StoreLookup).where(col(StoreLookup.store_id) == store.id)).all()
    return ChannelRules(
        channel=channel.name,
        marketplace_id=channel.marketplace_id,
        country=marketplace.country if marketplace else "",
        store_currency=store.currency,
        company_id=channel.company_id,
        connected_at=channel.connected_at,
        order_statuses=frozenset(settings.get("order_statuses") or DEFAULT_STATUSES),
        fulfilment=cast(Fulfilment, settings.get("fulfilment") or "both"),
        orders_from=first_timestamp(channel),
        orders_to=_timestamp(settings.get("orders_to")),
        payment_cod=_whole(payments.get("cod")),
        payment_prepaid=_whole(payments.get("prepaid")),
        shipping={level: int(key) for level, key in shipping.items() if _whole(key) is not None},
        statuses={status: str(code) for status, code in statuses.items() if code},
        exchange_rates=parse_rates(settings.get("exchange_rate")),
        tax_id=_whole(prepared.get("tax")),
        exchange_rate_days=_whole(settings.get("exchange_rate_days")),
        facilitator_tax=settings.get("facilitator_tax") or "included",
        fba_recipient=settings.get("fba_recipient") or "placeholder",
        out_of_stock=settings.get("out_of_stock") or "hold",
        unknown_sku=settings.get("unknown_sku") or "hold",
        placeholder_product=_whole(settings.get("placeholder_product")),
        order_fields={name: int(number) for name, number in (settings.get("order_fields") or {}).items() if number},
        companies_are_vendors=store.edition == "MULTIVENDOR",
        store_payments=_active(lookups, "payment"),
        store_shippings=_active(lookups, "shipping"),
        store_statuses={row.key: row.data.get("inventory") == "I" for row in lookups if row.kind == "status"},
    )


def mapping_sources(session: Session, channel: Channel, store: Store) -> dict[str, dict[str, dict[str, Any]]]:
    """The maps `payments`, `shipping` and `statuses`: for each, who tells what, the first to tell a key first."""
    settings, prepared = channel.settings, store.prepared
    return {
        # Cash on delivery is never guessed: `prepare` makes one payment, and that means prepaid.
        "payments": {
            "channel": settings.get("payments") or {},
            "store prepare": {"prepaid": prepared.get("payment")},
            "global settings": _global_payments(session),
        },
        "shipping": {
            "channel": settings.get("shipping") or {},
            "store prepare": {"default": prepared.get("shipping")},
        },
        "statuses": {
            "channel": settings.get("statuses") or {},
            "store prepare": {"NO_STOCK": prepared.get("no_stock")},
            "CS-Cart's own": dict(_BORN_WITH),
        },
    }


def _first_told(*sources: dict[str, Any]) -> dict[str, Any]:
    """For each key the value of the first source that has one."""
    told: dict[str, Any] = {}
    for source in reversed(sources):
        told.update({key: value for key, value in source.items() if value not in (None, "")})
    return told


def _global_payments(session: Session) -> dict[str, Any]:
    found = {}
    for kind in ("cod", "prepaid"):
        setting = session.get(GlobalSetting, f"payments.{kind}")
        if setting is not None and setting.value:
            found[kind] = setting.value
    return found


def _active(lookups: Any, kind: str) -> dict[int, bool]:
    return {int(row.key): row.active for row in lookups if row.kind == kind and row.key.isdecimal()}


def _timestamp(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _whole(value: Any) -> int | None:
    return int(value) if value not in (None, "") else None
