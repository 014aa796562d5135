"""The lane of a remote: what it starts, and what has to wait, while other calls are under way."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core import clock
from core.errors import ConfigurationError, WaitUntil
from core.jobs.standing import Standing
from core.model.outbox import SENT, UNKNOWN, VERIFIED, WAITING
from core.sync.lane import Lane
from core.sync.outbox import Pending, Tally
from core.sync.pace import Pace

VERIFY_AT_ONCE = 50
PATIENCE = 10.0
"""Real seconds after which a call stops waiting for what does not happen."""


class Shelf:
    """Intents in memory, in place of the outbox."""

    def __init__(self, locks: Sequence[set[str]]) -> None:
        rows = enumerate(locks)
        self.intents = {id: Pending(id, "thing.make", WAITING, frozenset(its), None) for id, its in rows}
        self.looks = 0

    def change(self, intent: int, state: str, not_before: datetime | None = None) -> None:
        self.intents[intent] = replace(self.intents[intent], state=state, not_before=not_before)

    def pending(self, job_id: int) -> list[Pending]:
        self.looks += 1
        return [intent for intent in self.intents.values() if intent.state != VERIFIED]

    def load(self, intents: Sequence[int]) -> list[SimpleNamespace]:
        return [SimpleNamespace(id=intent) for intent in intents]

    def moves(self) -> dict[int, tuple[str, datetime | None]]:
        return {key: (intent.state, intent.not_before) for key, intent in self.intents.items()}

    def tally(self, job_id: int) -> Tally:
        states = [intent.state for intent in self.intents.values()]
        kind = next((intent.kind for intent in self.intents.values()), "")
        return Tally(len(states) - states.count(VERIFIED), states.count(SENT), len(states), kind)


class Delivery:
    """Sends at once; a test says what becomes of single intents."""

    kinds = frozenset({"thing.make"})
    doing = "Making things"
    batch = VERIFY_AT_ONCE
    unusable = None
    back = None

    def ready(self) -> None:
        pass

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.advanced: list[int] = []
        self.read_back = threading.Event()

    def advance(self, intent: SimpleNamespace) -> None:
        self.advanced.append(intent.id)
        self.shelf.change(intent.id, SENT)

    def verify(self, intents: Sequence[int]) -> None:
        for intent in intents:
            self.shelf.change(intent, VERIFIED)
        self.read_back.set()


class Context:
    """A job that is neither cancelled nor stopped."""

    job_id = 1

    def __init__(self) -> None:
        self.steps: list[tuple[str, int]] = []
        self.standing = Standing()

    def check(self) -> None:
        pass

    def state(self, kind: type[Standing]) -> Standing:
        return self.standing

    def keep(self, standing: Standing) -> None:
        self.standing = standing

    def phase(self, verb: str, unit: str) -> None:
        pass

    def progress(self, *, step: str, done: int, total: int) -> None:
        self.steps.append((step, done))

    def wait_until(self, until: datetime, reason: str) -> None:
        raise WaitUntil(until, reason)


def lane(delivery: Delivery, context: Context, at_once: int) -> Lane:
    pace = SimpleNamespace(items=at_once)
    return Lane(cast("Any", context), cast("Any", delivery.shelf), [delivery], cast(Pace, pace), lambda: False)


def test_a_job_tells_its_own_work_in_its_own_words_whichever_sender_comes_first() -> None:
    class Other(Delivery):
        kinds = frozenset({"other.make"})
        doing = "Telling others"

    delivery, context = Delivery(Shelf([set()])), Context()
    pace = cast(Pace, SimpleNamespace(items=1))
    senders = cast("Any", [Other(delivery.shelf), delivery])
    Lane(cast("Any", context), cast("Any", delivery.shelf), senders, pace, lambda: False).run()
    assert {step for step, _ in context.steps} == {"Making things"}


def test_a_job_without_anything_of_its_own_tells_nothing() -> None:
    delivery, context = Delivery(Shelf([])), Context()
    lane(delivery, context, at_once=1).run()
    assert context.steps == []


def test_what_was_sent_is_read_back_while_other_calls_are_under_way() -> None:
    class LastOneHangs(Delivery):
        def advance(self, intent: SimpleNamespace) -> None:
            if intent.id == VERIFY_AT_ONCE:
                assert self.read_back.wait(PATIENCE), "nothing was read back"
            super().advance(intent)

    delivery, context = LastOneHangs(Shelf([set() for _ in range(VERIFY_AT_ONCE + 1)])), Context()
    lane(delivery, context, at_once=2).run()
    assert context.steps[-1] == ("Making things", VERIFY_AT_ONCE + 1)


def test_an_unknown_outcome_keeps_its_locks_while_other_calls_are_under_way() -> None:
    class FirstIsUnknown(Delivery):
        def advance(self, intent: SimpleNamespace) -> None:
            super().advance(intent)
            if intent.id == 0:
                self.shelf.change(0, UNKNOWN, clock.after(3600))
            elif intent.id == 2:
                self.read_back.wait(PATIENCE if 0 not in self.advanced else 1.0)

    delivery = FirstIsUnknown(Shelf([{"product 7"}, {"product 7"}, {"product 8"}]))
    with pytest.raises(WaitUntil, match="1 change without an answer"):
        lane(delivery, Context(), at_once=2).run()
    assert delivery.advanced == [0, 2]


def shelf_of_two_jobs(own: int, others: int) -> Shelf:
    """So many intents of the job, then so many that another one has not begun."""

    class Shared(Shelf):
        def tally(self, job_id: int) -> Tally:
            states = [intent.state for intent in self.intents.values() if intent.own]
            return Tally(len(states) - states.count(VERIFIED), states.count(SENT), len(states), "thing.make")

    shelf = Shared([set() for _ in range(own + others)])
    for key in range(own, own + others):
        shelf.intents[key] = replace(shelf.intents[key], own=False, shared=True)
    return shelf


def test_room_that_is_left_goes_to_others_and_ends_with_the_own_work() -> None:
    class OwnHangs(Delivery):
        """The first is on its way until all others are."""

        others_went = threading.Event()

        def advance(self, intent: SimpleNamespace) -> None:
            if intent.id == 0:
                assert self.others_went.wait(PATIENCE), "they had to wait"
            super().advance(intent)
            if intent.id == 3:
                self.others_went.set()

    delivery = OwnHangs(shelf_of_two_jobs(1, 3))
    lane(delivery, Context(), at_once=2).run()
    assert sorted(delivery.advanced) == [0, 1, 2, 3]
    idle = Delivery(shelf_of_two_jobs(0, 3))
    lane(idle, Context(), at_once=2).run()
    assert idle.advanced == []


def test_what_is_wrong_with_others_stops_neither_the_job_nor_more_than_one_of_them() -> None:
    class OthersAreWrong(Delivery):
        failed = threading.Event()

        def advance(self, intent: SimpleNamespace) -> None:
            if intent.id == 0:
                assert self.failed.wait(PATIENCE)
                super().advance(intent)
                return
            self.advanced.append(intent.id)
            self.shelf.change(intent.id, VERIFIED)
            self.failed.set()
            raise ConfigurationError("Its company is gone.")

    delivery = OthersAreWrong(shelf_of_two_jobs(2, 5))
    delivery.shelf.change(1, VERIFIED)
    lane(delivery, Context(), at_once=2).run()
    assert 0 in delivery.advanced
    assert len(delivery.advanced) <= 3
