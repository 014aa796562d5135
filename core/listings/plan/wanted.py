"""A product as the listing that it is to be: filled in, judged by the gate, and held where it cannot be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.fields.plan.faults import Fault, FaultKind
from core.fields.plan.gate import AttributeIssue, Violation, attribute_issues, holds_of
from core.fields.plan.render import Chosen, Rendered, filled_in, values_of
from core.fields.plan.schema import Form
from core.fields.plan.sources import SourceKind
from core.fields.plan.store_item import Family, Setting
from core.listings.plan import problems
from core.listings.plan.candidate import (
    AVAILABILITY,
    LIST_PRICES,
    ONCE,
    Attributes,
    Candidate,
    Offered,
    Wanted,
    content_of,
)
from core.listings.plan.family import family_of, left_out_of_parent
from core.listings.plan.kind import Kind
from core.listings.plan.merging import is_switched, kept_of
from core.money import Money
from core.offers.plan.price import is_jump
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


def asin_chosen(terms: Terms, candidate: Candidate) -> str:
    """The ASIN that somebody said a product is, by the source of `merchant_suggested_asin`; empty for none."""
    line = next((one for one in terms.lines if one.row.key == ASIN_ROW and not one.is_default), None)
    if line is None:
        return ""
    values = values_of(line.row, line.source, candidate.item, Setting(terms.form.place()))
    return str(values[0]).strip().upper() if values else ""


@dataclass(frozen=True)
class Draft:
    """A listing as a product makes it, whether it can be sent or not."""

    wanted: Wanted
    issues: Sequence[AttributeIssue] = ()
    holds: Sequence[Hold] = ()
    """Why it cannot be sent."""


def listing_of(candidate: Candidate, kind: Kind, terms: Terms, currency: str) -> Wanted | list[Hold]:
    """The listing that a product is to be, or why it cannot be sent; `currency` is the marketplace's."""
    draft = draft_of(candidate, kind, terms, currency)
    if isinstance(draft, Hold):
        return [draft]
    return list(draft.holds) or draft.wanted


def draft_of(candidate: Candidate, kind: Kind, terms: Terms, currency: str) -> Draft | Hold:
    """The same with what is wrong with it; a Hold where nothing can be filled in at all."""
    family: Family | None = None
    if candidate.kin is not None and kind.requirements == LISTING:
        told = family_of(candidate.kin, terms.form, terms.lines, candidate.item, kind.product_type)
        if isinstance(told, Hold):
            return told
        family = told
    rendered = filled_in(terms.form, terms.lines, candidate.item, _setting(candidate, kind, terms, currency, family))
    is_parent = family is not None and candidate.is_parent
    dropped = left_out_of_parent(rendered.attributes, family.theme) if family and is_parent else frozenset[str]()
    attributes: dict[str, Any] = {name: value for name, value in rendered.attributes.items() if name not in dropped}
    if AVAILABILITY in attributes and AVAILABILITY in _there(candidate, terms) and not _says_channel(terms):
        del attributes[AVAILABILITY]  # whoever ships a listing that is there goes on, unless somebody says otherwise
    if _price_jumps(candidate, currency):
        attributes = {name: told for name, told in attributes.items() if name not in LIST_PRICES}
    if AVAILABILITY in attributes:
        attributes[AVAILABILITY] = [_counted(entry) for entry in attributes[AVAILABILITY]]
    issues = _issues(candidate, kind, terms, rendered, attributes, dropped)
    holds = holds_of(candidate.side.channel, candidate.side.product, kind.product_type, issues)
    if isinstance(candidate.offer, Hold) and candidate.listed is None and not candidate.is_parent:
        holds.insert(0, candidate.offer)
    if (hold := _moved_unasked(candidate, terms, kind, attributes)) is not None:
        holds.insert(0, hold)
    notes = tuple(f"{one.title}: {one.message}" for one in issues if not one.is_blocking)
    wanted = Wanted(candidate.sku, kind.product_type, kind.requirements, attributes, kind.asin, is_parent, notes)
    return Draft(wanted, issues, holds)


def said_of(candidate: Candidate, kind: Kind, terms: Terms, currency: str) -> Attributes:
    """What a product alone says of its listing, price and quantity aside; what is wrong with it is not looked for."""
    setting = _setting(candidate, kind, terms, currency, None)
    return content_of(filled_in(terms.form, terms.lines, candidate.item, setting).attributes)


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


def _says_channel(terms: Terms) -> bool:
    """Whether somebody said who ships."""
    return any(line.row.key == CHANNEL_ROW and not line.is_default for line in terms.lines)


def _price_jumps(candidate: Candidate, currency: str) -> bool:
    """Whether a person has yet to let the price go: as a list price it does not go out before."""
    if candidate.listed is None or not isinstance(candidate.offer, Offered):
        return False
    own = Money(candidate.item.price, candidate.item.currency)
    wanted = own if candidate.offer.price is None else Money(candidate.offer.price, currency)
    return is_jump(candidate.listed.price, wanted)


def _moved_unasked(candidate: Candidate, terms: Terms, kind: Kind, attributes: Mapping[str, Any]) -> Hold | None:
    """Why a listing is not moved between merchant and Amazon: nobody has decided so of this one.

    What this program said last it may say otherwise. Where somebody else has decided who ships it, it is taken from
    Amazon only where the product itself says so, and that not before the counts are agreed.
    """
    sent, there = candidate.sent, _there(candidate, terms).get(AVAILABILITY, ())
    wanted = attributes.get(AVAILABILITY, ())
    if (sent is not None and sent.is_partial) or not is_switched(wanted, there):
        return None
    now, then = ({entry.get("fulfillment_channel_code", MERCHANT) for entry in some} for some in (there, wanted))
    if sent is not None and sent.channel_code in now:
        return None
    line = next(line for line in terms.lines if line.row.key == CHANNEL_ROW)
    is_agreed = candidate.is_agreed or (candidate.listed is not None and candidate.listed.is_ours)
    if is_agreed and (MERCHANT not in then or line.source.kind is not SourceKind.CONSTANT):
        return None
    return problems.shipper_differs(sorted(now), sorted(then), kind.product_type, is_agreed=is_agreed)


def _counted(entry: Any) -> Any:
    """An entry of the availability; what Amazon ships it counts itself."""
    if entry.get("fulfillment_channel_code", MERCHANT) == MERCHANT:
        return entry
    return {name: value for name, value in entry.items() if name != "quantity"}


def _issues(
    candidate: Candidate,
    kind: Kind,
    terms: Terms,
    rendered: Rendered,
    attributes: Mapping[str, Any],
    dropped: frozenset[str],
) -> list[AttributeIssue]:
    """What the gate says of what would be sent; what a listing at Amazon has already need not be sent."""
    there = _there(candidate, terms)
    faults = [fault for fault in rendered.faults if not _is_moot(fault, candidate, there, dropped)]
    violations = [
        one
        for one in terms.violations({**there, **attributes})
        if one.is_missing or _root(one.attribute) in attributes or not there
    ]
    return attribute_issues(candidate.side.channel, kind.product_type, faults, violations, terms.form.titles)


def _there(candidate: Candidate, terms: Terms) -> Mapping[str, Any]:
    """What Amazon has of the listing for the channel's marketplace and language; nothing of one that is to be made."""
    if candidate.listed is None:
        return {}
    sent = candidate.sent.attributes if candidate.sent else {}
    place = terms.form.place()
    found = {name: kept_of(entries, place) for name, entries in {**sent, **(candidate.listed.attributes or {})}.items()}
    return {name: entries for name, entries in found.items() if entries}


def _is_moot(fault: Fault, candidate: Candidate, there: Mapping[str, Any], dropped: frozenset[str]) -> bool:
    """Whether a fault is of what is not sent."""
    root = _root(fault.attribute)
    if root in dropped:
        return True
    return candidate.listed is not None and (root in ONCE or (fault.kind is FaultKind.MISSING and root in there))


def _root(name: str) -> str:
    return name.partition(".")[0]
