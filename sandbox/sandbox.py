"""Both sides served together over one invented world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from sandbox.ability import ability
from sandbox.amazon.access import Account
from sandbox.amazon.app import SANDBOX_PREFIX
from sandbox.amazon.app import create_app as create_amazon_app
from sandbox.amazon.applications import LIVE, REDIRECT_URIS, Application
from sandbox.amazon.processing import Pace
from sandbox.amazon.queue_service import PATH as QUEUE_PATH
from sandbox.amazon.state import Amazon, build_accounts
from sandbox.audit import Audit, audit
from sandbox.clock import Clock
from sandbox.control import control_app, mount
from sandbox.documents import documents
from sandbox.faults import Faults
from sandbox.ledger import Ledger
from sandbox.listing_abilities import ListingAbilities
from sandbox.order_abilities import OrderAbilities
from sandbox.product_audit import ProductAudit, audit_products, expected_products
from sandbox.serve import Served
from sandbox.shipment_audit import ShipmentAudit, audit_shipments
from sandbox.shop_abilities import ShopAbilities
from sandbox.store.app import create_app as create_store_app
from sandbox.store.shipments import edit, shipment_row
from sandbox.store.state import Store
from sandbox.warehouse import Shift, ship
from sandbox.world.build import World, build_orders, build_world
from sandbox.world.fresh import Fresh
from sandbox.world.order import DEMO_MARKETPLACE, WorldOrder
from sandbox.world.render import package_block

DEFAULT_SEED = 1
FOREIGN_ORDERS = 40
"""Orders of each seller account besides the demo's."""
SANDBOX_ORDERS = 12
"""Orders that the sandbox hosts show of the demo's account."""


class Sandbox(ListingAbilities, OrderAbilities, ShopAbilities):
    """A fake Amazon and a fake store on loopback.

    seed, products, orders, other_orders, poison   the world, see `build_world`
    speed, offset, anchor     the sandbox's clock, see `Clock`
    quota_scale               multiplies Amazon's usage plans; 0 switches them off
    amazon_port, store_port   0: any free port
    store_latency             REAL seconds added to every answer of the store
    store_options             see `sandbox.store.options.StoreOptions`
    regions                   where the demo's seller has accounts; the first is the demo's
    sellers                   sellers in all; each beyond the first has one account, with a private application
    foreign_orders            orders of each of these
    browse_nodes              nodes of each marketplace's tree, see `set_browse_nodes`
    listings                  listings of products that the store does not have, see `set_listings`
    fresh                     products of the store that are not at Amazon, see `add_fresh`
    redirect_uris             where the public applications may send sellers back to

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
        sellers: int = 1,
        foreign_orders: int = FOREIGN_ORDERS,
        redirect_uris: Sequence[str] = REDIRECT_URIS,
        browse_nodes: int = 0,
        listings: int = 0,
        fresh: int = 0,
    ) -> None:
        self.clock = Clock(offset, speed, anchor=anchor)
        self.faults = Faults(seed)
        self.ledger = Ledger()
        now = self.clock.now()
        self.world: World = build_world(seed, products, orders, other_orders, now=now, poison=poison)
        accounts = build_accounts(seed, regions, sellers)
        self.amazon = Amazon(
            self.world,
            self.clock,
            accounts,
            account_orders={one.seller_id: self._sold(one.seller_id, one, foreign_orders) for one in accounts[1:]},
            sandbox_orders=self._sold("sandbox hosts", accounts[0], SANDBOX_ORDERS),
            quota_scale=quota_scale,
            redirect_uris=redirect_uris,
            faults=self.faults,
        )
        self.set_browse_nodes(browse_nodes)
        self.set_listings(listings)
        self.store = Store(self.world.products, self.clock, dict(store_options or {}))
        self.fresh: list[Fresh] = []
        self.add_fresh(fresh)
        self._shift = Shift(self.clock)
        self._ports = (amazon_port, store_port)
        self._store_latency = store_latency
        self._served: list[Served] = []

    def _sold(self, whose: str, account: Account, count: int) -> list[WorldOrder]:
        world = self.world
        return build_orders(f"{world.seed} {whose}", world.products, account.marketplaces[0], count, world.now)

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
        self._shift.begin(0, list)
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
    def amazon_sandbox_url(self) -> str:
        """Base URL of the operations as Amazon's sandbox hosts serve them, with tokens and orders of their own."""
        return self.amazon_url + SANDBOX_PREFIX

    @property
    def aws_url(self) -> str:
        """Base URL of the queue service: the same server."""
        return self.amazon_url + QUEUE_PATH

    @property
    def seller_central_url(self) -> str:
        """Base URL of the consent page: the same server."""
        return self.amazon_url

    @property
    def lwa_url(self) -> str:
        """Base URL of the token service: the same server."""
        return self.amazon_url

    @property
    def store_url(self) -> str:
        """Base URL of the store."""
        return f"http://127.0.0.1:{self._ports[1]}"

    def credentials(self, seller: str | None = None) -> dict[str, Any]:
        """The documents to connect with, see `documents`; `seller`: a region, or the id of a seller account."""
        return documents(self, self.amazon.accounts[0] if seller is None else self.amazon.account(seller))

    def audit(self, *sellers: str) -> Audit:
        """The store compared with what the demo's orders should have become by now, and those of `sellers`."""
        others = [order for seller in sellers for order in self.amazon.books[LIVE][seller].orders()]
        return audit(self.world, self.store, others)

    @ability("GET", "world")
    def world_summary(self) -> dict[str, Any]:
        """The world in numbers, and whose it is."""
        return {**self.world.summary(), "demo_marketplace": DEMO_MARKETPLACE.name}

    @ability("GET", "expected")
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

    @ability("GET", "audit")
    def run_audit(self) -> Audit:
        """See `audit`."""
        return self.audit()

    @ability("GET", "quota", key="scale")
    def get_quota_scale(self) -> float:
        """See `set_quota_scale`."""
        return self.amazon.buckets.scale

    @ability("POST", "quota", key="scale")
    def set_quota_scale(self, scale: float) -> float:
        """Multiply Amazon's usage plans and refill every bucket; 0 switches quotas off. Returns the new factor."""
        self.amazon.buckets.scale = float(scale)
        return self.amazon.buckets.scale

    @ability("POST", "revoke", key="revoked")
    def revoke(self, seller_id: str, client_id: str | None = None) -> int:
        """The seller takes the authorization back; without a client id, from every application."""
        return self.amazon.access.revoke(self.amazon.account(seller_id), self._application(client_id))

    @ability("POST", "restore", key="restored")
    def restore(self, seller_id: str, client_id: str | None = None) -> int:
        """Undo `revoke`."""
        return self.amazon.access.restore(self.amazon.account(seller_id), self._application(client_id))

    @ability("POST", "vacation")
    def set_vacation(self, seller_id: str, country: str, on: bool) -> None:
        """Suspend the seller's listings in a country, or end that."""
        self.amazon.set_vacation(self.amazon.account(seller_id), country, on)

    @ability("GET", "processing")
    def get_pace(self) -> Pace:
        """See `set_pace`."""
        return self.amazon.pace

    @ability("POST", "processing", body="changes")
    def set_pace(self, changes: Mapping[str, Any]) -> Pace:
        """Change how Amazon works on reports and feeds from now on, see `Pace`."""
        self.amazon.pace.change(changes)
        return self.amazon.pace

    @ability("DELETE", "processing")
    def forget_work(self) -> None:
        """Forget all reports, feeds and documents, as Amazon does after ninety days, and work at the usual pace."""
        for desk in (*self.amazon.reports.values(), *self.amazon.feeds.values()):
            desk.clear()
        self.amazon.shelf.clear()
        self.amazon.journal.clear()
        self.amazon.pace.change(asdict(Pace()))

    @ability("GET", "applications", key="applications")
    def applications(self) -> list[dict[str, Any]]:
        """The registered applications with the dates of their secrets."""
        return [_described(one) for one in self.amazon.access.applications]

    @ability("POST", "applications/<wanted>", body="changes")
    def set_application(self, wanted: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change an application, see `Access.change`."""
        return _described(self.amazon.access.change(self.amazon.access.application(wanted), **changes))

    @ability("POST", "applications/<wanted>/rotate")
    def rotate_secret(self, wanted: str) -> dict[str, Any]:
        """Give an application a new secret; the old one works for a week more."""
        application = self.amazon.access.application(wanted)
        self.amazon.access.rotate(application)
        self.amazon.tell_secret(application)
        return _described(application)

    @ability("GET", "notifications", key="sent")
    def notifications(self) -> dict[str, list[str]]:
        """ARN of a queue → the bodies of what Amazon sent there."""
        return self.amazon.mailbox.sent

    @ability("POST", "notifications")
    def notify(self, seller_id: str, type: str, payload: Mapping[str, Any]) -> None:
        """Let Amazon tell whoever is subscribed for a seller."""
        self.amazon.mailbox.tell(seller_id, type, payload)

    def _application(self, wanted: str | None) -> Application | None:
        return None if wanted is None else self.amazon.access.application(wanted)

    @ability("POST", "warehouse/ship", body="wishes", key="shipments")
    def ship(self, wishes: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Ship imported orders in the store, see `warehouse.ship`; returns the rows of the new shipments."""
        made = ship(self.store, self.world.orders, **(wishes or {}))
        return [shipment_row(self.store, one) for one in made]

    @ability("POST", "warehouse/shift", body="wishes", key="shipments")
    def begin_shift(self, wishes: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Ship now, and again each time that `every` sandbox seconds have passed; 0 or `stop` ends it."""
        chosen = dict(wishes)
        every = float(chosen.pop("every"))
        made = self.ship(chosen) if every > 0 else []
        self._shift.begin(every, lambda: self.ship(chosen))
        return made

    @ability("POST", "warehouse/shipments/<shipment_id>")
    def edit_shipment(
        self, shipment_id: int | str, carrier: str | None = None, tracking: str | None = None
    ) -> dict[str, Any]:
        """Mend a shipment by hand, which leaves no trace in any time; returns its row."""
        shipment = self.store.shipments[int(shipment_id)]
        changes = {"carrier": carrier, "tracking_number": tracking}
        edit(shipment, {name: text for name, text in changes.items() if text is not None})
        return shipment_row(self.store, shipment)

    @ability("DELETE", "warehouse/shipments/<shipment_id>")
    def delete_shipment(self, shipment_id: int | str) -> None:
        """Take a shipment back in the store."""
        self.store.remove_shipment(int(shipment_id))

    @ability("GET", "audit/shipments")
    def audit_shipments(self) -> ShipmentAudit:
        """The store's shipments compared with what Amazon was told of them."""
        return audit_shipments(self.store, self.world.orders, self.amazon.confirmations.packages)

    @ability("POST", "audit/products", body="wanted")
    def audit_products(self, wanted: Mapping[str, Mapping[str, Any]]) -> ProductAudit:
        """The store's products compared with what they were to become, by SKU; see `product_audit`."""
        return audit_products(self.store, wanted)

    @ability("GET", "audit/catalogue")
    def audit_catalogue(self) -> ProductAudit:
        """The store's products compared with what the demo's seller lists now, also by what was submitted or sold."""
        account, book = self.amazon.accounts[0], self.amazon.listings
        place = account.marketplaces[0]
        known = {product.sku for product in self.world.products}
        listed = [book.listing(account, one.sku, place) or one for one in self.amazon.assortment.listings(place)]
        mine = [one for one in listed if one.sku in known]
        return audit_products(self.store, expected_products(mine, [one for one in listed if one.sku not in known]))

    @ability("POST", "orders/<order_id>/packages", body="wishes")
    def add_package(self, order_id: str, wishes: Mapping[str, Any]) -> dict[str, Any]:
        """Others ship an order, see `Amazon.add_package`; as the order shows it then."""
        return package_block(self.amazon.add_package(order_id, **wishes))

    @ability("GET", "confirmations")
    def confirmations(self) -> dict[str, Any]:
        """Sandbox seconds until a confirmed shipment shows, and how many do not show yet."""
        self.amazon.confirmations.show()
        return {"delay": self.amazon.confirmations.delay, "waiting": len(self.amazon.confirmations)}

    @ability("POST", "confirmations")
    def set_confirmation_delay(self, delay: float) -> dict[str, Any]:
        """Change that delay, also for what has been confirmed already."""
        if delay < 0:
            raise ValueError("delay must not be negative")
        self.amazon.confirmations.delay = float(delay)
        return self.confirmations()

    @ability("POST", "orders/<order_id>", body="changes")
    def update_order(self, order_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change an order, see `Amazon.update_order`."""
        return _shown(self.amazon.update_order(order_id, **changes))

    @ability("POST", "orders", body="wishes")
    def add_order(self, wishes: Mapping[str, Any]) -> dict[str, Any]:
        """Add an order, see `Amazon.add_order`."""
        return _shown(self.amazon.add_order(**wishes))


def _described(application: Application) -> dict[str, Any]:
    """An application as the control interface shows it: the newest secret, and when each one dies."""
    shown = {field.name: getattr(application, field.name) for field in fields(application) if field.name != "secrets"}
    expiries = [datetime.fromtimestamp(one.expires, UTC) for one in application.secrets]
    return {**shown, "client_secret": application.client_secret, "secrets_expire": expiries}


def _shown(order: WorldOrder) -> dict[str, Any]:
    return {"order_id": order.order_id, "updated": order.updated, "expected": order.expected}
