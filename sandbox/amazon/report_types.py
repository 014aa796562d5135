"""What reports contain, by their type.

A type is a line of `REPORT_TYPES`: whoever builds more of the world adds theirs with `report_type`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.amazon.access import Account
from sandbox.amazon.applications import LISTINGS_ROLE, ORDERS_ROLE
from sandbox.amazon.state import Amazon
from sandbox.world.listing import MERCHANT_CHANNEL, build_listings


@dataclass(frozen=True)
class Wanted:
    """What was asked for, checked as far as it is the same for all types."""

    account: Account
    places: tuple[str, ...]
    options: Mapping[str, str]
    start: datetime | None = None
    end: datetime | None = None


Content = Callable[[Amazon, Wanted], Iterable[str]]
"""Makes the text, piece by piece; none at all: there is no data, and the report is cancelled."""


@dataclass(frozen=True)
class ReportType:
    """`roles`: any one of them opens it."""

    content: Content
    roles: frozenset[str] = frozenset((LISTINGS_ROLE, ORDERS_ROLE))
    content_type: str = "text/plain;charset=UTF-8"


REPORT_TYPES: dict[str, ReportType] = {}


def report_type(name: str, content_type: str = "text/plain;charset=UTF-8") -> Callable[[Content], Content]:
    """Register what a type of report contains."""

    def register(content: Content) -> Content:
        REPORT_TYPES[name] = ReportType(content, content_type=content_type)
        return content

    return register


_LISTING_COLUMNS = (
    "item-name",
    "item-description",
    "listing-id",
    "seller-sku",
    "price",
    "quantity",
    "open-date",
    "asin1",
    "product-id-type",
    "product-id",
    "fulfillment-channel",
    "status",
)


@report_type("GET_MERCHANT_LISTINGS_ALL_DATA", "text/plain;charset=Cp1252")
def _listings(amazon: Amazon, wanted: Wanted) -> Iterator[str]:
    """Every product of the world is listed; of several marketplaces only the first counts."""
    opened = amazon.world.orders_from.strftime("%d/%m/%Y %H:%M:%S UTC")
    place = next(one for one in wanted.account.marketplaces if one.marketplace_id == wanted.places[0])
    suspended = place.marketplace_id in wanted.account.suspended
    yield _row(_LISTING_COLUMNS)
    for number, one in enumerate(build_listings(amazon.world.products, place), 1):
        yield _row(
            (
                one.title,
                "",
                f"1{number:07d}",
                one.sku,
                str(one.price),
                str(one.quantity) if one.channel == MERCHANT_CHANNEL else "",
                opened,
                one.asin,
                "1",
                one.asin,
                one.channel,
                "Active" if one.active and not suspended else "Inactive",
            )
        )


@report_type("GET_SANDBOX_ROWS")
def _rows(_: Amazon, wanted: Wanted) -> Iterator[str]:
    """No report of Amazon's, but one as large as is liked: so many rows of a hundred characters as its option says."""
    for number in range(int(wanted.options.get("rows", "10"))):
        yield f"{number:012d}\t{'x' * 86}\n"


def _row(values: Iterable[str]) -> str:
    """TSV without quotes, as Amazon writes it."""
    return "\t".join(value.replace("\t", " ") for value in values) + "\r\n"
