"""Both sides served together over one invented world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.amazon.app import create_app as create_amazon_app
from sandbox.amazon.state import MARKETPLACES, Amazon
from sandbox.audit import Audit, audit
from sandbox.clock import Clock
from sandbox.control import control_app, mount
from sandbox.faults import Faults
from sandbox.ledger import Ledger
from sandbox.serve import Served
from sandbox.store.app import create_app as create_store_app
from sandbox.store.state import Store
from sandbox.world.build import World, build_orders, build_world
from sandbox.world.order import (
    COD_PAYMENT,
    DEFAULT_SHIPPING,
    DEMO_MARKETPLACE,
    EXPEDITED_SHIPPING,
    IMPORTED_STATUSES,
    NO_STOCK_STATUS,
    PREPAID_PAYMENT,
    STORE_STATUS,
    WorldOrder,
)
from sandbox.world.render import iso

DEFAULT_SEED = 1
FOREIGN_ORDERS = 40
"""Orders of each seller account besides the demo's."""


class Sandbox:
    """A fake Amazon and a fake store on loopback.

    seed, products, orders, other_orders, poison   the world, see `build_world`
    speed, offset, anchor     the sandbox's clock, see `Clock`
    quota_scale               multiplies Amazon's usage plans; 0 switches them off
    amazon_port, store_port   0: any free port
    store_latency             REAL seconds added to every answer of the store
    store_options             see `sandbox.store.options.StoreOptions`
    regions                   seller accounts; the first is the demo's

    The world exists from construction, the servers from `start()` until `stop()`; it is a context manager.
    """

    def __init__(
        self,
        *,
        seed: int = DEFAULT_SEED,
        products: int = 300,
        orders: int = 1000,
        other_orders: int = 300,
        speed: float = 1.0,
        offset: float = 0.0,
        anchor: float | None = None,
        quota_scale: float = 1.0,
        amazon_port: int = 0,
        store_port: int = 0,
        store_latency: float = 0.0,
        store_options: Mapping[str, Any] | None = None,
        poison: int = 0,
        regions: Sequence[str] = ("eu",),
    ) -> None:
        self.clock = Clock(offset, speed, anchor=anchor)
        self.faults = Faults(seed)
        self.ledger = Ledger()
        now = self.clock.now()
        self.world: World = build_world(seed, products, orders, other_orders, now=now, poison=poison)
        foreign = {
            region: build_orders(seed, self.world.products, MARKETPLACES[region][0], FOREIGN_ORDERS, now)
            for region in regions[1:]
        }
        self.amazon = Amazon(self.world, self.clock, regions=regions, other_orders=foreign, quota_scale=quota_scale)
        self.store = Store(self.world.products, self.clock, dict(store_options or {}))
        self._ports = (amazon_port, store_port)
        self._store_latency = store_latency
        self._served: list[Served] = []

    def start(self) -> Sandbox:
        """Serve both sides; nothing happens when they are served already."""
        if self._served:
            return self
        control = control_app(self)
        amazon = create_amazon_app(self.amazon, self.faults, self.ledger)
        store = create_store_app(self.store, self.faults, self.ledger, latency=self._store_latency)
        self._served.append(Served(mount(amazon, control), self._ports[0]))
        self._served.append(Served(mount(store, control), self._ports[1]))
        # A second start, after a stop, finds the same addresses.
        self._ports = (self._served[0].port, self._served[1].port)
        return self

    def stop(self) -> None:
        """Stop both servers and close their connections; the world stays."""
        while self._served:
            self._served.pop().stop()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def amazon_url(self) -> str:
        """Base URL of the Selling Partner operations."""
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def lwa_url(self) -> str:
        """Base URL of the token service: the same server."""
        return self.amazon_url

    @property
    def store_url(self) -> str:
        """Base URL of the store."""
        return f"http://127.0.0.1:{self._ports[1]}"

    def credentials(self, region: str | None = None) -> dict[str, Any]:
        """Ready documents for `--from` and the environment that leads the program here."""
        account = self.amazon.accounts[0] if region is None else self.amazon.account(region)
        return {
            "store": {
                "name": "demo",
                "url": self.store_url,
                "email": self.store.options.email,
                "api_key": self.store.options.api_key,
                "currency": self.store.options.currency,
            },
            "channel": {
                "name": "de" if account.region == "eu" else account.region,
                "store": "demo",
                "company_id": self.store.options.company_ids[0],
                "app_mode": "private",
                "region": account.region,
                "country": account.marketplaces[0].country,
                "api_mode": "live",
                "app_status": "active",
                "client_id": self.amazon.access.client_id,
                "client_secret": self.amazon.access.client_secret,
                "refresh_token": account.refresh_token,
                "seller_id": account.seller_id,
                "settings": self._channel_settings(),
            },
            "environment": {"CROSSDOCK_SPAPI_URL": self.amazon_url, "CROSSDOCK_LWA_URL": self.lwa_url},
        }

    def _channel_settings(self) -> dict[str, Any]:
        return {
            "use_queue": True,
            "sync_products": True,
            "pull_products": True,
            "push_products": True,
            "pull_orders": True,
            "orders_from": iso(self.world.orders_from),
            "orders_to": None,
            "order_statuses": list(IMPORTED_STATUSES),
            "fulfilment": "both",
            "push_shipments": True,
            "auto_pull_orders_minutes": None,
            "auto_pull_products_minutes": None,
            "payments": {"cod": COD_PAYMENT, "prepaid": PREPAID_PAYMENT},
            "shipping": {"default": DEFAULT_SHIPPING, "EXPEDITED": EXPEDITED_SHIPPING},
            "carriers": {},
            "statuses": {**STORE_STATUS, "NO_STOCK": NO_STOCK_STATUS},
            "exchange_rate": None,
        }

    def audit(self) -> Audit:
        """The store compared with what the world expects of it now."""
        return audit(self.world, self.store)

    def world_summary(self) -> dict[str, Any]:
        """The world in numbers, and whose it is."""
        return {**self.world.summary(), "demo_marketplace": DEMO_MARKETPLACE.name}

    def expectations(self) -> dict[str, Any]:
        """Order id -> what the demo channel must make of it, with the kind of order it is."""
        return {
            order.order_id: {
                "case": order.draft.case,
                "marketplace_id": order.marketplace_id,
                "order_status": order.draft.status,
                "fulfilled_by": order.draft.fulfilled_by,
                "expected": order.expected,
            }
            for order in self.world.orders
        }

    def run_audit(self) -> Audit:
        """See `audit`."""
        return self.audit()

    def get_quota_scale(self) -> float:
        """See `set_quota_scale`."""
        return self.amazon.buckets.scale

    def set_quota_scale(self, scale: float) -> None:
        """Multiply Amazon's usage plans and refill every bucket; 0 switches quotas off."""
        self.amazon.buckets.scale = scale

    def update_order(self, order_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change an order, see `Amazon.update_order`."""
        return _shown(self.amazon.update_order(order_id, **changes))

    def add_order(self, wishes: Mapping[str, Any]) -> dict[str, Any]:
        """Add an order, see `Amazon.add_order`."""
        return _shown(self.amazon.add_order(**wishes))


def _shown(order: WorldOrder) -> dict[str, Any]:
    return {"order_id": order.order_id, "updated": order.updated, "expected": order.expected}
