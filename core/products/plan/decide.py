"""What becomes of one listing: a new product, a change of one that is there, nothing, or a hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from core.money import Money, round_to_unit
from core.products.plan import problems
from core.products.plan.attributes import Content
from core.products.plan.category import category_of
from core.products.plan.facts import AMAZON, Facts
from core.products.plan.rules import ALWAYS, FILL_EMPTY, GRAMS, MILLIMETRES, NEVER, Rules
from core.products.wanted import WantedFeature, WantedProduct
from core.sync.decisions import Hold

BRAND, COUNTRY = "Brand", "Country of origin"
_EXACT = Decimal("0.001")
_LONGEST_NAME = 255
_MOST_PIECES = 2**31 - 1


@dataclass(frozen=True)
class Item:
    """One listing as it was read last."""

    sku: str
    facts: Facts
    content: Content
    paths: Sequence[Sequence[str]] = ()
    """Its browse nodes, each with those above it."""
    price: Money | None = None
    quantity: int | None = None
    closed: bool = False
    gtins: Sequence[str] = ()
    """Its EAN, UPC, ISBN and GTIN, see `core.products.plan.identity`."""


@dataclass(frozen=True)
class Present:
    """A product of the store that carries the SKU, that a person linked to it, or that has its identifier."""

    product_id: int
    company_id: int | None = None
    linked: bool = False
    is_there: bool = True
    name: str = ""
    price: Decimal | None = None
    amount: int = 0
    status: str = ""
    filled: frozenset[str] | None = None
    """Names of the policy's fields that it has something in; None while that is not known: then nothing is filled."""
    identifier: str = ""
    """By which it was found: the SKU is to be linked to it."""

    @property
    def found_by(self) -> str:
        """In words."""
        return f" by its identifier {self.identifier}" if self.identifier else ""


@dataclass(frozen=True)
class Write:
    """What is to be written, and in a word why."""

    product: WantedProduct
    identified: Present | None = None
    """The product that the SKU is to be linked to."""

    @property
    def creates(self) -> bool:
        """Whether the product is a new one."""
        return self.product.product_id is None

    @property
    def summary(self) -> str:
        """What it would do, for a preview."""
        if self.creates:
            return "would be created"
        updated = f"would be updated: {', '.join(_written(self.product))}"
        one = self.identified
        return f"would be linked to product {one.product_id}{one.found_by}, and {updated}" if one else updated


@dataclass(frozen=True)
class Settled:
    """Nothing is to be written."""

    reason: str
    stays_dirty: bool = False
    """Only this job leaves it alone."""
    identified: Present | None = None
    """The product that the SKU is to be linked to."""


Decision = Write | Settled | Hold


def plan_listing(item: Item, present: Sequence[Present], rules: Rules) -> Decision:
    """Decide of one listing that is no parent of variations."""
    found = _product(item, present, rules)
    if isinstance(found, Hold):
        return found
    if item.closed:
        return Settled("closed at Amazon; its product stays as it is" if found else "closed at Amazon")
    if found is None:
        return _created(item, rules)
    if rules.only_new:
        return _linked(found, stays_dirty=True)
    return _updated(item, found, rules)


def _linked(found: Present, *, stays_dirty: bool = False) -> Settled:
    reason = f"linked to product {found.product_id}{found.found_by}"
    return Settled(reason, stays_dirty, found if found.identifier else None)


def _product(item: Item, present: Sequence[Present], rules: Rules) -> Present | Hold | None:
    """The product that it is, if the store has it; those of other vendors are none."""
    for linked in (one for one in present if one.linked):
        if not linked.is_there:
            return problems.product_deleted(item.sku, linked.product_id)
        if not rules.may_use(linked.company_id):
            return problems.product_foreign(item.sku, linked.product_id)
    own = [one for one in present if rules.may_use(one.company_id)]
    if len(own) > 1:
        numbers = sorted(one.product_id for one in own)
        if own[0].identifier:
            return problems.several_identified(item.sku, own[0].identifier, numbers)
        return problems.several_products(item.sku, numbers)
    return own[0] if own else None


def _created(item: Item, rules: Rules) -> Write | Hold:
    category = category_of(item.sku, item.paths, item.facts.product_type, rules)
    if isinstance(category, Hold):
        return category
    if not item.content.name:
        return problems.name_missing()
    price = _price(item, rules)
    if isinstance(price, Hold):
        return price
    if price is None and item.facts.buyable:
        return problems.price_missing()
    whole = _everything(item, rules)
    return Write(
        replace(
            whole,
            company_id=rules.company_id,
            price=price if price is not None else Decimal(0),
            amount=_amount(item) or 0,
            status="A" if item.facts.buyable and price is not None else "D",
            category_ids=(category,),
        )
    )


def _updated(item: Item, found: Present, rules: Rules) -> Decision:
    """What the policy lets through of what Amazon says."""
    wanted: dict[str, Any] = {}
    whole, values = _everything(item, rules), _values(found)
    if rules.policy.get("price") == ALWAYS:
        price = _price(item, rules)
        if isinstance(price, Hold):
            return price
        whole = replace(whole, price=price)
    if rules.policy.get("category") == ALWAYS:
        category = category_of(item.sku, item.paths, item.facts.product_type, rules)
        if isinstance(category, Hold):
            return category
        whole = replace(whole, category_ids=(category,))
    whole = replace(whole, amount=_amount(item), status="A" if item.facts.buyable else "D")
    for name, parts in _PARTS.items():
        if _may_write(rules.policy.get(name, NEVER), name, found):
            told = {part: getattr(whole, part) for part in parts}
            wanted |= {
                part: value for part, value in told.items() if value not in (None, ()) and value != values.get(part)
            }
    if not wanted:
        return _linked(found)
    product = WantedProduct(sku=item.sku, product_id=found.product_id, company_id=found.company_id, **wanted)
    return Write(product, found if found.identifier else None)


_PARTS: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "description": ("description",),
    "price": ("price",),
    "quantity": ("amount",),
    "status": ("status",),
    "category": ("category_ids",),
    "features": ("features",),
    "images": ("images",),
    "weight": ("weight",),
    "dimensions": ("length", "width", "height"),
}
"""Field of the policy → what it lets be written."""


def _may_write(policy: str, name: str, found: Present) -> bool:
    if policy == FILL_EMPTY:
        return found.filled is not None and name not in found.filled
    return policy == ALWAYS


def _values(found: Present) -> Mapping[str, Any]:
    """What is known of a product by value: the same is not written again."""
    return {"name": found.name, "price": found.price, "amount": found.amount, "status": found.status}


def _everything(item: Item, rules: Rules) -> WantedProduct:
    """All that Amazon says of a listing but for its offer and category."""
    content = item.content
    length, width, height = _sides(content, rules)
    return WantedProduct(
        sku=item.sku,
        name=content.name[:_LONGEST_NAME] or None,
        description=content.description or None,
        weight=_in_unit(content.grams, GRAMS[rules.weight_unit]),
        length=length,
        width=width,
        height=height,
        features=tuple(_features(item)),
        images=content.images or None,
    )


def _features(item: Item) -> list[WantedFeature]:
    content = item.content
    told = [(BRAND, content.brand), (COUNTRY, content.country)]
    found = [WantedFeature(name, (value,)) for name, value in told if value]
    return found + [
        WantedFeature(feature_name(name), (value,), varies=True) for name, value in content.variation.items()
    ]


def feature_name(attribute: str) -> str:
    """What an attribute is called in the store: "color" is "Color"."""
    words = attribute.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _price(item: Item, rules: Rules) -> Decimal | Hold | None:
    """In the store's currency."""
    if item.price is None:
        return None
    amount, currency = item.price.amount, item.price.currency
    if currency == rules.currency:
        return amount
    rate = rules.rates.of(currency)
    if rate is None:
        return problems.price_currency(currency, rules.currency, rules.channel)
    return round_to_unit(amount * rate, rules.currency)


def _amount(item: Item) -> int | None:
    """Pieces that the seller has; what lies with Amazon is not the store's stock."""
    if item.facts.fulfilment == AMAZON:
        return 0
    return None if item.quantity is None else min(item.quantity, _MOST_PIECES)


def _sides(content: Content, rules: Rules) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    unit = MILLIMETRES[rules.length_unit]
    if content.millimetres is None:
        return None, None, None
    length, width, height = (_in_unit(side, unit) for side in content.millimetres)
    return length, width, height


def _in_unit(amount: Decimal | None, unit: Decimal) -> Decimal | None:
    if amount is None:
        return None
    exact = (amount / unit).quantize(_EXACT, ROUND_HALF_UP).normalize()
    return exact if exact > 0 else None


def _written(product: WantedProduct) -> list[str]:
    return [name for name, parts in _PARTS.items() if any(getattr(product, part) not in (None, ()) for part in parts)]
