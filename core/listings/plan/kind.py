"""Which kind of listing a product becomes: a product of its own, or an offer on an item that Amazon has."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.fields.plan import identifiers
from core.fields.plan.gate import exportable
from core.fields.plan.store_item import identifier_of
from core.listings.plan import problems
from core.listings.plan.candidate import Candidate
from core.offers.plan.problems import product_renamed
from core.submissions.message import ANY_TYPE, LISTING, OFFER_ONLY
from core.sync.decisions import Hold

_LONGEST_SKU = 40
"""Characters (Listings API; the schemas limit SKUs of parents alike)."""
_DISABLED = "D"
_ASIN = re.compile(r"[A-Z0-9]{10}")


@dataclass(frozen=True)
class Kind:
    """What a listing is to Amazon; `asin` is that of an offer on an item of the catalogue."""

    product_type: str
    requirements: str
    asin: str = ""


def kind_of(candidate: Candidate, chosen_asin: str = "") -> Kind | Hold:
    """What a product becomes, or why it is not listed.

    `chosen_asin` is what somebody said it is. An item of the catalogue is offered, whatever its category; so is one
    that is known by its identifier, where the category of the product is not mapped. Else it is a listing of its own.
    """
    if (fault := _fault(candidate)) is not None:
        return fault
    asin = chosen_asin if _ASIN.fullmatch(chosen_asin) else ""
    if asin and not candidate.is_parent:
        return Kind(ANY_TYPE, OFFER_ONLY, asin)
    if candidate.sent is not None and candidate.sent.requirements == OFFER_ONLY:
        return Kind(ANY_TYPE, OFFER_ONLY, candidate.sent.asin)
    if candidate.mapped is not None:
        return _of_its_own(candidate)
    if len(candidate.asins) == 1:
        return Kind(ANY_TYPE, OFFER_ONLY, candidate.asins[0])
    if candidate.asins:
        return problems.asin_unclear(identifier_of(candidate.item), candidate.asins)
    (hold,) = exportable(candidate.side, None, "")
    if identifier_of(candidate.item):
        return hold
    return replace(hold, message=f"{hold.message} It has no EAN, UPC or ISBN by which Amazon could know it either.")


def wants_search(candidate: Candidate, chosen_asin: str = "") -> bool:
    """Whether only Amazon's catalogue can say what the product becomes."""
    is_known = candidate.mapped is not None or candidate.listed is not None or candidate.sent is not None
    told = identifier_of(candidate.item)
    return not (is_known or chosen_asin or candidate.is_parent) and identifiers.read(told) is not None


def _of_its_own(candidate: Candidate) -> Kind | Hold:
    assert candidate.mapped is not None
    type_there = candidate.listed.product_type if candidate.listed else ""
    if type_there and (holds := exportable(candidate.side, candidate.mapped, type_there)):
        return holds[0]
    return Kind(type_there or candidate.mapped.product_type, LISTING)


def _fault(candidate: Candidate) -> Hold | None:
    sku, product = candidate.sku, candidate.side.product
    if not sku:
        return problems.sku_missing(product)
    if len(sku) > _LONGEST_SKU:
        return problems.sku_unusable(product, f"it has {len(sku)} characters, and Amazon takes {_LONGEST_SKU}")
    if sku != sku.strip():
        return problems.sku_unusable(product, "it begins or ends with a blank")
    if not sku.isprintable():
        return problems.sku_unusable(product, "it has characters that cannot be seen")
    if candidate.item.sku != sku and not (candidate.is_linked or candidate.is_parent):
        return product_renamed(sku, candidate.item.sku)
    if candidate.status == _DISABLED:
        return problems.product_off(product)
    return None
