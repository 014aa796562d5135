"""A product as the listing that it is to be: filled in, judged by the gate, and held where it cannot be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.fields.plan.gate import Violation, attributes_held
from core.fields.plan.render import Chosen, Rendered, filled_in, values_of
from core.fields.plan.schema import Form
from core.fields.plan.store_item import Family, Setting
from core.listings.plan.candidate import AVAILABILITY, Candidate, Offered, Wanted
from core.listings.plan.family import family_of, left_out_of_parent
from core.listings.plan.kind import Kind
from core.submissions.message import LISTING
from core.sync.decisions import Hold

ASIN_ROW = "merchant_suggested_asin.value"
CHANNEL_ROW = "fulfillment_availability.fulfillment_channel_code"
MERCHANT = "DEFAULT"


@dataclass(frozen=True)
class Terms:
    """What listings of a kind have to say, prepared once for many products."""

    form: Form
    lines: Sequence[Chosen]
    violations: Callable[[Mapping[str, Any]], Sequence[Violation]]
    """What Amazon's schema says against attributes, its conditions included."""

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """What people call the attributes."""
        return {row.name: row.title for row in self.form.rows}


def asin_chosen(terms: Terms, candidate: Candidate) -> str:
    """The ASIN that somebody said a product is, by the source of `merchant_suggested_asin`; empty for none."""
    line = next((one for one in terms.lines if one.row.key == ASIN_ROW and not one.is_default), None)
    if line is None:
        return ""
    values = values_of(line.row, line.source, candidate.item, Setting(terms.form.place()))
    return str(values[0]).strip().upper() if values else ""


def listing_of(candidate: Candidate, kind: Kind, terms: Terms, currency: str) -> Wanted | list[Hold]:
    """The listing that a product is to be, or why it cannot be sent; `currency` is the marketplace's."""
    if isinstance(candidate.offer, Hold) and candidate.listed is None and not candidate.is_parent:
        return [candidate.offer]
    family: Family | None = None
    if candidate.kin is not None and kind.requirements == LISTING:
        told = family_of(candidate.kin, terms.form, terms.lines, candidate.item, kind.product_type)
        if isinstance(told, Hold):
            return [told]
        family = told
    rendered = filled_in(terms.form, terms.lines, candidate.item, _setting(candidate, kind, terms, currency, family))
    is_parent = family is not None and candidate.is_parent
    dropped = left_out_of_parent(rendered.attributes, family.theme) if family and is_parent else frozenset[str]()
    attributes: dict[str, Any] = {name: value for name, value in rendered.attributes.items() if name not in dropped}
    if AVAILABILITY in attributes:
        attributes[AVAILABILITY] = [_counted(entry) for entry in attributes[AVAILABILITY]]
    if holds := _held(candidate, kind, terms, rendered, attributes, dropped):
        return holds
    notes = tuple(
        f"{terms.titles.get(fault.attribute, fault.attribute)}: {fault.message}"
        for fault in rendered.faults
        if not fault.is_blocking and fault.attribute.partition(".")[0] not in dropped
    )
    return Wanted(candidate.sku, kind.product_type, kind.requirements, attributes, kind.asin, is_parent, notes)


def _setting(candidate: Candidate, kind: Kind, terms: Terms, currency: str, family: Family | None) -> Setting:
    offer = candidate.offer if isinstance(candidate.offer, Offered) else None
    return Setting(
        terms.form.place(),
        currency,
        price=offer.price if offer else None,
        quantity=offer.quantity if offer else None,
        node=candidate.mapped.node if candidate.mapped else "",
        family=family,
        asin=kind.asin,
    )


def _counted(entry: Any) -> Any:
    """An entry of the availability; what Amazon ships it counts itself."""
    if entry.get("fulfillment_channel_code", MERCHANT) == MERCHANT:
        return entry
    return {name: value for name, value in entry.items() if name != "quantity"}


def _held(
    candidate: Candidate,
    kind: Kind,
    terms: Terms,
    rendered: Rendered,
    attributes: Mapping[str, Any],
    dropped: frozenset[str],
) -> list[Hold]:
    """What the gate says. A fault of what is not sent keeps nothing."""
    faults = [fault for fault in rendered.faults if fault.attribute.partition(".")[0] not in dropped]
    violations = terms.violations(attributes)
    return attributes_held(
        candidate.side.channel, candidate.side.product, kind.product_type, faults, violations, terms.titles
    )
