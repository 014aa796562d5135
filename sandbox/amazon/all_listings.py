"""The report of all listings of a marketplace."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.amazon.access import Account
from sandbox.amazon.report_types import Wanted, report_type
from sandbox.amazon.state import Amazon
from sandbox.world.listing import Listing


@report_type("GET_MERCHANT_LISTINGS_ALL_DATA", lambda amazon: amazon.report_form.content_type)
def _listings(amazon: Amazon, wanted: Wanted) -> Iterator[str]:
    """Everything that is listed; of several marketplaces only the first counts."""
    amazon.settle(wanted.account)
    place = next(one for one in wanted.account.marketplaces if one.marketplace_id == wanted.places[0])
    listings = enumerate(amazon.listings.published(wanted.account, place), 1)
    return amazon.report_form.written(_row(amazon, wanted.account, number, one) for number, one in listings)


def _row(amazon: Amazon, account: Account, number: int, one: Listing) -> str:
    form = amazon.report_form
    is_offered = one.quantity > 0 or not one.by_merchant
    active = one.active and is_offered and one.marketplace.marketplace_id not in account.suspended
    return form.row(
        {
            "item-name": one.title,
            "listing-id": f"1{number:07d}",
            "seller-sku": one.sku,
            "price": "" if one.is_parent else str(one.price),
            "quantity": str(one.quantity) if one.by_merchant and not one.is_parent else "",
            "open-date": amazon.world.orders_from.strftime("%d/%m/%Y %H:%M:%S UTC"),
            "item-is-marketplace": "y",
            "product-id-type": "1",
            "asin1": one.asin,
            "product-id": one.asin,
            "fulfillment-channel": one.channel,
            "status": form.status("Active" if active and not one.is_parent else "Inactive"),
        }
    )
