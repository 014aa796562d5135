"""A SKU that a seller has written to: what it is now, and what it showed until a write is visible."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.amazon.issues import Noted
from sandbox.amazon.patching import AVAILABILITY, Attributes, Entry, of_place
from sandbox.world.category import CATEGORIES, category_of
from sandbox.world.listing import MERCHANT_CHANNEL, Listing
from sandbox.world.marketplaces import Marketplace
from sandbox.world.product import Family

OFFER = "purchasable_offer"


@dataclass(frozen=True)
class Version:
    """What a SKU is after one write.

    visible  when it shows
    stock    fulfilment channel → units, one number for all marketplaces; None where they are Amazon's
    places   marketplaces that it is listed in
    known    marketplaces whose attributes these are; of the others those of the world hold
    active   whether it may be sold, whatever else holds
    """

    visible: datetime
    product_type: str
    attributes: Attributes
    stock: Mapping[str, int | None]
    places: frozenset[str]
    known: frozenset[str]
    active: bool = True


@dataclass
class Written:
    """One SKU of one seller.

    buyable    when a new listing has its ASIN, and can be bought
    changed    when what is there was asked for, by the clock of whoever asked
    base       what the world has of it, for what attributes do not tell
    """

    seller_id: str
    sku: str
    asin: str
    created: datetime
    updated: datetime
    buyable: datetime
    versions: list[Version]
    notes: list[Noted] = field(default_factory=list)
    changed: datetime | None = None
    base: Listing | None = None

    @property
    def last(self) -> Version:
        """What it is, whether it shows or not."""
        return self.versions[-1]

    def write(self, version: Version, touched: Collection[str], now: datetime) -> None:
        """The next version; what was wrong with the attributes that are new is forgotten."""
        waiting = [one for one in self.versions if one.visible > now]
        self.versions = [*self.versions[: len(self.versions) - len(waiting)][-1:], *waiting, version]
        self.notes = [one for one in self.notes if not set(one.names) & set(touched)]

    def learn(self, told: Attributes, places: frozenset[str]) -> None:
        """Take over attributes that the world has of marketplaces."""
        self.versions = [
            replace(
                one,
                attributes=_joined(one.attributes, told),
                known=one.known | places,
            )
            for one in self.versions
        ]

    def shown(self, now: datetime) -> Version | None:
        """What it shows; None: it is not there."""
        visible = [one for one in self.versions if one.visible <= now]
        return visible[-1] if visible and visible[-1].places else None

    def listing(self, place: Marketplace, now: datetime) -> Listing | None:
        """As a listing of a marketplace; None where it is not listed."""
        version = self.shown(now)
        if version is None or place.marketplace_id not in version.places:
            return None
        told = of_place(version.attributes, place.marketplace_id)
        channel = next(iter(version.stock), MERCHANT_CHANNEL)
        availability = next((one for one in told.get(AVAILABILITY, ())), {})
        return Listing(
            sku=self.sku,
            asin=self.asin,
            title=str(first(told, "item_name") or (self.base.title if self.base else "")),
            marketplace=place,
            product_type=version.product_type,
            channel=channel,
            price=price(told) or Decimal(0),
            quantity=version.stock.get(channel) or 0,
            handling_days=int(availability.get("lead_time_to_ship_max_days") or 0),
            active=version.active and not self._is_stopped(place.marketplace_id, now),
            category_id=self._category(told, version.product_type, place),
            family=self._family(told),
        )

    def over(self, one: Listing, version: Version, now: datetime) -> Listing:
        """A listing of the world with what holds for all marketplaces."""
        channel = next(iter(version.stock), MERCHANT_CHANNEL)
        active = version.active and not self._is_stopped(one.marketplace.marketplace_id, now)
        return replace(one, channel=channel, quantity=version.stock.get(channel) or 0, active=active)

    def _is_stopped(self, place: str, now: datetime) -> bool:
        return any(one.holds(place, now) and one.stops_sale(now) for one in self.notes)

    def _category(self, told: Attributes, product_type: str, place: Marketplace) -> int:
        found = category_of(place, str(first(told, "recommended_browse_nodes") or ""))
        if found is not None:
            return found
        if self.base is not None:
            return self.base.category_id
        typed = (one.category_id for one in CATEGORIES.values() if one.product_type == product_type)
        return next(typed, 10)

    def _family(self, told: Attributes) -> Family | None:
        theme = str(first(told, "variation_theme", "name") or "").lower()
        if not theme:
            return None
        names = tuple(theme.split("/"))
        if first(told, "parentage_level") == "parent":
            return Family(self.sku, names)
        parent = first(told, "child_parent_sku_relationship", "parent_sku")
        values = tuple((name, str(first(told, name) or "")) for name in names)
        return Family(str(parent), names, values) if parent else None

    def overwrite(self, now: datetime, changes: Mapping[str, Any]) -> None:
        """Somebody changes it in Seller Central, or Amazon does: `title`, `price`, `quantity`, `active`, `gone`, …"""
        version = self.last
        attributes = dict(version.attributes)
        if "title" in changes:
            attributes["item_name"] = [{**one, "value": changes["title"]} for one in attributes.get("item_name", ())]
        if "price" in changes:
            amount = float(Decimal(str(changes["price"])))
            attributes[OFFER] = [_priced(one, amount) for one in attributes.get(OFFER, ())]
        stock = dict(version.stock)
        if "quantity" in changes:
            stock = {channel: None if units is None else int(changes["quantity"]) for channel, units in stock.items()}
        if "channel" in changes:
            units = next(iter(stock.values()), None)
            stock = {changes["channel"]: (units or 0) if changes["channel"] == MERCHANT_CHANNEL else None}
        self.versions.append(
            replace(
                version,
                visible=now,
                attributes=attributes,
                stock=stock,
                product_type=changes.get("product_type", version.product_type),
                active=changes.get("active", version.active),
                places=frozenset() if changes.get("gone") else version.places,
            )
        )


def price(told: Attributes) -> Decimal | None:
    """What everybody pays."""
    found = next((one for one in told.get(OFFER, ()) if one.get("audience", "ALL") == "ALL"), None)
    return amount(found, "our_price") if found is not None else None


def amount(offer: Entry, name: str) -> Decimal | None:
    """A price of an offer; Amazon nests it."""
    try:
        return Decimal(str(offer[name][0]["schedule"][0]["value_with_tax"]))
    except (KeyError, IndexError, TypeError):
        return None


def first(told: Attributes, name: str, key: str = "value") -> Any:
    """The first value of an attribute."""
    entries: Sequence[Entry] = told.get(name, ())
    return entries[0].get(key) if entries else None


def _joined(first: Attributes, second: Attributes) -> Attributes:
    found = {name: list(entries) for name, entries in first.items()}
    for name, entries in second.items():
        known = found.setdefault(name, [])
        known += [entry for entry in entries if entry not in known]
    return found


def _priced(offer: Entry, amount: float) -> Entry:
    if offer.get("audience", "ALL") != "ALL":
        return offer
    return {**offer, "our_price": [{"schedule": [{"value_with_tax": amount}]}]}
