"""The lines of a store order: which product each line of Amazon means, at which price, and whether there is enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from core.orders.document import Item, Order
from core.orders.plan import problems
from core.orders.plan.amounts import Charged, unit_prices
from core.orders.plan.problems import Held
from core.orders.plan.rules import ChannelRules
from core.orders.plan.store_order import PlannedLine
from core.products.refs import ProductRef

Products = Mapping[str, Sequence[ProductRef]]
"""SKU → the store's products that carry it."""

LONGEST_CODE = 64
"""Characters of a product's code in the store."""


def skus(order: Order) -> set[str]:
    """The SKUs that planning the order needs products for."""
    return {item.sku for item in order.items if item.quantity}


def products_of(order: Order, rules: ChannelRules, products: Products) -> dict[str, ProductRef]:
    """The one product that each SKU of the order means; raises Held."""
    return {sku: _product(sku, rules, products) for sku in sorted(skus(order))}


def planned_lines(
    order: Order, rules: ChannelRules, amounts: Charged, found: Mapping[str, ProductRef]
) -> tuple[PlannedLine, ...]:
    """The lines at prices in the store's currency; empty when the amounts cannot be used. Raises Held."""
    lines: list[PlannedLine] = []
    for item, gross in amounts.lines:
        if not item.quantity:
            if gross:
                return ()
            continue
        product = found[item.sku]
        for unit in unit_prices(gross, item.quantity, rules.store_currency):
            if unit.price < 0 or (unit.price == 0 and product.zero_price_action != "P"):
                raise _free(order, item)
            title = item.title or item.sku or item.asin if product is rules.placeholder else ""
            lines.append(
                PlannedLine(product.product_id, unit.amount, unit.price, item.sku, item.asin, item.item_id, title)
            )
    return tuple(lines)


def stand_in_for(
    lines: Sequence[PlannedLine], rules: ChannelRules, products: Mapping[str, ProductRef], *, takes: bool
) -> int | None:
    """The product that the order is made with until its lines are written; None: it is made with its lines at once.

    The store cuts down what it has too little of, and makes no order at all when nothing is left of it. `takes` says
    whether the order is to take from the stock. Raises Held.
    """
    short = dict(_short(lines, products))
    if not short:
        return None
    sku, told = next(iter(short.items()))
    if takes and rules.out_of_stock == "hold":
        raise Held(
            problems.OUT_OF_STOCK,
            f"{told}.",
            "Stock it up in the store, or set out_of_stock of the channel to flag or allow; "
            "the order is released by itself.",
            sku,
        )
    if rules.placeholder is not None and not unusable(rules.placeholder, rules):
        return rules.placeholder.product_id
    if any(products[line.sku].amount is None or (products[line.sku].amount or 0) > 0 for line in lines):
        return None
    purpose = "" if takes else ", though this one would take none of it"
    raise Held(
        problems.OUT_OF_STOCK,
        f"{told}. The store makes no order of what is all out of stock{purpose}.",
        "Stock it up, or set placeholder_product of the channel to a product whose stock is not tracked.",
        sku,
    )


def _short(lines: Sequence[PlannedLine], products: Mapping[str, ProductRef]) -> Iterator[tuple[str, str]]:
    """SKUs of which there is less than the order wants, each with what is to be said of it."""
    wanted: dict[int, int] = {}
    for line in lines:
        wanted[line.product_id] = wanted.get(line.product_id, 0) + line.amount
    for sku in dict.fromkeys(line.sku for line in lines):
        product = products[sku]
        if product.amount is not None and product.amount < wanted[product.product_id]:
            has = f"{product.amount} left" if product.amount > 0 else "none left"
            yield sku, f"The store has {has} of SKU {sku!r}, and {wanted[product.product_id]} are ordered"


def unusable(placeholder: ProductRef, rules: ChannelRules) -> str:
    """Why a product cannot stand for others; empty where it can: it must never move the stock of anything."""
    if not placeholder.is_there:
        return "is not in the store"
    if not rules.may_use(placeholder.company_id):
        return "belongs to another company"
    return "has its stock tracked" if placeholder.tracked else ""


def _product(sku: str, rules: ChannelRules, products: Products) -> ProductRef:
    known = products.get(sku, ()) if sku else ()
    candidates = [product for product in known if rules.may_use(product.company_id) and product.is_sold_here]
    if len(candidates) == 1 and candidates[0].is_there:
        return candidates[0]
    if known and known[0].linked:
        state = "is not in the store"
        if known[0].is_there:
            state = "belongs to another company" if known[0].is_sold_here else _not_shared(known[0], rules)
        what = f"The SKU {sku!r} is linked to product {known[0].product_id}, which {state}."
        raise _unknown(what, sku, "Link it to another product, or unlink it with: crossdock listings unlink")
    if candidates:
        what = f"{len(candidates)} products of the store carry the SKU {sku!r}."
        raise _unknown(what, sku, "Keep the code on one of them, or link the SKU with: crossdock listings link")
    if known and not known[0].is_sold_here:
        what = f"The SKU {sku!r} is product {known[0].product_id}, which {_not_shared(known[0], rules)}."
        fix = "Share the product with the storefront, or link the SKU to one of its own with: crossdock listings link"
        raise _unknown(what, sku, fix)
    if rules.unknown_sku == "placeholder":
        return _placeholder(rules)
    if not sku:
        what, fix = "Amazon names no SKU for one of its lines.", "Enter the order in the store by hand."
        raise Held(problems.SKU_UNKNOWN, what, fix)
    if len(sku) > LONGEST_CODE:
        what = f"Its SKU {sku[:LONGEST_CODE]!r}… has {len(sku)} characters, more than a product code of the store."
        raise Held(problems.SKU_UNKNOWN, what, "Enter the order in the store by hand.", sku)
    raise _unknown(
        f"No product of the store carries the SKU {sku!r}.",
        sku,
        "Give the product this code in the store, or link the SKU with: crossdock listings link",
    )


def _not_shared(product: ProductRef, rules: ChannelRules) -> str:
    return f"belongs to storefront {product.company_id} and is not shared with storefront {rules.company_id}"


def _unknown(what: str, sku: str, fix: str) -> Held:
    return Held(problems.SKU_UNKNOWN, what, f"{fix}; the order is released by itself.", sku)


def _placeholder(rules: ChannelRules) -> ProductRef:
    """The product that stands for all that the store does not have; raises Held where there is none to use."""
    placeholder = rules.placeholder
    why = unusable(placeholder, rules) if placeholder else ""
    if placeholder is not None and not why:
        return placeholder
    raise Held(
        problems.PLACEHOLDER_UNUSABLE,
        f"Product {placeholder.product_id}, the placeholder for unknown SKUs, {why}."
        if placeholder
        else "Unknown SKUs are to get a placeholder, and the channel names none.",
        "Set placeholder_product of the channel to a product of the store whose stock is not tracked.",
        "placeholder_product",
    )


def _free(order: Order, item: Item) -> Held:
    replaced = f" (it replaces order {order.replaces})" if order.replaces else ""
    return Held(
        problems.ZERO_PRICE,
        f"SKU {item.sku!r} is free of charge{replaced}; the store drops such lines.",
        "Allow a zero price on the product in the store, or enter the order by hand.",
        item.sku,
    )
