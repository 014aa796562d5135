"""What a listing is: its state, offer, product type, category and family, as the API tells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.money import Money, parse_amount, round_to_unit
from core.products.plan.issues import Issue, issues_of
from core.products.plan.source import Source, attribute, text

MERCHANT, AMAZON = "MERCHANT", "AMAZON"
_VARIATION = "VARIATION"
_GENERIC = "PRODUCT"
"""A product type that stands for any, where only an offer was made."""
_DEEPEST = 40


@dataclass(frozen=True)
class Facts:
    """One listing in one marketplace; empty texts and None where Amazon does not say."""

    asin: str
    title: str
    product_type: str
    buyable: bool
    fulfilment: str
    price: Money | None
    quantity: int | None
    """None where Amazon keeps the stock."""
    is_parent: bool
    parent_sku: str
    theme: tuple[str, ...]
    nodes: tuple[tuple[str, ...], ...]
    """Browse nodes that it is in, the seller's choice first; each with those above it, as far as Amazon tells them."""
    issues: tuple[Issue, ...]

    @classmethod
    def of(cls, source: Source, marketplace_id: str, currency: str) -> Facts:
        """Read what was told for a marketplace."""
        listing, catalogue = source.listing, source.catalogue
        summary = next(source.of_place(listing, "summaries", marketplace_id), {})
        known = next(source.of_place(catalogue, "summaries", marketplace_id), {})
        names = attribute(listing, "item_name", marketplace_id)
        fulfilment, quantity = _stock(source)
        is_parent, parent_sku, theme = _family(source, marketplace_id)
        status = summary.get("status")
        return cls(
            asin=text(summary.get("asin")),
            title=text(names[0].get("value") if names else "")
            or text(summary.get("itemName"))
            or text(known.get("itemName")),
            product_type=_type(source, summary, marketplace_id),
            buyable="BUYABLE" in status if isinstance(status, list) else False,
            fulfilment=fulfilment,
            price=_price(source, marketplace_id, currency),
            quantity=quantity,
            is_parent=is_parent,
            parent_sku=parent_sku,
            theme=theme,
            nodes=_nodes(source, known, marketplace_id),
            issues=issues_of(listing.get("issues")),
        )


def _type(source: Source, summary: Mapping[str, Any], marketplace_id: str) -> str:
    told = [text(summary.get("productType"))]
    for side in (source.listing, source.catalogue):
        told += [text(one.get("productType")) for one in source.of_place(side, "productTypes", marketplace_id)]
    return next((one for one in told if one and one != _GENERIC), "")


def _stock(source: Source) -> tuple[str, int | None]:
    """Who ships, and how many pieces the seller has. A switch between the two can leave an old entry behind."""
    entries = list(source.of_place(source.listing, "fulfillmentAvailability", ""))
    codes = {text(one.get("fulfillmentChannelCode")): one.get("quantity") for one in entries}
    if any(code.startswith("AMAZON") for code in codes):
        return AMAZON, None
    if "DEFAULT" not in codes:
        return "", None
    units = codes["DEFAULT"]
    return MERCHANT, units if isinstance(units, int) and not isinstance(units, bool) and units >= 0 else None


def _price(source: Source, marketplace_id: str, currency: str) -> Money | None:
    """What consumers pay now."""
    for offer in source.of_place(source.listing, "offers", marketplace_id):
        price = offer.get("price")
        if offer.get("offerType", "B2C") == "B2C" and isinstance(price, dict):
            found = _money(
                price.get("amount"), text(price.get("currencyCode")) or text(price.get("currency")) or currency
            )
            if found is not None:
                return found
    for told in attribute(source.listing, "purchasable_offer", marketplace_id):
        if told.get("audience", "ALL") == "ALL":
            for value in _scheduled(told.get("our_price")):
                return _money(value, text(told.get("currency")) or currency)
    return None


def _scheduled(prices: Any) -> Iterator[Any]:
    for price in prices if isinstance(prices, list) else ():
        for entry in price.get("schedule", ()) if isinstance(price, dict) else ():
            if isinstance(entry, dict) and "value_with_tax" in entry:
                yield entry["value_with_tax"]


def _money(amount: Any, currency: str) -> Money | None:
    try:
        found = round_to_unit(parse_amount(amount), currency)
    except (ValueError, ArithmeticError):
        return None
    return Money(found, currency) if found > 0 else None


def _family(source: Source, marketplace_id: str) -> tuple[bool, str, tuple[str, ...]]:
    """Whether it stands for variations, the SKU that stands for it, and the attributes in which they differ.

    What is packed in a box of several is no variation of it.
    """
    if isinstance(source.listing.get("relationships"), list):
        for entry in source.of_place(source.listing, "relationships", marketplace_id):
            for kin in entry.get("relationships") or ():
                if isinstance(kin, dict) and kin.get("type") == _VARIATION:
                    parents = kin.get("parentSkus") or [""]
                    theme = kin.get("variationTheme") or {}
                    is_parent = "childSkus" in kin and not parents[0]
                    return is_parent, text(parents[0]), tuple(map(text, theme.get("attributes") or ()))
        return _level(source, marketplace_id) == "parent", "", ()
    for told in attribute(source.listing, "child_parent_sku_relationship", marketplace_id):
        if text(told.get("child_relationship_type")) in ("", "variation"):
            return False, text(told.get("parent_sku")), ()
    return _level(source, marketplace_id) == "parent", "", ()


def _level(source: Source, marketplace_id: str) -> str:
    told = attribute(source.listing, "parentage_level", marketplace_id)
    return text(told[0].get("value")) if told else ""


def _nodes(source: Source, known: Mapping[str, Any], marketplace_id: str) -> tuple[tuple[str, ...], ...]:
    chains = []
    for entry in source.of_place(source.catalogue, "classifications", marketplace_id):
        chains += [chain for one in entry.get("classifications") or () if (chain := _chain(one))]
    leaf = known.get("browseClassification")
    leaves = [text(leaf.get("classificationId"))] if isinstance(leaf, dict) else []
    own = [text(one.get("value")) for one in attribute(source.listing, "recommended_browse_nodes", marketplace_id)]
    by_leaf = {chain[0]: chain for chain in reversed(chains)}
    wanted = [by_leaf.get(one, (one,)) for one in [*own, *by_leaf, *leaves] if one]
    return tuple(dict.fromkeys(wanted))


def _chain(node: Any) -> tuple[str, ...]:
    """Ids from a node to the top."""
    found: list[str] = []
    while isinstance(node, dict) and len(found) < _DEEPEST:
        if node_id := text(node.get("classificationId")):
            found.append(node_id)
        node = node.get("parent")
    return tuple(found)
