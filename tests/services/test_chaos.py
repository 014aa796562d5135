"""Half a minute of everything at once: a database that is stopped, a queue that forgets; `make chaos` is longer."""

from __future__ import annotations

import pytest

from tests.chaos import own_servers, rehearse


@pytest.mark.long
def test_nothing_is_lost_or_doubled_whatever_fails_at_once() -> None:
    with own_servers() as (servers, cuts):
        verdict, done = rehearse(seed=8, minutes=0.5, variables=servers, cuts=cuts)
    assert verdict["ok"], verdict
    needed = ("workers killed", "faults of Amazon", "faults of the store", *cuts)
    assert all(done[name] for name in needed), done
