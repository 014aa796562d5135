"""Submissions of listings: judged, accepted and carried out, whether they come one by one or in a feed.

ACCEPTED says nothing of what becomes of it: a patch of a SKU that is not there is accepted without issues and does
nothing (issue 4402 of amzn/selling-partner-api-models), and on demand anything accepted may be lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.amazon.attribute_rules import misplaced
from sandbox.amazon.issues import ERROR, GATED, MISSING, WARNING, Issue, Noted, issue
from sandbox.amazon.journal import Entry
from sandbox.amazon.listing_book import ListingBook
from sandbox.amazon.matching import match
from sandbox.amazon.patching import AVAILABILITY, Attributes, of_place, parts_lost, patched, put
from sandbox.amazon.price_rules import price_problems
from sandbox.amazon.state import Amazon
from sandbox.amazon.submission import ACCEPTED, DELETE, INVALID, PATCH, PUT, VALID, Outcome, Patch, Submission
from sandbox.amazon.written import OFFER, Version, Written
from sandbox.faults import LISTING_OPERATION
from sandbox.world.listing import MERCHANT_CHANNEL
from sandbox.world.marketplaces import Marketplace
from sandbox.world.product_schema import OFFER_ATTRIBUTES, OFFER_ONLY, PRODUCT_ONLY

ANY_TYPE = "PRODUCT"
"""The product type of patches and offers that do not name the own one; no content can be of it."""


def submit(amazon: Amazon, wanted: Submission) -> Outcome:
    """Judge a submission, and carry it out unless it is a preview."""
    book = amazon.listings
    with book.lock:
        outcome = _judged(amazon, book, wanted)
        if outcome.status == ACCEPTED:
            outcome = _carried_out(amazon, wanted, outcome)
        amazon.journal.note(_entry(wanted, outcome, amazon.clock.now()))
    return outcome


def _carried_out(amazon: Amazon, wanted: Submission, outcome: Outcome) -> Outcome:
    """What comes of an accepted submission, unless a fault strikes."""
    rule = amazon.faults.take("amazon", LISTING_OPERATION)
    kind = rule.kind if rule else ""
    if kind == "swallowed":
        return replace(outcome, dropped=True)
    if kind == "gated":
        message = "You need an approval to list this product."
        return replace(outcome, status=INVALID, issues=(issue("18742", message, category=GATED),))
    outcome = _done(amazon, wanted, outcome)
    if rule is not None and kind == "late_issue":
        _issue_later(amazon.listings, wanted, rule.seconds)
    if kind == "warned":
        message = "Attributes tagged as relevant are incomplete."
        outcome = replace(outcome, issues=(issue("18448", message, "item_weight", category=MISSING, severity=WARNING),))
    return outcome


def _entry(wanted: Submission, outcome: Outcome, now: datetime) -> Entry:
    return Entry(
        seller_id=wanted.account.seller_id,
        sku=wanted.sku,
        kind=wanted.kind,
        route=wanted.route,
        places=tuple(wanted.place_ids),
        preview=wanted.preview,
        draft=wanted.application.draft,
        status=outcome.status,
        fingerprint=wanted.fingerprint,
        asked=wanted.asked,
        done=now,
        changed=outcome.changed,
        missed=outcome.missed,
        dropped=outcome.dropped,
        stale=outcome.stale,
        lost=outcome.lost,
        fba=wanted.writes_quantity_to_amazon or outcome.second_channel,
    )


def _judged(amazon: Amazon, book: ListingBook, wanted: Submission) -> Outcome:
    good = VALID if wanted.preview else ACCEPTED
    if wanted.kind == DELETE:
        return Outcome(good)
    is_vague = wanted.kind == PUT and wanted.product_type == ANY_TYPE and wanted.requirements != OFFER_ONLY
    if is_vague or wanted.product_type not in amazon.product_types.names:
        return Outcome(INVALID, (issue("4000003", "The Amazon product type specified is invalid or not supported."),))
    if wanted.kind == PATCH:
        issues, asin = _patch_problems(amazon, book, wanted), book.asin(wanted.account, wanted.sku)
    else:
        issues, asin = _put_problems(amazon, book, wanted)
    return Outcome(INVALID if any(one["severity"] == ERROR for one in issues) else good, tuple(issues), asin)


def _put_problems(amazon: Amazon, book: ListingBook, wanted: Submission) -> tuple[list[Issue], str]:
    issues = misplaced(wanted.attributes, wanted.place_ids)
    for place in wanted.places:
        told = of_place(wanted.attributes, place.marketplace_id)
        issues += amazon.rules.problems(
            wanted.product_type, place, told, requirements=wanted.requirements, locale=wanted.locale
        )
        issues += price_problems(told)
    asin, unmatched = match(book, wanted.account, wanted.sku, wanted.attributes, wanted.requirements)
    return _once(issues + unmatched), asin


def _patch_problems(amazon: Amazon, book: ListingBook, wanted: Submission) -> list[Issue]:
    written = book.open(wanted.account, wanted.sku, wanted.places)
    issues = misplaced(_sent(wanted), wanted.place_ids)
    if written is None:
        return issues if wanted.preview else []
    own = written.last.product_type
    if wanted.product_type not in (ANY_TYPE, own):
        message = f"The product type '{wanted.product_type}' is not that of the listing, which is '{own}'."
        return [*issues, issue("8541", message, "product_type")]
    after, touched = _after_patches(amazon, wanted, written), {one.name for one in wanted.patches}
    for place in wanted.places:
        told = of_place(after, place.marketplace_id)
        chosen = {name: told[name] for name in touched & told.keys()}
        issues += amazon.rules.problems(own, place, chosen, enforced=False, locale=wanted.locale)
        issues += price_problems(told)
        issues += _lost(amazon, wanted, own, place, written.last.attributes, told)
    if wanted.writes_quantity_to_amazon:
        issues.append(issue("4000001", "The quantity of an Amazon channel is not the seller's.", AVAILABILITY))
    return _once(issues)


def _once(issues: list[Issue]) -> list[Issue]:
    return [one for number, one in enumerate(issues) if one not in issues[:number]]


def _lost(
    amazon: Amazon, wanted: Submission, kind: str, place: Marketplace, before: Attributes, told: Attributes
) -> list[Issue]:
    """Issues of what was there, is gone, and has to be there."""
    gone = of_place(before, place.marketplace_id).keys() - told.keys()
    missing = amazon.rules.problems(kind, place, told, locale=wanted.locale) if gone else []
    return [one for one in missing if one["code"] == "90220" and gone & set(one["attributeNames"])]


def _sent(wanted: Submission) -> dict[str, list[Mapping[str, Any]]]:
    sent: dict[str, list[Mapping[str, Any]]] = {}
    for one in wanted.patches:
        sent.setdefault(one.name, []).extend(one.value or ())
    return sent


def _after_patches(amazon: Amazon, wanted: Submission, written: Written) -> Attributes:
    attributes = written.last.attributes
    for one in wanted.patches:
        selectors = amazon.rules.selectors(written.last.product_type, wanted.places[0], one.name)
        attributes = patched(attributes, one.operation, one.name, one.value, wanted.place_ids, selectors)
    return attributes


def _done(amazon: Amazon, wanted: Submission, outcome: Outcome) -> Outcome:
    book = amazon.listings
    written = book.open(wanted.account, wanted.sku, wanted.places)
    if wanted.kind == PUT:
        return _put(amazon, wanted, written, outcome)
    if written is None:
        return replace(outcome, missed=True)
    before = written.last
    if wanted.kind == DELETE:
        after = replace(before, places=before.places - set(wanted.place_ids))
        touched: set[str] = set()
    else:
        attributes = _after_patches(amazon, wanted, written)
        stock = dict(before.stock)
        for one in wanted.patches:
            if one.name == AVAILABILITY:
                stock = _stock(stock, one)
        after = replace(before, attributes=attributes, stock=stock)
        touched = {one.name for one in wanted.patches}
    return _written(amazon, wanted, written, after, touched, outcome)


def _put(amazon: Amazon, wanted: Submission, written: Written | None, outcome: Outcome) -> Outcome:
    book, places = amazon.listings, frozenset(wanted.place_ids)
    units = {
        str(one["fulfillment_channel_code"]): one.get("quantity") for one in wanted.attributes.get(AVAILABILITY, ())
    }
    kind = book.product_type(outcome.asin) if wanted.product_type == ANY_TYPE else wanted.product_type
    if written is None:
        every = frozenset(place.marketplace_id for place in wanted.account.marketplaces)
        version = Version(_shows(book), kind, put({}, wanted.attributes, places), units, places, every)
        made = book.create(wanted.account, wanted.sku, outcome.asin, version)
        made.changed = wanted.asked
        return replace(outcome, changed=True)
    before, sent = written.last, wanted.attributes
    # Units of Amazon's stay Amazon's; those of the merchant go with an offer that does not name them.
    stock: dict[str, int | None] = {channel: None for channel, left in before.stock.items() if left is None}
    stock |= units
    if wanted.requirements == PRODUCT_ONLY:
        stock = dict(before.stock)
        sent = {**{name: told for name, told in before.attributes.items() if name in OFFER_ATTRIBUTES}, **sent}
    after = Version(
        before.visible,
        kind,
        put(before.attributes, sent, places),
        stock,
        before.places | places,
        before.known,
    )
    gone = before.attributes.keys() - wanted.attributes.keys()
    return _written(amazon, wanted, written, after, {*wanted.attributes, *gone, "unit_count"}, outcome)


def _stock(stock: Mapping[str, int | None], patch: Patch) -> dict[str, int | None]:
    """The units of a SKU, which all marketplaces share, after a patch of its availability."""
    sent = {str(one.get("fulfillment_channel_code")): one.get("quantity") for one in patch.value or ()}
    if patch.operation == "delete":
        return {channel: units for channel, units in stock.items() if patch.value is not None and channel not in sent}
    kept = {channel: units for channel, units in sent.items() if units is not None or channel not in stock}
    return {**stock, **kept}


def _written(
    amazon: Amazon, wanted: Submission, written: Written, after: Version, touched: set[str], outcome: Outcome
) -> Outcome:
    book, before = amazon.listings, written.last
    changed = replace(after, visible=before.visible) != before
    stale = written.changed is not None and wanted.asked < written.changed
    if changed:
        written.updated = book.clock.now()
        written.write(replace(after, visible=_shows(book)), touched, written.updated)
        written.changed = wanted.asked
    amazons = {channel for channel in after.stock if channel != MERCHANT_CHANNEL}
    second = changed and bool(amazons) and MERCHANT_CHANNEL in after.stock and MERCHANT_CHANNEL not in before.stock
    lost = tuple(_lost_parts(amazon, wanted, before, after)) if touched else ()
    return replace(outcome, changed=changed, stale=stale, lost=lost, second_channel=second)


def _lost_parts(amazon: Amazon, wanted: Submission, before: Version, after: Version) -> Iterator[str]:
    """What nobody has asked to take away."""
    deleted = {one.name for one in wanted.patches if one.operation == "delete"}
    for name in (OFFER, AVAILABILITY):
        selectors = amazon.rules.selectors(before.product_type, wanted.places[0], name)
        lost = parts_lost(before.attributes, after.attributes, name, wanted.place_ids, selectors)
        yield from lost if name not in deleted else ()


def _shows(book: ListingBook) -> datetime:
    return book.clock.now() + timedelta(seconds=book.publishing.show)


def _issue_later(book: ListingBook, wanted: Submission, seconds: float) -> None:
    """Amazon finds something hours after it has accepted."""
    since = book.clock.now() + timedelta(seconds=seconds)
    names = ("main_product_image_locator",)
    message = "We believe the main image has text, logo, graphic or watermark which is not permitted."
    if written := book.open(wanted.account, wanted.sku):
        written.notes.append(Noted("18027", message, since, names=names, categories=("INVALID_IMAGE",)))
