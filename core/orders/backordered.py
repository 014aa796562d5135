"""New orders that the store has made backordered, because it has too little stock for them."""

from __future__ import annotations

from core.jobs.context import ItemResult
from core.model.outbox import OutboxIntent
from core.orders import CREATE_KIND
from core.orders.evidence import evidence
from core.orders.parts import part
from core.orders.plan import problems

BACKORDERED = "B"
"""The status code that the store gives such orders itself; it takes nothing from the stock."""


def is_accepted(intent: OutboxIntent, status: str) -> bool:
    """Whether a new order may stay backordered, as its channel has it."""
    is_new = intent.kind == CREATE_KIND and not evidence(intent).adopted
    return is_new and status == BACKORDERED and bool(part(intent).get("if_backordered"))


def result(intent: OutboxIntent, number: int) -> ItemResult:
    """What is told of it, and whether somebody has to know."""
    text = f"Store order {number} is backordered: the store has too little for it, and took nothing."
    if part(intent)["if_backordered"] == "allow":
        return ItemResult(intent.subject, "created", message=text)
    fix = "Get the goods, or cancel it at Amazon; move the store order on by hand, then settle this with: "
    return ItemResult(intent.subject, "held", problems.OUT_OF_STOCK.name, text, f"{fix}crossdock orders retry")
