"""The plan of a backfill as documents have it, and in a line."""

from __future__ import annotations

from typing import Any

from core.orders.plan.backfill import PAGES, BackfillPlan
from core.words import counted, lasting


def document(plan: BackfillPlan) -> dict[str, Any]:
    """The fixed part of a job's document, and how many orders it expects.

    `counted`: the reports have told. `limit`: "amazon", whose quotas set the pace, or "store".
    """
    return {
        "calls": plan.calls,
        "seconds": round(plan.seconds),
        "orders": plan.amount.orders,
        "counted": plan.amount.counted,
        "limit": plan.limit,
        "steps": [
            {
                "what": step.what,
                "from": step.start.isoformat(),
                "to": step.end.isoformat(),
                "calls": dict(step.calls),
                "seconds": round(step.seconds),
            }
            for step in plan.steps
        ],
    }


def summary(plan: BackfillPlan) -> str:
    """One line: how many orders, which way, how long."""
    known = "" if plan.amount.counted else "about "
    way = "page by page" if plan.route == PAGES else "by Amazon's reports"
    return f"{known}{counted(plan.amount.orders, 'order')} {way}, expected to take {lasting(plan.seconds)}"
