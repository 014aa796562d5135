"""Definitions are kept, compared and replaced on PostgreSQL too."""

from __future__ import annotations

from pathlib import Path

from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.product_types import cache
from core.product_types.definitions import show
from core.product_types.names import known_types
from tests.flows.kit import shop
from tests.services.conftest import Postgres


def test_a_definition_is_kept_and_replaced(home: Path, postgres: Postgres) -> None:
    with shop(home, settings={"database_url": postgres.database}, orders=2, other_orders=0, products=5) as it:
        for _ in range(2):
            cache._schemas.clear()
            first = show(it.workspace, LOCAL_ADMIN, it.channel, "TOOLS")
        it.sandbox.set_product_type("TOOLS", 2)
        postgres.execute("UPDATE product_type_definition SET checked_at = checked_at - INTERVAL '2 days'")
        cache._schemas.clear()
        second = show(it.workspace, LOCAL_ADMIN, it.channel, "TOOLS")
        assert second.changes.required == ["material"] and second.checksum != first.checksum
        row = registry.get(it.workspace, LOCAL_ADMIN, it.channel)
        postgres.execute("UPDATE product_type_list SET read_at = read_at - INTERVAL '2 days'")
        assert all("BRACELET" in known_types(it.workspace, row, {name}) for name in ("TOOLS", "NO_SUCH"))
        assert postgres.execute("SELECT COUNT(*) FROM product_type_definition") == [(1,)]
        assert it.calls("amazon", "getDefinitionsProductType") == 2
