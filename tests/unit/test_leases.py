"""Locks with an expiry, in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.database import Database
from core.leases import LENGTH, release, still_held, take
from core.model.lease import Lease
from tests.unit.builders import DEAD_OWNER, NOON, FakeClock, in_threads

NAME = "lane/1"
A, B = "another-host/1/1/a", "another-host/2/1/b"


@pytest.fixture(autouse=True)
def _clock(fake_clock: FakeClock) -> None:
    """Leases run on the test's clock."""


def holder(database: Database) -> tuple[str, timedelta] | None:
    with database.read() as session:
        lease = session.get(Lease, NAME)
        return (lease.owner, lease.until - NOON) if lease else None


def renew(database: Database, owner: str) -> bool:
    with database.write() as session:
        return still_held(session, NAME, owner)


def test_one_owner_at_a_time(database: Database) -> None:
    assert take(database, NAME, A)
    assert not take(database, NAME, B)
    assert holder(database) == (A, timedelta(seconds=LENGTH))


def test_leases_of_other_names_are_free(database: Database) -> None:
    assert take(database, NAME, A)
    assert take(database, "lane/2", B)


def test_the_owner_may_take_it_again_which_renews_it(database: Database, fake_clock: FakeClock) -> None:
    take(database, NAME, A)
    fake_clock.forward(10)
    assert take(database, NAME, A)
    assert holder(database) == (A, timedelta(seconds=10 + LENGTH))


def test_a_refused_owner_does_not_lengthen_it(database: Database, fake_clock: FakeClock) -> None:
    take(database, NAME, A)
    fake_clock.forward(10)
    take(database, NAME, B)
    assert holder(database) == (A, timedelta(seconds=LENGTH))


def test_a_lapsed_lease_may_be_taken_and_its_owner_learns_it(database: Database, fake_clock: FakeClock) -> None:
    take(database, NAME, A)
    fake_clock.forward(LENGTH - 0.001)
    assert not take(database, NAME, B)
    fake_clock.forward(0.001)
    assert take(database, NAME, B)
    assert not renew(database, A)
    assert renew(database, B)


def test_a_lapsed_lease_that_nobody_took_is_still_held(database: Database, fake_clock: FakeClock) -> None:
    take(database, NAME, A)
    fake_clock.forward(LENGTH * 3)
    assert renew(database, A)
    assert not take(database, NAME, B)


def test_the_lease_of_a_dead_process_is_free_at_once(database: Database) -> None:
    take(database, NAME, DEAD_OWNER)
    assert take(database, NAME, A)


def test_a_released_lease_is_free_at_once(database: Database) -> None:
    take(database, NAME, A)
    release(database, NAME, A)
    assert take(database, NAME, B)


def test_nobody_releases_the_lease_of_another(database: Database) -> None:
    take(database, NAME, A)
    release(database, NAME, B)
    assert not take(database, NAME, B)


def test_renewing_rolls_back_with_the_transaction_it_stands_in(database: Database, fake_clock: FakeClock) -> None:
    take(database, NAME, A)
    fake_clock.forward(10)
    with pytest.raises(RuntimeError), database.write() as session:
        assert still_held(session, NAME, A)
        raise RuntimeError
    assert holder(database) == (A, timedelta(seconds=LENGTH))


def test_a_lease_that_was_never_taken_is_not_held(database: Database) -> None:
    assert not renew(database, A)
    assert holder(database) is None


def test_a_lease_counts_real_seconds_under_a_fast_clock(database: Database, fake_clock: FakeClock) -> None:
    fake_clock.speed = 60.0
    take(database, NAME, A)
    assert holder(database) == (A, timedelta(seconds=60 * LENGTH))


def test_of_many_threads_one_gets_it(database: Database) -> None:
    won: list[str] = []

    def contender(owner: str) -> Callable[[], None]:
        def run() -> None:
            if take(database, NAME, owner):
                won.append(owner)

        return run

    with in_threads(*[contender(f"another-host/{number}/1/x") for number in range(8)]):
        pass
    assert len(won) == 1
    assert holder(database) == (won[0], timedelta(seconds=LENGTH))


def test_a_lease_from_the_future_is_free_once_nobody_renews_it(
    database: Database, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = 0.0
    monkeypatch.setattr("core.leases.time.monotonic", lambda: real)
    fake_clock.forward(1e8)
    assert take(database, NAME, A)
    fake_clock.forward(-1e8)
    assert not take(database, NAME, B)
    real += LENGTH - 1
    fake_clock.forward(1e8 + 1)
    assert renew(database, A), "its owner lives, with a clock that is ahead"
    fake_clock.forward(-1e8)
    assert not take(database, NAME, B)
    real += LENGTH
    assert not take(database, NAME, B)
    real += 1
    assert take(database, NAME, B)
