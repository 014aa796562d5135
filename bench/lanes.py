"""Side by side: orders of several products in a store that takes its time, and orders of one, which have to wait.

The store does not lock stock, so orders that share a product are written one after the other. Measured is the last step
of an import, with the sandbox as the store. The serial rate is that of the same orders, all of one product.
"""

from __future__ import annotations

from bench.delivery import deliver_planned
from bench.measure import Result, verdict
from bench.shop import Shop, shop
from core.cscart import products
from core.model.store import Store

LATENCY = 0.15
"""Real seconds that the store takes for a call."""
PRODUCTS = 8
GOAL = 4.0
"""Times the serial rate, with as many products."""
MOST = 160


def run(orders: int) -> list[Result]:
    """Write the same number of orders, of one product and of eight."""
    count = min(orders, MOST)
    one, said_of_one = _rate(count, 1)
    many, said_of_many = _rate(count, PRODUCTS)
    where = f"a store that takes {LATENCY:g} s a call"
    return [
        Result(f"orders of one product, {where}", one, "orders/s", 1 / (2 * LATENCY), said_of_one),
        Result(f"orders of {PRODUCTS} products, {where}", many, "orders/s", GOAL * one, said_of_many),
    ]


def _rate(orders: int, spread: int) -> tuple[float, str]:
    """Orders per second with so many products among them, and whether every one is right."""
    with shop(orders=1, other_orders=0, products=PRODUCTS, quota_scale=0, store_latency=LATENCY) as it:
        it.lift_quota()
        skus = _skus(it)[:spread]
        for number in range(orders):
            it.tell_sandbox("orders", {"sku": skus[number % spread]})
        delivered = deliver_planned(it)
        return delivered.created / delivered.taken.seconds, verdict(delivered.created, it.audit()["ok"])


def _skus(it: Shop) -> list[str]:
    with it.workspace.database.read() as session:
        client = it.workspace.store_client(session.get_one(Store, 1))
    return [product.sku for product in products.everything(client)]
