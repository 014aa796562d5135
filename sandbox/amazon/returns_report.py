"""The report of returns by their date: what buyers have sent back of the merchant's parcels, and what was refunded.

Facts (Amazon's "Returns Reports"): 60 days at the most, one row for each item of a return. The orders themselves tell
nothing of it, and refunds without a return stand in no report that these applications may read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.amazon.applications import ORDERS_ROLE, PII_ROLE
from sandbox.amazon.report_types import Failed, Wanted, report_type
from sandbox.amazon.state import Amazon
from sandbox.world.draft import MERCHANT, Line
from sandbox.world.order import WorldOrder

BY_RETURN_DATE = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
LONGEST = timedelta(days=60)
COLUMNS = (
    *("Order ID", "Order date", "Return request date", "Return request status", "Amazon RMA ID", "Merchant RMA ID"),
    *("Label type", "Label cost", "Currency code", "Return carrier", "Tracking ID", "Label to be paid by"),
    *("A-to-Z Claim", "Is prime", "ASIN", "Merchant SKU", "Item Name", "Return quantity", "Return Reason", "In policy"),
    *("Return type", "Resolution", "Invoice number", "Return delivery date", "Order Amount", "Order quantity"),
    *("SafeT Action reason", "SafeT claim id", "SafeT claim state", "SafeT claim creation time"),
    *("SafeT claim reimbursement amount", "Refunded Amount"),
)


@dataclass(frozen=True)
class Return:
    """Units of a line that a buyer sends back; `refunded` is zero until somebody refunds them."""

    order: WorldOrder
    line: Line
    units: int
    refunded: Decimal
    asked: datetime
    rma: str


def send_back(amazon: Amazon, order_id: str, *, line: int = 0, units: int = 1, refunded: str = "") -> Return:
    """Let a buyer send units of a line back; without an amount they are refunded at the line's price."""
    order = amazon.books["live"][amazon.accounts[0].seller_id].get(order_id)
    if order is None or order.draft.fulfilled_by != MERCHANT:
        raise ValueError(f"{order_id} is no order of the merchant")
    draft = order.draft
    sold = draft.lines[line]
    amount = Decimal(refunded) if refunded else round(sold.goods / sold.quantity * units, draft.digits)
    made = Return(order, sold, units, amount, amazon.clock.now(), f"D{len(amazon.returns):08d}RMA")
    amazon.returns.append(made)
    return made


@report_type(BY_RETURN_DATE, roles=frozenset((ORDERS_ROLE, PII_ROLE)))
def _by_return_date(amazon: Amazon, wanted: Wanted) -> Iterator[str]:
    end = wanted.end or amazon.clock.now()
    start = wanted.start or end
    if end - start > LONGEST:
        raise Failed("The requested date range is longer than 60 days.")
    own = wanted.account is amazon.accounts[0]
    found = [one for one in amazon.returns if own and start <= one.asked <= end]
    if found:
        yield "\t".join(COLUMNS) + "\n"
    for one in found:
        row = _row(one)
        yield "\t".join(row.get(name, "") for name in COLUMNS) + "\n"


def _row(one: Return) -> dict[str, str]:
    draft = one.order.draft
    return {
        "Order ID": draft.order_id,
        "Order date": f"{draft.created:%d-%b-%Y}",
        "Return request date": f"{one.asked:%d-%b-%Y}",
        "Return request status": "Approved",
        "Amazon RMA ID": one.rma,
        "Currency code": draft.currency,
        "ASIN": one.line.asin,
        "Merchant SKU": one.line.sku or "",
        "Item Name": one.line.title,
        "Return quantity": str(one.units),
        "Return Reason": "CR-UNWANTED_ITEM",
        "In policy": "Y",
        "Return type": "C-Returns",
        "Resolution": "StandardRefund" if one.refunded else "",
        "Order Amount": f"{draft.total}",
        "Order quantity": str(sum(line.quantity for line in draft.lines)),
        "Refunded Amount": f"{one.refunded}",
    }
