"""Half a minute of everything at once; `make chaos` does it for longer, on SQLite."""

from __future__ import annotations

import pytest

from tests.chaos import rehearse
from tests.services.conftest import Postgres

_CUT = "times the database ended all connections"


@pytest.mark.long
def test_nothing_is_lost_or_doubled_whatever_fails_at_once(postgres: Postgres) -> None:
    servers = {"CROSSDOCK_DATABASE_URL": postgres.database, "CROSSDOCK_QUEUE_URL": postgres.queue}
    verdict, done = rehearse(seed=8, minutes=0.5, variables=servers, cuts={_CUT: postgres.break_connections})
    assert verdict["ok"], verdict
    needed = ("workers killed", "faults of Amazon", "faults of the store", _CUT)
    assert all(done[name] for name in needed), done
