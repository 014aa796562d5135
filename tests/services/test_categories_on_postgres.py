"""A tree takes the place of another on PostgreSQL too, and mappings keep one default each."""

from __future__ import annotations

from pathlib import Path

from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.categories import exchange
from core.categories.browse import nodes_of
from core.categories.index import tree_index
from core.flows import runner
from sandbox.world.category import CATEGORIES
from tests.flows.kit import shop
from tests.services.conftest import Postgres


def test_categories_are_refreshed_and_mapped(home: Path, postgres: Postgres) -> None:
    with shop(home, settings={"database_url": postgres.database}, orders=2, other_orders=0, products=20) as it:
        for nodes in (2_500, 1_500):
            it.sandbox.forget_work()
            it.sandbox.set_pace({"queue": 0, "work": 0})
            it.sandbox.set_browse_nodes(nodes)
            postgres.execute("DELETE FROM cursor")
            asked = categories.refresh_categories(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
            runner.run_here(it.workspace, asked.job_id)
            assert it.job(asked.job_id).counts["seen"] == nodes, it.job(asked.job_id).message
        assert postgres.execute("SELECT COUNT(*), COUNT(DISTINCT tree_id) FROM browse_node") == [(1_500, 1)]
        found = categories.list_categories(it.workspace, LOCAL_ADMIN, it.channel, search="KÜCHE, haus")
        lamps, kitchen = (
            next(one.node for one in found.categories if t in one.product_types) for t in ("HOME", "KITCHEN")
        )
        index = tree_index(it.workspace, LOCAL_ADMIN, it.channel)
        assert kitchen in {one.node for one in nodes_of(it.workspace, LOCAL_ADMIN, it.channel, index.find("küche", 9))}
        for node, kind in ((lamps, "HOME"), (kitchen, "KITCHEN")):
            categories.map_category(it.workspace, LOCAL_ADMIN, it.channel, 11, node, kind, default=True)
        text = exchange.export_sheet(it.workspace, LOCAL_ADMIN, it.channel)
        assert text.count("\n") == 1 + 2 + len(CATEGORIES) - 1
        assert exchange.import_sheet(it.workspace, LOCAL_ADMIN, it.channel, text.encode()).unchanged == 2
        mapped = categories.list_categories(it.workspace, LOCAL_ADMIN, it.channel).mappings
        assert [(one.amazon, one.export_default) for one in mapped] == [(kitchen, True), (lamps, False)]
