"""What Amazon says of the invoice of an order. The program uploads none, and calls none done that Amazon has not taken.

Source: Orders API 2026-01-01, `programs` and `tax.taxInvoicing.invoiceStatus` (of Easy Ship and of Brazil alone).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BY_AMAZON = "INVOICE_BY_AMAZON"
"""The program of orders whose invoices Amazon issues."""
ISSUED_BY_AMAZON = "issued by Amazon"
_SAID = {
    "NOT_REQUIRED": "",
    "NOT_FOUND": "Amazon waits for it; upload it in Seller Central",
    "PROCESSING": "uploaded, and not accepted yet",
    "ERRORED": "not accepted by Amazon; see Seller Central",
    "ACCEPTED": "accepted by Amazon",
}


def invoice_of(document: Mapping[str, Any]) -> str:
    """How the invoice of an order stands, in words; empty where Amazon says nothing of one."""
    programs = document.get("programs")
    if isinstance(programs, list) and BY_AMAZON in programs:
        return ISSUED_BY_AMAZON
    tax = document.get("tax")
    invoicing = tax.get("taxInvoicing") if isinstance(tax, Mapping) else None
    status = invoicing.get("invoiceStatus") if isinstance(invoicing, Mapping) else None
    return _SAID.get(status, status.replace("_", " ").lower()) if isinstance(status, str) else ""
