"""What an import of a range will take: from what is known of the orders and of the quotas, without a call to Amazon."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session

from core import clock
from core.amazon import operations
from core.amazon.orders import HISTORY as EARLIEST
from core.amazon.transport import AmazonClient
from core.model.base import stored_id
from core.model.channel import Channel
from core.orders import AMAZON, MERCHANT
from core.orders.channel_rules import DEFAULT_STATUSES
from core.orders.document import HISTORY
from core.orders.plan.backfill import OPERATIONS, SEARCH, Amount, BackfillPlan, Quota, plan
from core.orders.plan.rules import AS_CHANNEL, MIRROR_ONLY, Wish
from core.orders.reported import count, in_range, only_reported, to_read_whole

SPARED = 7
"""Calls of searchOrders that a backfill leaves to the schedule, which in turn leaves five of them to people."""
_USUAL = 20.0
"""Orders a day that are expected of a seller of whom nothing is known."""
_WRITING = 0.04
"""Real seconds: two calls of 150 ms for an order, eight orders side by side."""
_LATELY = timedelta(days=30)
_OPEN_DAYS = 5.0
"""Days for which an order is usually open."""


def is_range(params: Mapping[str, Any]) -> bool:
    """Whether a job is asked for orders by when they were placed."""
    return bool(params.get("from") or params.get("to"))


@dataclass(frozen=True)
class Range:
    """What is asked for: orders of a channel's marketplace that were placed then; `history` is one of `HISTORIES`."""

    start: datetime
    end: datetime
    before: datetime | None = None
    """The end as a search is told it; None where the range ends with the present."""
    history: str = AS_CHANNEL
    statuses: frozenset[str] = frozenset()
    """Those that reach the store."""
    fulfilment: str = "both"
    named: frozenset[str] = frozenset()
    """Statuses that the job itself is narrowed to."""

    @classmethod
    def of(cls, params: Mapping[str, Any], channel: Channel, until: datetime) -> Range:
        """That of a job; `until` stands in for an end that is not named."""
        end = datetime.fromisoformat(params["to"]) if params.get("to") else None
        start = params.get("from") or params.get("earliest")  # a job of an earlier version may name neither
        return cls(
            datetime.fromisoformat(start) if start else clock.now() - EARLIEST,
            end or until,
            end,
            params.get("history") or AS_CHANNEL,
            frozenset(params.get("statuses") or channel.settings.get("order_statuses") or DEFAULT_STATUSES),
            str(channel.settings.get("fulfilment") or "both"),
            frozenset(params.get("statuses") or ()),
        )

    @property
    def wish(self) -> Wish:
        """What is noted of the orders."""
        return Wish(self.history, self.named)

    @property
    def whole(self) -> frozenset[str]:
        """The statuses of history that is to be read whole."""
        return frozenset() if self.history == MIRROR_ONLY else HISTORY & self.statuses

    def to_read(self, channel: Channel) -> ColumnElement[bool]:
        """The orders that reports have told of, and that are to be read whole."""
        fulfilled_by = {"amazon": AMAZON, "merchant": MERCHANT}.get(self.fulfilment, "")
        return to_read_whole(stored_id(channel.id), self.whole, fulfilled_by)


def forecast(session: Session, client: AmazonClient, channel: Channel, wanted: Range) -> BackfillPlan:
    """The quickest way and its time."""
    return plan(wanted.start, wanted.end, _guess(session, channel, wanted), quotas(client))


def quotas(client: AmazonClient) -> dict[str, Quota]:
    """What is left of each."""
    found = {}
    for name in OPERATIONS:
        operation = next(one for one in vars(operations).values() if getattr(one, "name", "") == name)
        level = client.level(name, operation.plan)
        found[name] = Quota(level.tokens - (SPARED if name == SEARCH else 0), level.rate)
    return found


def writing() -> float:
    """Seconds of the program's time that an order is expected to take in the store: real ones, as the store's are."""
    return clock.from_real(_WRITING)


def _guess(session: Session, channel: Channel, wanted: Range) -> Amount:
    place = channel.account_id, channel.marketplace_id
    now, days = clock.now(), (wanted.end - wanted.start) / timedelta(days=1)
    lately = count(session, in_range(*place, now - _LATELY, now))
    known = count(session, in_range(*place, wanted.start, wanted.end))
    whole = count(session, in_range(*place, wanted.start, wanted.end), ~only_reported())
    a_day = lately / (_LATELY / timedelta(days=1)) if lately else _USUAL
    orders = max(math.ceil(a_day * days), known)
    is_open = math.ceil(a_day * min(days, _OPEN_DAYS))
    to_read = max(orders - is_open - whole, 0) if wanted.whole else 0
    is_open = min(is_open, orders)
    return Amount(orders, is_open, to_read, unknown=not known, stored=is_open + to_read, writing=writing())
