"""Orders as the REST API shows them: plain list rows and the full object."""

from __future__ import annotations

from typing import Any

from sandbox.store import php
from sandbox.store.model import ADDRESS_FIELDS, CONTACT_FIELDS, ZERO, StoreLine, StoreOrder
from sandbox.store.money import decimal, text
from sandbox.store.state import Store

ISSUER_NAME = "API user"
PAYMENT_FIELDS = ("payment_id", "payment", "processor_id", "a_surcharge", "p_surcharge", "status")


def row(store: Store, order: StoreOrder) -> dict[str, Any]:
    """A plain row of `GET /orders`: no lines, no addresses, no `updated_at`."""
    issued = order.issuer_id is not None
    return {
        "order_id": str(order.order_id),
        "issuer_id": str(order.issuer_id) if issued else None,
        "issuer_name": ISSUER_NAME if issued else None,
        "issuer_email": store.options.email if issued else None,
        "user_id": str(order.user_id),
        "is_parent_order": "Y" if order.is_parent_order else "N",
        "parent_order_id": str(order.parent_order_id),
        "company_id": str(order.company_id),
        "company": order.company,
        "timestamp": str(order.timestamp),
        "firstname": order.profile.get("firstname", ""),
        "lastname": order.profile.get("lastname", ""),
        "email": order.email,
        "phone": order.profile.get("phone", ""),
        "status": order.status,
        "total": text(order.total),
        "storefront_id": "1",
        "invoice_id": None,
        "credit_memo_id": None,
    }


def full(store: Store, order: StoreOrder) -> dict[str, Any]:
    """The object of `GET /orders/:id`."""
    lines = {number: _line(store, order, line) for number, line in order.lines.items()}
    return {
        **_head(order),
        **{name: order.profile.get(name, "") for name in CONTACT_FIELDS + ADDRESS_FIELDS},
        **_descriptions(order),
        **_money(order),
        "products": php.array(lines),
        "payment_id": str(order.payment_id),
        "payment_method": _payment(store, order.payment_id),
        "payment_info": php.arrays(order.payment_info),
        "shipping": [_shipping(one, index) for index, one in enumerate(order.shipping)],
        "shipping_ids": ",".join(str(one.shipping_id) for one in order.shipping),
        "product_groups": _groups(order),
        "taxes": php.arrays(order.taxes),
        "shipment_ids": [str(shipment.shipment_id) for shipment in store.shipments_of(order.order_id)],
        "need_shipping": bool(order.shipping),
        "need_shipment": bool(order.shipping),
        "fields": php.arrays(order.profile_fields),
        "promotions": php.arrays(order.promotions),
        "promotion_ids": ",".join(order.promotions),
        "coupons": php.arrays(order.coupons),
        "doc_ids": [],
        "secondary_currency": store.options.currency,
    }


def _head(order: StoreOrder) -> dict[str, Any]:
    return {
        "order_id": str(order.order_id),
        "is_parent_order": "Y" if order.is_parent_order else "N",
        "parent_order_id": str(order.parent_order_id),
        "company_id": str(order.company_id),
        "storefront_id": "1",
        "issuer_id": str(order.issuer_id) if order.issuer_id is not None else None,
        "issuer_data": [] if order.issuer_id is None else {"user_id": str(order.issuer_id)},
        "user_id": str(order.user_id),
        "status": order.status,
        "timestamp": str(order.timestamp),
        "updated_at": str(order.updated_at),
        "lang_code": order.lang_code,
        "ip_address": "127.0.0.1",
        "tax_exempt": "Y" if order.tax_exempt else "N",
        "notes": order.notes,
        "details": order.details,
    }


def _descriptions(order: StoreOrder) -> dict[str, str]:
    """Names of countries and states; the sandbox knows codes only."""
    names = (f"{side}_{part}" for side in ("b", "s") for part in ("country", "state"))
    return {f"{name}_descr": order.profile.get(name, "") for name in names}


def _money(order: StoreOrder) -> dict[str, Any]:
    # The subtotal is computed on reading and so comes as a number; table columns come as text.
    subtotal = php.number(float(sum((line.subtotal for line in order.lines.values()), ZERO)))
    added = sum(
        (
            decimal(tax.get("tax_subtotal"))
            for tax in order.taxes.values()
            if isinstance(tax, dict) and tax.get("price_includes_tax") != "Y"
        ),
        ZERO,
    )
    return {
        "total": text(order.total),
        "subtotal": subtotal,
        "display_subtotal": subtotal,
        "discount": text(order.discount),
        "subtotal_discount": text(order.subtotal_discount),
        "payment_surcharge": text(order.payment_surcharge),
        "shipping_cost": text(order.shipping_cost),
        "display_shipping_cost": php.number(float(order.shipping_cost)),
        "tax_subtotal": php.number(float(added)),
        "shipping_tax_value": 0,
    }


def _line(store: Store, order: StoreOrder, line: StoreLine) -> dict[str, Any]:
    product = store.products.get(line.product_id)
    subtotal = php.number(float(line.subtotal))
    shipped = shipped_amount(store, order, line.item_id)
    return {
        "item_id": str(line.item_id),
        "order_id": str(order.order_id),
        "product_id": str(line.product_id),
        "product_code": line.product_code,
        "price": text(line.price),
        "amount": str(line.amount),
        "extra": {
            **php.arrays_of(line.extra),
            "product": line.product,
            "product_options": php.arrays(line.product_options),
            "company_id": str(line.company_id),
            "stored_price": "Y" if line.stored_price else "N",
            "base_price": text(line.base_price),
            "is_edp": "N",
        },
        "product": line.product,
        "deleted_product": product is None,
        "product_status": product.status if product else None,
        "company_id": str(line.company_id),
        "base_price": text(line.base_price),
        "original_price": text(line.base_price),
        "discount": php.number(float(line.discount)),
        "subtotal": subtotal,
        "display_subtotal": subtotal,
        "tax_value": 0,
        "cart_id": str(line.item_id),
        "shipped_amount": shipped,
        "shipment_amount": max(line.amount - shipped, 0),
    }


def shipped_amount(store: Store, order: StoreOrder, item_id: int) -> int:
    """How much of a line is in shipments."""
    return sum(shipment.products.get(item_id, 0) for shipment in store.shipments_of(order.order_id))


def _payment(store: Store, payment_id: int) -> dict[str, Any] | list[Any]:
    found = store.payments.get(payment_id)
    if found is None:
        return []
    return {name: found[name] for name in PAYMENT_FIELDS}


def _shipping(one: Any, index: int) -> dict[str, Any]:
    return {
        "shipping_id": str(one.shipping_id),
        "shipping": one.shipping,
        "rate": php.number(float(one.rate)),
        "group_key": index,
        "group_name": f"Company {one.group_key}",
        "module": None,
        "service_code": None,
        "need_shipment": True,
    }


def _groups(order: StoreOrder) -> list[dict[str, Any]]:
    return [
        {
            "name": f"Company {one.group_key}",
            "company_id": one.group_key,
            "group_key": index,
            "chosen_shippings": [_shipping(one, index)],
        }
        for index, one in enumerate(order.shipping)
    ]
