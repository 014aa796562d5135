"""How many writes are under way at once, while a few more items are at hand."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from core.sync.pace import HIGHEST, LOWEST, MOST_ITEMS, Pace


def test_no_more_writes_are_under_way_than_the_remote_bears_whatever_is_at_hand() -> None:
    pace = Pace(HIGHEST)
    under_way = most = 0
    lock = threading.Lock()
    full = threading.Barrier(HIGHEST)

    def write() -> None:
        nonlocal under_way, most
        with pace.turn():
            with lock:
                under_way += 1
                most = max(most, under_way)
            full.wait(20)
            with lock:
                under_way -= 1

    assert pace.items == MOST_ITEMS > HIGHEST
    with ThreadPoolExecutor(MOST_ITEMS) as pool:
        for done in [pool.submit(write) for _ in range(2 * HIGHEST)]:
            done.result(20)
    assert most == HIGHEST


def test_nothing_more_is_at_hand_until_the_remote_has_proved_what_it_bears() -> None:
    assert [Pace(start).items for start in (LOWEST, 4, HIGHEST - 1)] == [LOWEST, 4, HIGHEST - 1]


def test_a_place_is_free_again_after_a_write_that_failed() -> None:
    pace = Pace(LOWEST)

    def fail() -> None:
        with suppress(ValueError), pace.turn():
            raise ValueError

    for _ in range(LOWEST + 1):
        thread = threading.Thread(target=fail, daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive(), "it waits for a place for ever"


def test_the_pace_grows_to_its_highest_and_is_halved_by_trouble() -> None:
    pace = Pace(HIGHEST - 1)
    for _ in range(2 * HIGHEST):
        pace.went_well()
    assert (pace.limit, pace.items) == (HIGHEST, MOST_ITEMS)
    pace.trouble()
    assert pace.limit == HIGHEST // 2
