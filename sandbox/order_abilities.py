"""What the sandbox can be asked to do about orders of the past, and about the reports that tell of all orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.ability import ability
from sandbox.amazon.order_report import OrderReportForm
from sandbox.amazon.returns_report import send_back
from sandbox.amazon.state import Amazon


class OrderAbilities:
    """A part of the sandbox."""

    amazon: Amazon

    @ability("POST", "orders/history", key="orders")
    def add_history(self, count: int, days: float = 720.0, **how: Any) -> list[str]:
        """Give the demo account `count` orders of the last `days` days, see `sandbox.world.history`; their numbers."""
        return [order.order_id for order in self.amazon.add_history(int(count), float(days), **how)]

    @ability("POST", "orders/unsearched", key="orders")
    def hide_from_search(self, order_ids: Sequence[str]) -> list[str]:
        """Let searchOrders leave these orders out from now on, for ever; all that are left out."""
        self.amazon.unsearched |= frozenset(order_ids)
        return sorted(self.amazon.unsearched)

    @ability("POST", "orders/<order_id>/return", body="wishes")
    def send_back(self, order_id: str, wishes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Let the buyer of an order of the demo account send units back, see `returns_report.send_back`."""
        made = send_back(self.amazon, order_id, **(wishes or {}))
        return {"rma": made.rma, "sku": made.line.sku, "units": made.units, "refunded": made.refunded}

    @ability("POST", "orders/report", body="changes")
    def set_order_report_form(self, changes: Mapping[str, Any]) -> OrderReportForm:
        """Let the reports of all orders come otherwise from now on, see `OrderReportForm`."""
        self.amazon.order_report_form.change(changes)
        return self.amazon.order_report_form
