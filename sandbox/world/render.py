"""Writes a draft down as the Order of the official 2026-01-01 model, with every data set in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.world.draft import AMAZON, MERCHANT, ZERO, Draft, Line
from sandbox.world.package import Package, units

UNPRICED = ("PENDING", "PENDING_AVAILABILITY", "CANCELLED", "UNFULFILLABLE")
"""Statuses in which an order carries no amounts, payment or address."""


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as the orders interface writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def render(draft: Draft) -> dict[str, Any]:
    """The complete document."""
    priced = draft.status not in UNPRICED
    document: dict[str, Any] = {
        "orderId": draft.order_id,
        "createdTime": iso(draft.created),
        "lastUpdatedTime": iso(draft.updated),
        "salesChannel": _sales_channel(draft),
        "fulfillment": _fulfillment(draft),
        "orderItems": [_item(draft, line, priced) for line in draft.lines],
    }
    if draft.alias:
        document["orderAliases"] = [{"aliasId": draft.alias, "aliasType": "SELLER_ORDER_ID"}]
    if draft.programs:
        document["programs"] = list(draft.programs)
    if draft.replaces:
        document["associatedOrders"] = [{"orderId": draft.replaces, "associationType": "REPLACEMENT_ORIGINAL_ID"}]
    if priced:
        document["buyer"] = _buyer(draft)
        document["proceeds"] = _proceeds(draft)
        if draft.recipient is not None:
            document["recipient"] = draft.recipient
        document |= _payment(draft) | _tax(draft) | _packages(draft)
    return _poisoned(document, draft.poison)


def money(draft: Draft, amount: Decimal) -> dict[str, str]:
    """An amount with the decimals of the order's currency."""
    return {"amount": f"{amount:.{draft.digits}f}", "currencyCode": draft.currency}


def _sales_channel(draft: Draft) -> dict[str, str]:
    channel = "NON_AMAZON" if draft.status == "UNFULFILLABLE" else "AMAZON"
    return {
        "channelName": channel,
        "marketplaceId": draft.marketplace.marketplace_id,
        "marketplaceName": draft.marketplace.name,
    }


def _fulfillment(draft: Draft) -> dict[str, Any]:
    days = {"EXPEDITED": 1, "NEXT_DAY": 1, "SAME_DAY": 0, "PRIORITY": 1, "SECOND_DAY": 2}
    ship_by = draft.created + timedelta(days=1)
    deliver_by = ship_by + timedelta(days=days.get(draft.service_level, 4))
    block: dict[str, Any] = {
        "fulfillmentStatus": draft.status,
        "fulfilledBy": draft.fulfilled_by,
        "fulfillmentServiceLevel": draft.service_level,
        "shipByWindow": {"earliestDateTime": iso(draft.created), "latestDateTime": iso(ship_by)},
    }
    if draft.fulfilled_by == MERCHANT:
        block["deliverByWindow"] = {"earliestDateTime": iso(ship_by), "latestDateTime": iso(deliver_by)}
    return block


def _buyer(draft: Draft) -> dict[str, str]:
    buyer = {"buyerName": draft.buyer.name}
    if draft.fulfilled_by == MERCHANT:
        buyer["buyerEmail"] = draft.buyer.email
    if draft.company:
        buyer["buyerCompanyName"] = draft.company
    if draft.purchase_order:
        buyer["buyerPurchaseOrderNumber"] = draft.purchase_order
    return buyer


def _proceeds(draft: Draft) -> dict[str, Any]:
    proceeds: dict[str, Any] = {"grandTotal": money(draft, draft.total + draft.total_error)}
    if not draft.order_breakdowns:
        return proceeds
    subtotals: dict[str, Decimal] = {}
    for line in draft.lines:
        for name, amount in line.parts.items():
            subtotals[name] = subtotals.get(name, ZERO) + amount
        if line.tax:
            subtotals["TAX"] = subtotals.get("TAX", ZERO) + _tax_subtotal(line)
        if line.discount:
            discount = sum(line.discount.values(), ZERO) * draft.discount_sign
            subtotals["DISCOUNT"] = subtotals.get("DISCOUNT", ZERO) + discount
    if draft.other:
        subtotals["OTHER"] = draft.other
    entries: list[dict[str, Any]] = [
        {"type": name, "subtotal": money(draft, amount)} for name, amount in subtotals.items()
    ]
    if draft.tip:
        entries.append({"type": "DELIVERY_TIP", "status": draft.tip_status, "subtotal": money(draft, draft.tip)})
    proceeds["breakdowns"] = entries
    return proceeds


def _payment(draft: Draft) -> dict[str, Any]:
    if not draft.payment_methods:
        return {}
    total = draft.total + draft.total_error
    executions = [
        {"paymentMethod": method, "paymentAmount": money(draft, total if number == 0 else ZERO)}
        for number, method in enumerate(draft.payment_methods)
    ]
    return {"payment": {"paymentExecutions": executions}}


def _tax(draft: Draft) -> dict[str, Any]:
    if not draft.vat_number:
        return {}
    registration = {
        "entityType": "BUYER",
        "legalName": draft.company or draft.buyer.name,
        "taxRegistrationType": "VAT",
        "taxRegistrationNumber": draft.vat_number,
    }
    return {"tax": {"taxRegistrations": [registration], "taxInvoicing": {"invoiceStatus": "PROCESSING"}}}


def _packages(draft: Draft) -> dict[str, Any]:
    """The model has packages for orders that the merchant ships only."""
    if draft.fulfilled_by == AMAZON or draft.status not in ("SHIPPED", "PARTIALLY_SHIPPED"):
        return {}
    return {"packages": [package_block(package) for package in draft.packages]}


def package_block(package: Package) -> dict[str, Any]:
    """One entry of `packages`; what is empty is left out."""
    status, detailed = package.status
    block: dict[str, Any] = {
        "packageReferenceId": package.reference,
        "createdTime": iso(package.created),
        "packageStatus": {"status": status, **({"detailedStatus": detailed} if detailed else {})},
        "carrier": package.carrier,
        "shippingService": package.service,
        "shipTime": iso(package.shipped),
        "trackingNumber": package.tracking,
        "packageItems": [{"orderItemId": item, "quantity": number} for item, number in package.items.items()],
    }
    return {name: value for name, value in block.items() if value not in ("", [])}


def _item(draft: Draft, line: Line, priced: bool) -> dict[str, Any]:
    product: dict[str, Any] = {
        "asin": line.asin,
        "title": line.title,
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
    }
    if line.sku is not None:
        product["sellerSku"] = line.sku
    done = units(draft.packages, line.item_id)
    over = draft.status in ("CANCELLED", "UNFULFILLABLE")
    fulfillment: dict[str, Any] = {
        "quantityFulfilled": done,
        "quantityUnfulfilled": 0 if over else line.quantity - done,
    }
    item: dict[str, Any] = {
        "orderItemId": line.item_id,
        "quantityOrdered": line.quantity,
        "product": product,
        "fulfillment": fulfillment,
    }
    if line.gift_message is not None:
        gift = {"giftMessage": line.gift_message, "giftWrapLevel": "Classic"}
        fulfillment["packing"] = {"giftOption": gift}
    if draft.cod_constraint:
        fulfillment["shipping"] = {"shippingConstraints": {"cashOnDelivery": "MANDATORY"}}
    if priced:
        unit = line.parts["ITEM"] / max(line.quantity, 1)
        product["price"] = {"unitPrice": money(draft, unit)}
        if line.business_price:
            product["price"]["priceDesignation"] = "BUSINESS_PRICE"
        item["proceeds"] = _item_proceeds(draft, line)
    item |= _item_extras(draft, line)
    return item


def _item_extras(draft: Draft, line: Line) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if line.promotion_ids:
        extras["promotion"] = {"breakdowns": [{"promotionId": one} for one in line.promotion_ids]}
    if line.cancel_reason is not None:
        cancellation: dict[str, Any] = {
            "cancellationRequest": {"requester": "BUYER", "cancelReason": line.cancel_reason}
        }
        if draft.status == "CANCELLED":
            execution = {"cancelledBy": "BUYER", "cancelReason": line.cancel_reason}
            cancellation["cancellationExecution"] = execution
        extras["cancellation"] = cancellation
    if line.facilitated or draft.marketplace.country == "GB":
        extras["tax"] = {
            "taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services"}]
        }
    if draft.marketplace.country == "JP":
        points = int(line.parts["ITEM"] / 100)
        worth = {"amount": str(points), "currencyCode": draft.currency}
        granted = {"pointsNumber": points, "pointsMonetaryValue": worth}
        extras["expense"] = {"pointsCost": {"pointsGranted": granted}}
    return extras


def _item_proceeds(draft: Draft, line: Line) -> dict[str, Any]:
    entries: list[dict[str, Any]] = [
        {"type": name, "subtotal": money(draft, amount)} for name, amount in line.parts.items()
    ]
    if line.tax:
        tax: dict[str, Any] = {"type": "TAX", "subtotal": money(draft, _tax_subtotal(line))}
        if line.tax_detailed:
            of_discount = line.discount_tax * (-1 if line.discount_tax_told == "negative" else 1)
            details = line.tax | ({"DISCOUNT": of_discount} if of_discount else {})
            tax["detailedBreakdowns"] = _details(draft, details, 1)
        entries.append(tax)
    if line.discount:
        amount = sum(line.discount.values(), ZERO) * draft.discount_sign
        details = _details(draft, line.discount, draft.discount_sign)
        entries.append({"type": "DISCOUNT", "subtotal": money(draft, amount), "detailedBreakdowns": details})
    return {"proceedsTotal": money(draft, line.total), "breakdowns": entries}


def _tax_subtotal(line: Line) -> Decimal:
    told = {"negative": -line.discount_tax, "added": line.discount_tax, "apart": ZERO}[line.discount_tax_told]
    return sum(line.tax.values(), told)


def _details(draft: Draft, amounts: dict[str, Decimal], sign: int) -> list[dict[str, Any]]:
    return [{"subtype": name, "value": money(draft, amount * sign)} for name, amount in amounts.items()]


def _poisoned(document: dict[str, Any], poison: str | None) -> dict[str, Any]:
    """The document broken in the way asked for; "unknown_values" is odd but importable."""
    if poison == "no_items":
        del document["orderItems"]
    elif poison == "bad_amount":
        document["proceeds"]["grandTotal"]["amount"] = "N/A"
        document["orderItems"][0]["proceeds"]["breakdowns"][0]["subtotal"]["amount"] = "N/A"
    elif poison == "bad_created":
        document["createdTime"] = "0001-13-45T99:99:99Z"
    elif poison == "unknown_values":
        document["programs"] = ["MOON_DELIVERY"]
        document["fulfillment"]["fulfillmentServiceLevel"] = "BY_DRONE"
        document["orderItems"][0]["product"]["condition"] = {"conditionType": "PRE_LOVED"}
        document["payment"] = {"paymentExecutions": [{"paymentMethod": "SeaShells"}]}
    return document
