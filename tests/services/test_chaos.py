"""Half a minute of everything at once; `make chaos` does it for longer, on SQLite."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chaos import rehearse
from tests.services.conftest import Postgres

_CUT = "times the database ended all connections"


def is_only_a_sale(verdict: dict[str, Any]) -> bool:
    """Whether quantities of imported products differ, and nothing else is wrong."""
    products = verdict["products"]
    faults = {what for what in ("missing", "doubled", "wrong") if products.get(what)}
    are_right = all(len(verdict[name]) == 2 for name in ("orders", "parcels", "listings"))  # right, of so many
    return are_right and faults == {"wrong"} and all(fault.startswith("amount is ") for _, fault in products["wrong"])


@pytest.mark.long
def test_nothing_is_lost_or_doubled_whatever_fails_at_once(postgres: Postgres) -> None:
    servers = {"CROSSDOCK_DATABASE_URL": postgres.database, "CROSSDOCK_QUEUE_URL": postgres.queue}
    verdict, done = rehearse(seed=8, minutes=0.5, variables=servers, cuts={_CUT: postgres.break_connections})
    if is_only_a_sale(verdict):
        pytest.xfail(f"not mended yet: a sale in the store that did not reach Amazon: {verdict['products']['wrong']}")
    assert verdict["ok"], verdict
    needed = ("workers killed", "faults of Amazon", "faults of the store", _CUT)
    assert all(done[name] for name in needed), done
