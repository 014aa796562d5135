"""The store's own tax engine: one rate for all products, "subtotal" calculation, no tax on shipping."""

from __future__ import annotations

from decimal import Decimal

from sandbox.store.model import ZERO, StoreOrder
from sandbox.store.money import decimal, rounded
from sandbox.store.reference import TAX_ID
from sandbox.store.state import Store


def apply_taxes(store: Store, order: StoreOrder) -> Decimal:
    """Set `order.taxes`; the result is what has to be added to the total (0 when prices include the tax)."""
    order.taxes = {}
    if order.tax_exempt or store.options.tax_rate is None:
        return ZERO
    taxed = [line for line in order.lines.values() if TAX_ID in _tax_ids(store, line.product_id)]
    base = sum((line.subtotal for line in taxed), ZERO)
    if not base:
        return ZERO
    rate, included = decimal(store.options.tax_rate), store.options.tax_included
    share = rate / (100 + rate) if included else rate / 100
    tax = rounded(base * share, store.options.decimals)
    order.taxes = {
        str(TAX_ID): {
            "description": store.taxes[TAX_ID]["tax"] if TAX_ID in store.taxes else "",
            "rate_type": "P",
            "rate_value": str(rate),
            "price_includes_tax": "Y" if included else "N",
            "regnumber": "",
            "priority": "0",
            "tax_subtotal": float(tax),
            "calculation_type": "subtotal",
            "applies": {
                "P": float(tax),
                "S": 0,
                "items": {"P": {str(line.item_id): True for line in taxed}, "S": {}},
            },
        }
    }
    return ZERO if included else tax


def _tax_ids(store: Store, product_id: int) -> list[int]:
    product = store.products.get(product_id)
    return product.tax_ids if product else []
