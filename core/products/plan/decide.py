"""What becomes of one listing: a new product, a change of one that is there, nothing, or a hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from core.fields.plan.store_item import folded
from core.money import Money, round_to_unit
from core.products.plan import problems
from core.products.plan.attributes import Content
from core.products.plan.category import category_of
from core.products.plan.facts import AMAZON, Facts
from core.products.plan.rules import ALWAYS, FILL_EMPTY, NEVER, Rules
from core.products.wanted import WantedFeature, WantedProduct
from core.sync.decisions import Hold

_THOUSANDTH = Decimal("0.001")
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
    """What it has something in: names of the policy's fields and of the store's texts, `list_price`, and features, see
    `filled_feature`. None while that is not known: then nothing is filled."""
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
    notes: Sequence[str] = ()
    """What could not be taken over, in words."""
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
    if rules.is_marketplace and not rules.company_id:
        return problems.vendor_unknown(item.sku)
    category = category_of(item.sku, item.paths, item.facts.product_type, rules)
    if isinstance(category, Hold):
        return category
    if not item.content.fields.name:
        return problems.name_missing()
    prices = _prices(item, rules)
    if isinstance(prices, Hold):
        return prices
    price, list_price = prices
    if price is None and item.facts.buyable:
        return problems.price_missing()
    whole = replace(
        _everything(item),
        language=rules.language,
        company_id=rules.company_id,
        price=Decimal(0) if price is None else price,
        list_price=list_price,
        amount=_amount(item) or 0,
        status="A" if item.facts.buyable and price is not None else "D",
        category_ids=(category,),
    )
    return Write(whole, item.content.fields.notes)


def _updated(item: Item, found: Present, rules: Rules) -> Decision:
    """What the policy lets through of what Amazon says."""
    whole = _everything(item)
    policy = rules.policy.get("price", NEVER)
    # A price is never empty; a list price may be.
    if policy == ALWAYS or (policy == FILL_EMPTY and item.content.fields.list_price is not None):
        prices = _prices(item, rules)
        if isinstance(prices, Hold):
            return prices
        whole = replace(whole, price=prices[0], list_price=prices[1])
    if rules.policy.get("category") == ALWAYS:
        category = category_of(item.sku, item.paths, item.facts.product_type, rules)
        if isinstance(category, Hold):
            return category
        whole = replace(whole, category_ids=(category,))
    whole = replace(whole, amount=_amount(item), status="A" if item.facts.buyable else "D")
    known, wanted = _values(found, rules), dict[str, Any]()
    for name in _PARTS:
        told = _let_through(rules.policy.get(name, NEVER), name, whole, found)
        wanted |= {part: value for part, value in told.items() if value not in _NOTHING and value != known.get(part)}
    if not wanted:
        return _linked(found)
    wanted |= {"product_id": found.product_id, "company_id": found.company_id, "language": rules.language}
    notes = item.content.fields.notes
    return Write(WantedProduct(sku=item.sku, **wanted), notes, found if found.identifier else None)


_PARTS: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "description": ("description", "texts"),
    "price": ("price", "list_price"),
    "quantity": ("amount",),
    "status": ("status",),
    "category": ("category_ids",),
    "features": ("features",),
    "images": ("images",),
    "weight": ("weight",),
    "dimensions": ("length", "width", "height"),
}
"""Field of the policy → what it lets be written."""
_NOTHING: Sequence[Any] = (None, (), {})


def _let_through(policy: str, name: str, whole: WantedProduct, found: Present) -> dict[str, Any]:
    """What a policy lets be written of the parts of a field."""
    told = {part: getattr(whole, part) for part in _PARTS[name]}
    if policy == FILL_EMPTY:
        return {part: _unfilled(name, part, value, found) for part, value in told.items()}
    return told if policy == ALWAYS else {}


def _unfilled(name: str, part: str, value: Any, found: Present) -> Any:
    """What of a part a product has nothing in; of what is not known, nothing."""
    filled = found.filled
    if filled is None:
        return None
    if part == "features" and part not in filled:
        return tuple(one for one in value if filled_feature(one.name) not in filled)
    if part == "texts":
        return {field: words for field, words in value.items() if field not in filled}
    return None if (part if part == "list_price" else name) in filled else value


def filled_feature(which: str) -> str:
    """How `Present.filled` names a feature, by its number or name."""
    return f"feature {folded(which)}"


def _values(found: Present, rules: Rules) -> Mapping[str, Any]:
    """What is known of a product by value: the same is not written again. Of its names, the one in the default."""
    return {
        "name": None if rules.language else found.name,
        "price": found.price,
        "amount": found.amount,
        "status": found.status,
    }


def _everything(item: Item) -> WantedProduct:
    """All that Amazon says of a listing but for its offer and category."""
    fields = item.content.fields
    return WantedProduct(
        sku=item.sku,
        name=(fields.name or "")[:_LONGEST_NAME] or None,
        description=fields.description,
        texts=fields.texts,
        weight=_exact(fields.weight),
        length=_exact(fields.length),
        width=_exact(fields.width),
        height=_exact(fields.height),
        features=tuple(WantedFeature(one.name, one.values, one.varies) for one in fields.features),
        images=item.content.images or None,
    )


def _prices(item: Item, rules: Rules) -> tuple[Decimal | None, Decimal | None] | Hold:
    """The price, and what somebody mapped to the list price, in the store's currency."""
    fields, offered = item.content.fields, item.price.currency if item.price else rules.currency
    listed = None if fields.list_price is None else Money(fields.list_price, fields.list_currency or offered)
    found: list[Decimal | None] = []
    for money in (item.price, listed):
        amount = None if money is None else _converted(money, rules)
        if isinstance(amount, Hold):
            return amount
        found.append(amount)
    return found[0], found[1]


def _converted(money: Money, rules: Rules) -> Decimal | Hold:
    if money.currency == rules.currency:
        return round_to_unit(money.amount, rules.currency)
    rate = rules.rates.of(money.currency)
    if rate is None:
        return problems.price_currency(money.currency, rules.currency, rules.channel)
    return round_to_unit(money.amount * rate, rules.currency)


def _amount(item: Item) -> int | None:
    """Pieces that the seller has; what lies with Amazon is not the store's stock."""
    if item.facts.fulfilment == AMAZON:
        return 0
    return None if item.quantity is None else min(item.quantity, _MOST_PIECES)


def _exact(measure: Decimal | None) -> Decimal | None:
    """A measure as exact as the store has it; None for one that is too small to tell."""
    told = measure.quantize(_THOUSANDTH, ROUND_HALF_UP).normalize() if measure is not None else None
    return told or None


def _written(product: WantedProduct) -> list[str]:
    return [name for name, parts in _PARTS.items() if any(getattr(product, part) not in _NOTHING for part in parts)]
