"""Judges what a seller lists at Amazon against what the store has, and how it was sent there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import PurePosixPath
from typing import Any

from sandbox.amazon.access import Account
from sandbox.amazon.journal import Entry
from sandbox.amazon.listing_book import IDENTIFIER
from sandbox.amazon.patching import AVAILABILITY, Attributes
from sandbox.amazon.state import Amazon
from sandbox.amazon.submission import ACCEPTED, PATCH, PUT
from sandbox.amazon.written import first
from sandbox.store.model import StoreProduct
from sandbox.store.state import Store
from sandbox.world.category import CATEGORIES
from sandbox.world.fresh import Fresh
from sandbox.world.listing import MERCHANT_CHANNEL, Listing
from sandbox.world.marketplaces import Marketplace

_CENT = Decimal("0.01")


_COUNTRY = "Country of origin"


@dataclass
class ListingAudit:
    """The verdict. `ok` is True when all listings are exact and nothing was sent that should not have been."""

    ok: bool = False
    expected: int = 0
    exact: int = 0
    """SKUs that are listed as they should be."""
    missing: list[str] = field(default_factory=list)
    """SKUs that are not listed."""
    stray: list[str] = field(default_factory=list)
    """SKUs that were made at Amazon and are none of the store's, nor a parent of some that are."""
    wrong: list[tuple[str, str]] = field(default_factory=list)
    """SKU and what is wrong with its listing."""
    sent_twice: list[tuple[str, str]] = field(default_factory=list)
    """SKU and the route by which it was sent what it had been sent before."""
    to_amazons_stock: list[tuple[str, str]] = field(default_factory=list)
    """SKU and the route by which units were written to a channel of Amazon's, or beside it."""
    by_drafts: list[tuple[str, str]] = field(default_factory=list)
    """SKU and the route of writes, no previews, by an application in draft."""
    to_nothing: list[tuple[str, str]] = field(default_factory=list)
    """SKU and the route of patches of what is not listed."""
    lost: list[tuple[str, str]] = field(default_factory=list)
    """SKU and what a write took away without being asked to: prices of other audiences, handling days …"""
    overtaken: int = 0
    """Submissions that found what they wanted there, or newer: they were asked for before it."""
    needless: int = 0
    """Submissions of what Amazon had already, though nobody had sent it."""
    routes: dict[str, int] = field(default_factory=dict)
    """How many were accepted by each route."""


def expected_listings(
    store: Store,
    fresh: Sequence[Fresh],
    *,
    skus: Sequence[str] | None = None,
    price_factor: str | float = 1,
    buffer: int = 0,
    most: int | None = None,
) -> dict[str, dict[str, Any]]:
    """What products of the store have to be at Amazon, by SKU.

    `skus`, or the fresh ones without a flaw that the store still has. Of these is known what they have at the start;
    of all others what the store has of them: name, price, amount, category. `buffer` pieces are held back, and no more
    than `most` are offered.
    """
    known = {one.product.sku: one for one in fresh}
    wanted = set(skus) if skus is not None else {sku for sku, one in known.items() if not one.flaw}
    found = {product.product_code: product for product in list(store.products.values())}
    return {
        sku: _expected(store, found[sku], known.get(sku), Decimal(str(price_factor)), buffer, most)
        for sku in sorted(wanted & found.keys())
    }


def _expected(
    store: Store, product: StoreProduct, fresh: Fresh | None, factor: Decimal, buffer: int, most: int | None
) -> dict[str, Any]:
    quantity = max(product.amount - buffer, 0) if product.status == "A" else 0
    asked: dict[str, Any] = {
        "price": str((product.price * factor).quantize(_CENT, ROUND_HALF_UP)),
        "quantity": quantity if most is None else min(quantity, most),
        "title": product.product,
        "product_type": CATEGORIES[product.category_ids[0]].product_type,
    }
    if fresh is None:
        return asked
    asked |= {"brand": fresh.brand, "country_of_origin": _country(store, product, fresh), "identifier": fresh.number}
    if product.images:
        asked["image"] = PurePosixPath(product.images[0].address).name
    return asked | ({"asin": fresh.product.asin} if fresh.product.asin else {})


def _country(store: Store, product: StoreProduct, fresh: Fresh) -> str:
    """As the store has it now: the first of a family gives the others its own whenever somebody edits it."""
    for feature in list(store.features.values()):
        if feature.description == _COUNTRY and (chosen := product.features.get(feature.feature_id)):
            return feature.variants[chosen[0]] if isinstance(chosen, list) else chosen
    return fresh.country


def audit_listings(
    amazon: Amazon, store: Store, account: Account, place: Marketplace, wanted: Mapping[str, Mapping[str, Any]]
) -> ListingAudit:
    """Compare the listings of a marketplace with what they were to become, by SKU.

    Of each are judged the keys that it has: `price`, `quantity`, `product_type`, `title`, `brand`,
    `country_of_origin`, `identifier`, `image` (the file's name), `asin`. An offer on an item that the catalogue has
    needs nothing of its content.
    """
    result = ListingAudit(expected=len(wanted))
    for sku, asked in wanted.items():
        one = amazon.listings.listing(account, sku, place)
        if one is None:
            result.missing.append(sku)
            continue
        faults = list(_faults(one, amazon.listings.attributes(account, one), _stock(amazon, account, one), asked))
        result.wrong += [(sku, fault) for fault in faults]
        result.exact += not faults
    entries = amazon.journal.entries(account.seller_id)
    _judge_sending(result, entries)
    codes = {product.product_code for product in list(store.products.values())}
    result.stray = sorted(_stray(amazon, account, place, entries, codes | wanted.keys()))
    bad = (result.missing, result.stray, result.wrong, result.sent_twice)
    worse = (result.to_amazons_stock, result.by_drafts, result.to_nothing, result.lost)
    result.ok = not any((*bad, *worse))
    return result


def _stock(amazon: Amazon, account: Account, one: Listing) -> Mapping[str, int | None]:
    written = amazon.listings.written(account, one.sku)
    version = written.shown(amazon.clock.now()) if written else None
    return version.stock if version else {one.channel: one.quantity if one.by_merchant else None}


def _faults(one: Listing, told: Attributes, stock: Mapping[str, int | None], asked: Mapping[str, Any]) -> Iterator[str]:
    compared: dict[str, Any] = {"price": one.price, "product_type": one.product_type, "asin": one.asin}
    if one.by_merchant:
        compared["quantity"] = stock.get(MERCHANT_CHANNEL)
    if "item_name" in told:
        title = [str(first(told, name) or "") for name in ("item_name", "title_differentiation")]
        number, image = first(told, IDENTIFIER), first(told, "main_product_image_locator", "media_location")
        compared |= {
            "title": _letters(" ".join(title)),
            "brand": first(told, "brand"),
            "country_of_origin": first(told, "country_of_origin"),
            "identifier": number if number is not None else asked.get("identifier"),
            "image": PurePosixPath(str(image)).name,
        }
    for name in asked.keys() & compared.keys():
        wanted = _READ[name](asked[name]) if name in _READ else asked[name]
        if compared[name] != wanted:
            yield f"{name} is {compared[name]!r}, expected {wanted!r}"
    channels = {str(entry.get("fulfillment_channel_code")) for entry in told.get(AVAILABILITY, ())}
    if len(channels) > 1:
        yield f"it has several channels: {', '.join(sorted(channels))}"


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


_READ: dict[str, Callable[[Any], Any]] = {"price": lambda value: Decimal(str(value)), "title": _letters}
"""How what is expected is read before it is compared."""


def _judge_sending(result: ListingAudit, entries: Sequence[Entry]) -> None:
    sent: dict[str, set[str]] = {}
    real = [one for one in entries if not one.preview]
    result.by_drafts = [(one.sku, one.route) for one in real if one.draft]
    result.to_amazons_stock = [(one.sku, one.route) for one in real if one.fba]
    accepted = [one for one in real if one.status == ACCEPTED]
    result.lost = [(one.sku, what) for one in accepted for what in one.lost]
    result.routes = dict(Counter(one.route for one in accepted))
    for one in accepted:
        before = sent.setdefault(one.sku, set())
        if one.dropped:
            continue
        if one.missed and one.kind == PATCH:
            result.to_nothing.append((one.sku, one.route))
        elif one.stale:
            result.overtaken += 1
        elif not one.changed and one.fingerprint in before:
            result.sent_twice.append((one.sku, one.route))
        elif not one.changed:
            result.needless += 1
        before.add(one.fingerprint)


def _stray(
    amazon: Amazon, account: Account, place: Marketplace, entries: Sequence[Entry], known: Set[str]
) -> Iterator[str]:
    """SKUs that were made by a submission; parents of what is known may be there besides."""
    for sku in {one.sku for one in entries if one.kind == PUT and one.status == ACCEPTED and not one.preview}:
        one = amazon.listings.listing(account, sku, place)
        if one is None or sku in known or amazon.assortment.by_sku(sku) is not None:
            continue
        children = amazon.listings.children(account, sku, place) if one.is_parent else []
        if known.isdisjoint(children):
            yield sku
