"""Amazon's sandbox hosts beside the live ones: the same seller twice, and nothing of one in the other."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import col, select

from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.flows import runner
from core.model.account import SellerAccount
from core.model.order import AmazonOrder
from core.model.quota import Quota
from core.orders import actions as orders
from core.settings import Settings
from core.workspace import Workspace
from sandbox.sandbox import Sandbox
from tests.flows.kit import connected


def test_P10_the_same_seller_in_both_modes_shares_nothing(home: Path) -> None:
    with Sandbox(orders=10, other_orders=0, products=20) as sandbox, connected(home, sandbox) as shop:
        shop.import_orders(plan_only=True)
        documents = sandbox.credentials()
        base = documents["sandbox_environment"]["CROSSDOCK_SPAPI_URL"]
        workspace = Workspace(Settings(home=home, spapi_url=base, lwa_url=sandbox.lwa_url))
        try:
            view = registry.add(workspace, LOCAL_ADMIN, documents["sandbox_channel"])
            live = registry.show(workspace, LOCAL_ADMIN, shop.channel)
            assert (view.api_mode, view.seller_id, view.country) == ("sandbox", live.seller_id, live.country)
            asked = orders.import_orders(workspace, LOCAL_ADMIN, view.name, plan_only=True, direct=True)
            runner.run_here(workspace, asked.job_id)
            with workspace.database.read() as session:
                modes = {account.id: account.api_mode for account in session.exec(select(SellerAccount)).all()}
                rows = session.exec(select(AmazonOrder.account_id, AmazonOrder.order_id)).all()
                buckets = session.exec(select(Quota.key).where(col(Quota.key).endswith("/searchOrders"))).all()
        finally:
            workspace.close()
    assert sorted(modes.values()) == ["live", "sandbox"]
    by_mode = {mode: {order for account, order in rows if modes[account] == mode} for mode in modes.values()}
    assert by_mode["live"] and by_mode["sandbox"] and not by_mode["live"] & by_mode["sandbox"]
    assert sorted(key.partition("/")[0] for key in buckets) == ["live", "sandbox"]
    assert len(buckets) == 2
