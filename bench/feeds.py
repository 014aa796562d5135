"""Feeds of listings: how fast messages are built and checked, and a run over all offers of a large seller.

The run is planned at the pace of the published quotas; its documents are built one after the other and its reports
read, as if Amazon had taken each. What feeds take of real time is Amazon's.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

from bench.measure import Result, peak_memory, taking
from core.amazon.feeds import LISTINGS_PLAN
from core.amazon.operations import CREATE_FEED, PATCH_LISTING
from core.submissions.document import MOST_MESSAGES, FeedDocument
from core.submissions.message import ANY_TYPE, LISTING, Message, Patch
from core.submissions.report import items, judged
from core.submissions.route import Allowance, Bucket, plan_run

OFFERS = 700_000
LEAST, MOST_MEMORY, FEEDS = 300.0, 300.0, 28.0
"""Messages per second, MB, and feeds for all offers."""
_PLACE = {"marketplace_id": "A1PA6795UKMFR9"}


def run(orders: int) -> list[Result]:
    """Build listings, then plan and simulate the whole run."""
    return [_listings(orders), *_run()]


def _listings(count: int) -> Result:
    with taking() as taken:
        document = FeedDocument("A3SELLER")
        for number in range(1, count + 1):
            if not document.add(number, _listing(number)):
                document.close()
                document = FeedDocument("A3SELLER")
                document.add(number, _listing(number))
        document.close()
    return Result(
        "listings built and checked for feeds", count / taken.cpu, "per s CPU", LEAST, "the goal is the least"
    )


def _run() -> Iterator[Result]:
    full = Allowance(Bucket.full(PATCH_LISTING.plan), Bucket.full(LISTINGS_PLAN), Bucket.full(CREATE_FEED.plan))
    planned = plan_run(OFFERS, MOST_MESSAGES, full)
    told = ", ".join(f"{count} {name}" for name, count in planned.calls.items())
    yield Result(f"feeds for {OFFERS:,} offers", planned.feeds, "feeds", FEEDS, told)
    yield Result("until the last of them is with Amazon", planned.seconds / 60, "min", None, "by the quotas alone")
    with taking() as taken:
        joined = sum(_feed(start) for start in range(1, OFFERS + 1, MOST_MESSAGES))
    is_right = "every message joined" if joined == OFFERS else f"NOT AS EXPECTED: {joined:,} joined"
    yield Result("offers built, checked and joined", OFFERS / taken.cpu, "per s CPU", LEAST, is_right)
    yield Result("memory of the run", peak_memory(), "MB", MOST_MEMORY, "the goal is the most")


def _feed(start: int) -> int:
    """One feed of offers and its report; gives the messages that the report speaks of."""
    document = FeedDocument("A3SELLER", ("offers",))
    numbers = range(start, min(start + MOST_MESSAGES, OFFERS + 1))
    if not all(document.add(number, _offer(number)) for number in numbers):
        return 0
    document.finished()
    document.close()
    shown = [{"sku": f"SKU-{number}", "offers": [_PLACE]} for number in numbers]
    told = {"issues": [], "summary": {"messagesProcessed": len(numbers)}, "items": shown}
    report = io.BytesIO(json.dumps(told).encode())
    del shown, told
    if not judged(report).is_whole:
        return 0
    report.seek(0)
    return sum(1 for _ in items(report))


def _offer(number: int) -> Message:
    price = {**_PLACE, "currency": "EUR", "our_price": [{"schedule": [{"value_with_tax": number % 10_000 / 100}]}]}
    units = {"fulfillment_channel_code": "DEFAULT", "quantity": number % 100 + 1}
    patches = (Patch("replace", "purchasable_offer", (price,)), Patch("replace", "fulfillment_availability", (units,)))
    return Message(f"SKU-{number}", ANY_TYPE, patches=patches)


def _listing(number: int) -> Message:
    words = {"language_tag": "de_DE", **_PLACE}
    attributes = {f"attribute_{count}": [{"value": f"Wert {number} " * 8, **words}] for count in range(20)}
    return Message(f"SKU-{number}", "KITCHEN", attributes, LISTING)
