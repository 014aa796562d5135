"""By which calls the orders of a range are read soonest, and how long that takes.

Two ways lead to them. Pages: searchOrders brings a hundred whole orders at once, but every page beyond those saved up
takes three minutes. Reports: of each thirty days one report names all orders of the account, whatever the number;
what is still to be acted on is searched for, and what is to be whole is then read by searchOrders and getOrder side by
side, each with its own quota. What the store gets is written meanwhile, so it takes time of its own only where it is
slower than Amazon's quotas, and for what is read last. Sources: usage plans of the official models; reports by "Report
type values".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from core.state import State

PAGE = 100
"""Orders of one searchOrders."""
WINDOW = timedelta(days=30)
"""The longest stretch of one report."""
GENERATION = 300.0
"""Seconds in which Amazon is expected to make a report; it publishes no time, and minutes are usual."""
READING = 1.0
"""Seconds in which a report is downloaded and stored."""
SLICE = 50
"""Orders read whole that are brought into the store together."""
SEARCH, GET = "searchOrders", "getOrder"
CREATE, LIST, LOOK, ADDRESS = "createReport", "getReports", "getReport", "getReportDocument"
OPERATIONS = (SEARCH, GET, CREATE, LIST, LOOK, ADDRESS)

Route = Literal["pages", "reports"]
PAGES: Route = "pages"
REPORTS: Route = "reports"

Limit = Literal["amazon", "store"]
AMAZON: Limit = "amazon"
STORE: Limit = "store"

_LAST = "Bring the last orders into the store"
_SLOWER = "Bring orders into the store, which takes longer than reading them"


@dataclass(frozen=True)
class Quota:
    """What an operation has left: calls at hand, and calls per second."""

    at_hand: float
    rate: float

    def seconds(self, calls: float) -> float:
        """How long so many calls take, without what the network takes."""
        return max(0.0, math.ceil(calls) - max(math.floor(self.at_hand), 0)) / self.rate

    def calls(self, seconds: float) -> float:
        """How many calls there can be in that time."""
        return max(math.floor(self.at_hand), 0) + self.rate * seconds


@dataclass(frozen=True)
class Amount:
    """How many orders are expected.

    orders    of the marketplace in the range
    open      of those that are still to be acted on
    whole     that are to be read whole, from their reports on: those that the store gets, less the open ones
    counted   the reports have told; otherwise it is a guess from what is known
    unknown   nothing is known: there may be far fewer
    stored    that the store is expected to get
    writing   seconds that each of those takes there
    """

    orders: int = 0
    open: int = 0
    whole: int = 0
    counted: bool = False
    unknown: bool = False
    stored: int = 0
    writing: float = 0.0


@dataclass(frozen=True)
class Step:
    """One part of the work; `calls` by operation, `seconds` of expected time."""

    what: str
    start: datetime
    end: datetime
    calls: Mapping[str, int]
    seconds: float


@dataclass(frozen=True)
class BackfillPlan(State):
    """The steps in their order."""

    route: Route = PAGES
    steps: tuple[Step, ...] = ()
    amount: Amount = field(default_factory=Amount)

    @property
    def seconds(self) -> float:
        """Expected time of the whole."""
        return sum(step.seconds for step in self.steps)

    @property
    def calls(self) -> dict[str, int]:
        """By operation."""
        found: dict[str, int] = {}
        for step in self.steps:
            for name, number in step.calls.items():
                found[name] = found.get(name, 0) + number
        return found

    @property
    def reading(self) -> float:
        """Expected time until Amazon has told all."""
        return sum(step.seconds for step in self.steps if step.calls)

    @property
    def limit(self) -> Limit:
        """What sets the pace: Amazon's quotas, or the store, where writing takes longer than reading."""
        return STORE if self.amount.stored * self.amount.writing > self.reading else AMAZON

    def counted(self, amount: Amount, quotas: Mapping[str, Quota]) -> BackfillPlan:
        """The same once the reports have told how many orders there are; the quotas are those of now."""
        start, end = self.steps[0].start, self.steps[-1].end
        rest = (_whole(start, end, amount, quotas[SEARCH], quotas[GET]),) if amount.whole else ()
        return _with_store(REPORTS, (*self.steps[:2], *rest), amount)


def windows(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The stretches of the reports of a range, oldest first, without gaps; the same for the same beginning."""
    found = []
    while start < end:
        found.append((start, min(start + WINDOW, end)))
        start += WINDOW
    return found


def plan(start: datetime, end: datetime, amount: Amount, quotas: Mapping[str, Quota]) -> BackfillPlan:
    """The way by which all is read sooner, however slow the store; with equal times the one of fewer kinds of calls."""
    by_pages, by_reports = pages(start, end, amount, quotas), reports(start, end, amount, quotas)
    return by_pages if by_pages.reading <= by_reports.reading else by_reports


def pages(start: datetime, end: datetime, amount: Amount, quotas: Mapping[str, Quota]) -> BackfillPlan:
    """Everything by searchOrders."""
    calls = _pages(amount.orders)
    step = Step("Read all orders, a page of 100 at a time", start, end, {SEARCH: calls}, quotas[SEARCH].seconds(calls))
    return _with_store(PAGES, (step,), amount)


def reports(start: datetime, end: datetime, amount: Amount, quotas: Mapping[str, Quota]) -> BackfillPlan:
    """What is open by searchOrders, history by reports, and what of it the store gets by both order calls."""
    search = _pages(amount.open)
    count = len(windows(start, end))
    making = GENERATION + max(quotas[CREATE].seconds(count), quotas[ADDRESS].seconds(count)) + READING * count
    made = {CREATE: count, LIST: 1, LOOK: count * _looks(), ADDRESS: count}
    steps = [
        Step("Read open orders", start, end, {SEARCH: search}, quotas[SEARCH].seconds(search)),
        Step("Read Amazon's reports of all orders", start, end, made, making),
    ]
    if amount.whole:
        left = Quota(quotas[SEARCH].at_hand - search + quotas[SEARCH].rate * making, quotas[SEARCH].rate)
        steps.append(_whole(start, end, amount, left, quotas[GET]))
    return _with_store(REPORTS, tuple(steps), amount)


def _with_store(route: Route, reading: tuple[Step, ...], amount: Amount) -> BackfillPlan:
    """The plan of these steps: the store gets what was read while more is read, and what was read last at the end."""
    found = BackfillPlan(route, reading, amount)
    if not amount.stored:
        return found
    last = min(amount.stored, PAGE if route == PAGES else SLICE if amount.whole else 0)
    what = _SLOWER if found.limit == STORE else _LAST
    seconds = max(amount.stored * amount.writing - found.reading, last * amount.writing)
    rest = Step(what, reading[0].start, reading[-1].end, {}, seconds)
    return replace(found, steps=(*reading, rest))


def _whole(start: datetime, end: datetime, amount: Amount, search: Quota, get: Quota) -> Step:
    """Both order calls side by side until all orders are read."""
    count = amount.whole
    # A page of a stretch also has the orders that are not wanted.
    filled = PAGE * min(1.0, count / max(amount.orders, count))
    if count <= math.floor(get.at_hand):
        return Step("Read orders whole", start, end, {GET: count}, get.seconds(count))
    most = get.seconds(count)
    least, longest = 0.0, most
    for _ in range(60):
        middle = (least + longest) / 2
        enough = math.floor(search.calls(middle)) * filled + math.floor(get.calls(middle)) >= count
        least, longest = (least, middle) if enough else (middle, longest)
    pages = min(math.floor(search.calls(longest)), math.ceil(count / filled))
    singly = max(count - math.floor(pages * filled), 0)
    return Step("Read orders whole", start, end, {SEARCH: pages, GET: singly}, longest)


def _pages(orders: int) -> int:
    return max(math.ceil(orders / PAGE), 1)


def _looks() -> int:
    """How often a report is looked at until it is made: after 10 s, then ever less often."""
    looks, age = 0, 0.0
    while age < GENERATION:
        age += min(max(age / 2, 10.0), 120.0)
        looks += 1
    return looks
