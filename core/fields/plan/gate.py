"""The gate before export and import: whether category, product type and attributes let a product through.

Every hold names both sides, what the store has and what Amazon wants, and its `about` is the mapping that fixes it:
`category.<id>`, `node.<id>` or `field.<product type>.<attribute>`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.fields.plan.faults import Fault, FaultKind
from core.fields.plan.identifiers import ASIN, IDENTIFIER
from core.fields.plan.problems import ATTRIBUTE_INVALID, ATTRIBUTE_MISSING, CATEGORY_UNMAPPED, PRODUCT_TYPE_MISMATCH
from core.sync.codes import Code
from core.sync.decisions import Hold

_TOLD = 8
"""Attributes that one message names."""
_ANY_TYPE = "PRODUCT"
"""What Amazon takes for offers of any type."""


@dataclass(frozen=True)
class StoreSide:
    """A product of the store and its main category."""

    channel: str
    product: str
    category_id: int | None
    category: str = ""
    """The path of the category."""


@dataclass(frozen=True)
class AmazonSide:
    """A listing and the node that it stands in."""

    channel: str
    sku: str
    product_type: str
    node: str
    path: str = ""
    """Of the node."""


@dataclass(frozen=True)
class MappedTo:
    """What people mapped a category to."""

    node: str
    path: str
    product_type: str
    category_id: int | None = None
    category: str = ""


@dataclass(frozen=True)
class AttributeIssue:
    """What is wrong with one attribute of a listing before it is sent, or worth knowing."""

    attribute: str
    """Empty where it is about all of them together."""
    title: str
    """What people call it."""
    message: str
    fix: str
    is_missing: bool = False
    is_blocking: bool = True
    """It keeps the listing from being sent; others are notes."""


@dataclass(frozen=True)
class Violation:
    """What Amazon's schema says of one attribute: as the validation of product types has it."""

    attribute: str
    message: str
    is_missing: bool = False


def exportable(
    product: StoreSide,
    mapped: MappedTo | None,
    listing_type: str,
    faults: Iterable[Fault] = (),
    violations: Iterable[Violation] = (),
    titles: Mapping[str, str] | None = None,
) -> list[Hold]:
    """Why a product is not exported; empty where nothing keeps it.

    `listing_type` is the product type of its listing where it has one, else empty. Without a mapping, or with another
    type, nothing is said of attributes, for they would be those of another product type.
    """
    if mapped is None:
        return [_unmapped_in_store(product)]
    if _differs(listing_type, mapped.product_type):
        return [_listing_differs(product, mapped, listing_type)]
    return attributes_held(product.channel, product.product, mapped.product_type, faults, violations, titles or {})


def importable(
    listing: AmazonSide,
    mapped: Sequence[MappedTo],
    needed: Collection[str] = (),
    given: Collection[str] = (),
    titles: Mapping[str, str] | None = None,
) -> list[Hold]:
    """Why a listing is not imported; empty where nothing keeps it.

    `mapped` are the mappings of its node, one for each category of the store. `needed` are attributes without which the
    store's product would be nothing (a name), `given` those that the listing has.
    """
    if not mapped:
        return [_unmapped_at_amazon(listing)]
    if all(_differs(listing.product_type, one.product_type) for one in mapped):
        return [_mapping_differs(listing, mapped[0])]
    faults = [Fault(name, FaultKind.MISSING, f"Amazon gives no {name} of it.") for name in needed if name not in given]
    return attributes_held(listing.channel, f"SKU {listing.sku}", listing.product_type, faults, (), titles or {})


def fitting(listing_type: str, mapped: Sequence[MappedTo]) -> list[MappedTo]:
    """Of the mappings of a node those with the product type of a listing; all where the listing tells none."""
    return [one for one in mapped if not _differs(listing_type, one.product_type)]


def attributes_held(
    channel: str,
    what: str,
    product_type: str,
    faults: Iterable[Fault],
    violations: Iterable[Violation],
    titles: Mapping[str, str],
) -> list[Hold]:
    """Holds for attributes that are missing, and for values that Amazon would refuse; at most one of each kind."""
    return holds_of(channel, what, product_type, attribute_issues(channel, product_type, faults, violations, titles))


def attribute_issues(
    channel: str,
    product_type: str,
    faults: Iterable[Fault],
    violations: Iterable[Violation],
    titles: Mapping[str, str],
) -> list[AttributeIssue]:
    """What is wrong with the attributes of a listing, each told once: in the store's words, else in the schema's."""
    found: dict[tuple[str, str], AttributeIssue] = {}
    for fault in faults:
        one = AttributeIssue(
            fault.attribute,
            _title(fault.attribute, titles),
            fault.message,
            fault.fix or ("" if not fault.is_blocking else _correct(channel, product_type, fault.attribute)),
            fault.kind is FaultKind.MISSING,
            fault.is_blocking,
        )
        found.setdefault((one.attribute, "" if one.is_blocking else one.message), one)
    told = {one.attribute.partition(".")[0] for one in found.values() if one.is_blocking}
    if IDENTIFIER in told:
        told.add(ASIN)  # required only because there is no identifier: what is to be mended is that
    for violation in violations:
        name = violation.attribute
        if name.partition(".")[0] not in told:
            fix = (_fill if violation.is_missing else _correct)(channel, product_type, name)
            one = AttributeIssue(name, _title(name, titles), violation.message, fix, violation.is_missing)
            found.setdefault((name, ""), one)
    return list(found.values())


def holds_of(channel: str, what: str, product_type: str, issues: Sequence[AttributeIssue]) -> list[Hold]:
    """The holds that issues of a listing's attributes become."""
    missing = [one for one in issues if one.is_blocking and one.is_missing]
    wrong = [one for one in issues if one.is_blocking and not one.is_missing]
    holds = []
    if missing:
        names = _listed([_named(one) for one in missing])
        message = f"{what}: Amazon's product type {product_type} requires {names}, and the store has nothing for it."
        fix = _fill(channel, product_type, missing[0].attribute)
        holds.append(_of_attributes(ATTRIBUTE_MISSING, message, product_type, missing[0].attribute, fix))
    if wrong:
        messages = _listed([f"{_named(one)}: {one.message.rstrip('.')}" for one in wrong], "; ")
        message = f"{what}: Amazon's product type {product_type} does not take it as the store has it. {messages}."
        holds.append(_of_attributes(ATTRIBUTE_INVALID, message, product_type, wrong[0].attribute, wrong[0].fix))
    return holds


def _unmapped_in_store(product: StoreSide) -> Hold:
    if product.category_id is None:
        message = f"{product.product} is in no category of the store, so Amazon's is not known either."
        return Hold(CATEGORY_UNMAPPED, message, "Put it into a category of the store.")
    message = (
        f"The store's category {_both(product.category_id, product.category)}, in which {product.product} is, "
        "belongs to none of Amazon's categories."
    )
    fix = _map(product.channel, str(product.category_id), "NODE", "PT")
    return Hold(CATEGORY_UNMAPPED, message, fix, f"category.{product.category_id}")


def _unmapped_at_amazon(listing: AmazonSide) -> Hold:
    if not listing.node:
        message = f"Amazon tells no category of SKU {listing.sku}, so the store's is not known either."
        fix = f"Put it into a category at Amazon, or link it: {_link(listing)}"
        return Hold(CATEGORY_UNMAPPED, message, fix)
    message = (
        f"Amazon's category {_both(listing.node, listing.path)}, in which SKU {listing.sku} is, "
        "belongs to none of the store's categories."
    )
    fix = _map(listing.channel, "ID", listing.node, listing.product_type or "PT")
    return Hold(CATEGORY_UNMAPPED, message, fix, f"node.{listing.node}")


def _listing_differs(product: StoreSide, mapped: MappedTo, listing_type: str) -> Hold:
    category = _both(product.category_id or "", product.category)
    message = (
        f"{product.product}: its listing at Amazon has the product type {listing_type}, and the store's category "
        f"{category} is mapped to {_both(mapped.node, mapped.path)} with {mapped.product_type}."
    )
    fix = _map(product.channel, str(product.category_id), mapped.node, listing_type)
    return Hold(PRODUCT_TYPE_MISMATCH, message, fix, f"category.{product.category_id}")


def _mapping_differs(listing: AmazonSide, mapped: MappedTo) -> Hold:
    store = _both(mapped.category_id or "", mapped.category)
    message = (
        f"SKU {listing.sku}: Amazon has it as {listing.product_type}, and its category "
        f"{_both(listing.node, listing.path)} is mapped to the store's {store} with {mapped.product_type}."
    )
    fix = _map(listing.channel, str(mapped.category_id), listing.node, listing.product_type)
    return Hold(PRODUCT_TYPE_MISMATCH, message, fix, f"category.{mapped.category_id}")


def _of_attributes(code: Code, message: str, product_type: str, name: str, fix: str) -> Hold:
    return Hold(code, message, fix, f"field.{product_type}.{name}")


def _fill(channel: str, product_type: str, name: str) -> str:
    return f"Fill it in the store, or: {_set(channel, product_type, name)}"


def _correct(channel: str, product_type: str, name: str) -> str:
    if not name:
        return "Correct it in the store or in the field mapping."
    return f"Correct it in the store, or: {_set(channel, product_type, name)}"


def _differs(one: str, other: str) -> bool:
    """Whether two product types are different ones; one that is not told, and the type of any offer, are not."""
    return bool(one and other) and one != other and _ANY_TYPE not in (one, other)


def _both(number: object, path: str) -> str:
    return f'"{path}" ({number})' if path else str(number)


def _title(name: str, titles: Mapping[str, str]) -> str:
    """What people call an attribute, or the part of one; the attribute's title stands for a part without its own."""
    return titles.get(name) or titles.get(name.partition(".")[0], "") or name


def _named(issue: AttributeIssue) -> str:
    return f"{issue.title} ({issue.attribute})" if issue.title != issue.attribute else issue.attribute


def _listed(words: Sequence[str], between: str = ", ") -> str:
    more = len(words) - _TOLD
    return between.join(words[:_TOLD]) + (f"{between}and {more} more" if more > 0 else "")


def _map(channel: str, category: str, node: str, product_type: str) -> str:
    sides = f"--cscart {category} --amazon {node} --product-type {product_type}"
    return f"crossdock categories map --channel {channel} {sides}"


def _set(channel: str, product_type: str, attribute: str) -> str:
    return (
        f"crossdock fields set {attribute} --channel {channel} --product-type {product_type} --feature ID "
        "(or --field, --constant, --template)"
    )


def _link(listing: AmazonSide) -> str:
    return f"crossdock listings link --channel {listing.channel} --sku {listing.sku} --product-id N"
