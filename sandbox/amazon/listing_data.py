"""The data sets of a listing, as getListingsItem, searchListingsItems and processing reports show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sandbox.amazon.access import Account
from sandbox.amazon.issues import Issue, unit_count_missing
from sandbox.amazon.listing_book import merged
from sandbox.amazon.state import Amazon
from sandbox.amazon.written import OFFER, Written, amount
from sandbox.world.content import images
from sandbox.world.listing import Listing
from sandbox.world.marketplaces import Marketplace
from sandbox.world.render import iso

DATA_SETS = (
    "summaries",
    "attributes",
    "offers",
    "fulfillmentAvailability",
    "issues",
    "relationships",
    "productTypes",
    "procurement",
)
_PICTURE = "main_product_image_locator"


def shown(
    amazon: Amazon, account: Account, sku: str, places: Sequence[Marketplace], included: Collection[str]
) -> dict[str, Any] | None:
    """One SKU with its listings in the marketplaces asked for; None where it is in none of them."""
    book = amazon.listings
    found = [one for place in places if (one := book.listing(account, sku, place)) is not None]
    if not found:
        return None
    item = _Item(amazon, account, found, book.written(account, sku))
    return {"sku": sku} | {name: item.data_set(name) for name in sorted(included)}


class _Item:
    """The listings of a SKU with what belongs to them."""

    def __init__(self, amazon: Amazon, account: Account, found: Sequence[Listing], written: Written | None) -> None:
        self._amazon = amazon
        self._account = account
        self._found = found
        self._written = written
        self._now = amazon.clock.now()

    def data_set(self, name: str) -> Any:
        """One data set over all marketplaces."""
        if name == "attributes":
            return merged([self._attributes(one) for one in self._found])
        if name == "fulfillmentAvailability":
            return self._availability()
        if name == "issues":
            return self._issues()
        if name == "procurement":
            return []
        of_place = {
            "summaries": self._summaries,
            "offers": self._offers,
            "relationships": self._relationships,
            "productTypes": self._types,
        }[name]
        return [entry for one in self._found for entry in of_place(one)]

    def _attributes(self, one: Listing) -> dict[str, list[Any]]:
        return {name: list(told) for name, told in self._amazon.listings.attributes(self._account, one).items()}

    def _summaries(self, one: Listing) -> list[dict[str, Any]]:
        created, updated = self._amazon.listings.times(self._account, one.sku)
        summary: dict[str, Any] = {
            "marketplaceId": one.marketplace.marketplace_id,
            "productType": one.product_type,
            "conditionType": "new_new",
            "status": self._status(one),
            "itemName": one.title,
            "createdDate": iso(created),
            "lastUpdatedDate": iso(updated),
        }
        if self._is_published:
            summary["asin"] = one.asin
        if picture := self._picture(one):
            summary["mainImage"] = {"link": picture, "height": 1500, "width": 1500}
        return [summary]

    @property
    def _is_published(self) -> bool:
        return self._written is None or self._now >= self._written.buyable

    def _status(self, one: Listing) -> list[str]:
        if not self._is_published:
            return []
        suspended = one.marketplace.marketplace_id in self._account.suspended
        offered = not one.is_parent and (one.quantity > 0 or not one.by_merchant) and one.price > 0
        return ["BUYABLE", "DISCOVERABLE"] if one.active and offered and not suspended else ["DISCOVERABLE"]

    def _picture(self, one: Listing) -> str:
        told: Sequence[Mapping[str, Any]] = self._attributes(one).get(_PICTURE, ())
        return str(told[0]["media_location"]) if told else images(one)[0] if self._written is None else ""

    def _offers(self, one: Listing) -> list[dict[str, Any]]:
        if one.is_parent:
            return []
        return [self._offer(one, told) for told in self._attributes(one).get(OFFER, ()) if amount(told, "our_price")]

    def _offer(self, one: Listing, told: Mapping[str, Any]) -> dict[str, Any]:
        business = told.get("audience") == "B2B"
        # The world's own amounts keep the decimals of their money.
        price = amount(told, "our_price") if business else one.price
        return {
            "marketplaceId": one.marketplace.marketplace_id,
            "offerType": "B2B" if business else "B2C",
            "price": {"amount": str(price), "currencyCode": one.marketplace.currency},
            "audience": {"value": "B2B", "displayName": "Amazon Business"}
            if business
            else {"value": "ALL", "displayName": "Sell on Amazon"},
        }

    def _availability(self) -> list[dict[str, Any]]:
        """One number for all marketplaces of the seller, whatever the attributes of some still say."""
        one = self._found[0]
        if one.is_parent:
            return []
        version = self._written.shown(self._now) if self._written else None
        own = {one.channel: one.quantity if one.by_merchant else None}
        stock = version.stock if version else own
        return [
            {"fulfillmentChannelCode": channel} | ({} if units is None else {"quantity": units})
            for channel, units in stock.items()
        ]

    def _issues(self) -> list[Issue]:
        places = [one.marketplace.marketplace_id for one in self._found]
        if self._written is not None:
            return [
                noted.shown(holding, self._now)
                for noted in self._written.notes
                if (holding := [place for place in places if noted.holds(place, self._now)])
            ]
        broken = not self._found[0].active and not self._found[0].is_parent
        since = self._amazon.world.orders_from
        return [unit_count_missing(since).shown(places, self._now)] if broken else []

    def _relationships(self, one: Listing) -> list[dict[str, Any]]:
        """Of each marketplace one entry, with none in it where there are none."""
        told: list[dict[str, Any]] = []
        if one.family is not None:
            names = one.family.theme
            kin: dict[str, Any] = {
                "type": "VARIATION",
                "variationTheme": {"attributes": list(names), "theme": "/".join(names).upper()},
            }
            if one.is_parent:
                kin["childSkus"] = self._amazon.listings.children(self._account, one.sku, one.marketplace)
            else:
                kin["parentSkus"] = [one.family.parent]
            told.append(kin)
        return [{"marketplaceId": one.marketplace.marketplace_id, "relationships": told}]

    def _types(self, one: Listing) -> list[dict[str, Any]]:
        return [{"marketplaceId": one.marketplace.marketplace_id, "productType": one.product_type}]
