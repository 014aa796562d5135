"""What searchListingsItems finds: by identifiers or family, times, status and issues; a thousand can be paged."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from sandbox.amazon import asked
from sandbox.amazon.access import Account
from sandbox.amazon.errors import invalid_input
from sandbox.amazon.listing_data import shown
from sandbox.amazon.search import single
from sandbox.amazon.state import Amazon
from sandbox.world.identifier import KINDS
from sandbox.world.marketplaces import Marketplace

PARAMETERS = frozenset(
    [
        "identifiers",
        "identifiersType",
        "variationParentSku",
        "createdAfter",
        "createdBefore",
        "lastUpdatedAfter",
        "lastUpdatedBefore",
        "withIssueSeverity",
        "withStatus",
        "withoutStatus",
        "sortBy",
        "sortOrder",
        "pageSize",
        "pageToken",
    ]
)
MOST = 1000
"""How many of what is found can be paged, whatever the number of results."""
_MOST_IDENTIFIERS = 20
_SORTS = ("sku", "createdDate", "lastUpdatedDate")
_STATES, _SEVERITIES = ("BUYABLE", "DISCOVERABLE"), ("WARNING", "ERROR")

Test = Callable[[Mapping[str, Any]], bool]
"""Whether an item with its summaries and issues is wanted."""


@dataclass(frozen=True)
class Page:
    """SKUs of one page, how many there are in all, and the tokens of the pages beside it."""

    skus: Sequence[str]
    found: int
    pagination: Mapping[str, str]


class Search:
    """One search with its parameters; Refusal for those that cannot be."""

    def __init__(
        self, amazon: Amazon, account: Account, places: Sequence[Marketplace], arguments: MultiDict[str, str]
    ) -> None:
        self._amazon = amazon
        self._account = account
        self._places = places
        self._arguments = arguments
        self._tests = [*self._time_tests(), *self._state_tests()]

    def page(self) -> Page:
        """What is asked for."""
        size, token = self._told("pageSize") or "10", self._told("pageToken") or "0"
        if not re.fullmatch(r"\d{1,2}", size) or not 1 <= int(size) <= 20 or not re.fullmatch(r"\d{1,6}", token):
            raise invalid_input("pageSize is 1 to 20, pageToken that of the page before.")
        skus, start = self._sorted([sku for sku in self._candidates() if self._is_wanted(sku)]), int(token)
        end = start + int(size)
        beside = {"nextToken": str(end)} if end < min(len(skus), MOST) else {}
        if start:
            beside["previousToken"] = str(max(start - int(size), 0))
        return Page(skus[start : min(end, MOST)], len(skus), beside)

    def _told(self, name: str, allowed: Sequence[str] = ()) -> str | None:
        value = single(self._arguments, name)
        if value is not None and allowed and value not in allowed:
            raise invalid_input(f"{name} is one of {', '.join(allowed)}.")
        return value

    def _candidates(self) -> list[str]:
        book, told = self._amazon.listings, self._told("identifiers")
        parent = self._told("variationParentSku")
        if told is not None and parent is not None:
            raise invalid_input("identifiers and variationParentSku cannot be used together.")
        if parent is not None:
            return list(dict.fromkeys(sku for one in self._places for sku in book.children(self._account, parent, one)))
        if told is None:
            return book.skus(self._account)
        values, kind = list(dict.fromkeys(told.split(","))), self._told("identifiersType", ("SKU", "ASIN", *KINDS))
        if kind is None or len(values) > _MOST_IDENTIFIERS:
            raise invalid_input(f"identifiersType is missing, or there are more than {_MOST_IDENTIFIERS} identifiers.")
        if kind == "SKU":
            return values
        asins = set(values) if kind == "ASIN" else {book.asin_of(value) for value in values}
        return [sku for sku in book.skus(self._account) if book.asin(self._account, sku) in asins]

    def _is_wanted(self, sku: str) -> bool:
        if not self._tests:
            book = self._amazon.listings
            return any(book.listing(self._account, sku, place) for place in self._places)
        item = shown(self._amazon, self._account, sku, self._places, ("summaries", "issues"))
        return item is not None and all(test(item) for test in self._tests)

    def _sorted(self, skus: list[str]) -> list[str]:
        """The newest change first, unless something else is wanted."""
        by, ascending = self._told("sortBy", _SORTS) or _SORTS[2], self._told("sortOrder", ("ASC", "DESC")) == "ASC"
        times = {sku: self._amazon.listings.times(self._account, sku) for sku in skus}
        keys: dict[str, Callable[[str], Any]] = {
            "sku": lambda sku: sku,
            "createdDate": lambda sku: (times[sku][0], sku),
            "lastUpdatedDate": lambda sku: (times[sku][1], sku),
        }
        return sorted(skus, key=keys[by], reverse=not ascending)

    def _time_tests(self) -> list[Test]:
        tests: list[Test] = []
        for name, column in (("created", "createdDate"), ("lastUpdated", "lastUpdatedDate")):
            first = asked.moment(self._told(f"{name}After"), f"{name}After")
            last = asked.moment(self._told(f"{name}Before"), f"{name}Before")
            if first is not None or last is not None:
                tests.append(_within(column, first, last))
        return tests

    def _state_tests(self) -> list[Test]:
        tests: list[Test] = []
        if severity := self._told("withIssueSeverity"):
            wanted = _choice("withIssueSeverity", severity, _SEVERITIES)
            tests.append(lambda item: any(one["severity"] in wanted for one in item["issues"]))
        if there := self._told("withStatus"):
            states = _choice("withStatus", there, _STATES)
            tests.append(lambda item: any(states & set(one["status"]) for one in item["summaries"]))
        if absent := self._told("withoutStatus"):
            missing = _choice("withoutStatus", absent, _STATES)
            tests.append(lambda item: any(not missing & set(one["status"]) for one in item["summaries"]))
        return tests


def _choice(name: str, told: str, allowed: Sequence[str]) -> set[str]:
    chosen = set(told.split(","))
    if not chosen <= set(allowed):
        raise invalid_input(f"{name} is some of {', '.join(allowed)}.")
    return chosen


def _within(column: str, first: datetime | None, last: datetime | None) -> Test:
    def test(item: Mapping[str, Any]) -> bool:
        moments = [datetime.fromisoformat(one[column]) for one in item["summaries"]]
        return any((first is None or one >= first) and (last is None or one <= last) for one in moments)

    return test
