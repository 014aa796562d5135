"""The state of the store: its tables, ids and look-ups. Rules live in the modules around it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.clock import Clock
from sandbox.store import php, reference
from sandbox.store.model import StoreFeature, StoreGroup, StoreOrder, StoreProduct, StoreShipment
from sandbox.store.options import StoreOptions
from sandbox.world.product import WorldProduct

FIRST_ORDER_ID = 101
API_USER_ID = 7
PARENT = "T"
"""Status of the hidden parent of a split order; internal, so not among the statuses."""


@dataclass(frozen=True)
class Mail:
    """A mail the store would have sent."""

    order_id: int
    recipient: str
    status: str


class Store:
    """A CS-Cart store in memory.

    `lock` guards ids, tables and look-ups. Stock is deliberately not guarded, see `sandbox.store.stock`.
    """

    def __init__(
        self, products: Sequence[WorldProduct], clock: Clock, options: Mapping[str, Any] | None = None
    ) -> None:
        self.clock = clock
        self.options = StoreOptions.read(options)
        self.lock = threading.RLock()
        self.products: dict[int, StoreProduct] = {}
        self.last_product_id = 0
        """Ids of products never come back."""
        self.features: dict[int, StoreFeature] = {}
        self.groups: dict[int, StoreGroup] = {}
        self.last_pair_id = 0
        self.orders: dict[int, StoreOrder] = {}
        self.shipments: dict[int, StoreShipment] = {}
        self.deleted_shipments: dict[int, StoreShipment] = {}
        """What the store itself forgets; only an audit looks here."""
        self.mails: list[Mail] = []
        self.refusals = 0
        """Writes refused by the option `echoes`."""
        self.statuses = reference.statuses(self.options)
        self.payments = reference.payments(self.options)
        self.shippings = reference.shippings(self.options)
        self.taxes = reference.taxes(self.options)
        self.settings = reference.settings(self.options)
        self.categories = reference.categories(products, self.options)
        self.languages = reference.languages()
        self.language = "en"
        """The default."""
        self.companies = reference.companies(self.options)
        self._last_order_id = FIRST_ORDER_ID - 1
        self._by_text: dict[str, dict[str, set[int]]] = {"email": {}, "company": {}}
        for product in products:
            self._add_world_product(product)

    def now(self) -> int:
        """The store's time in unix seconds."""
        return int(self.clock.now().timestamp())

    def setting(self, name: str) -> str:
        """The value of a store setting; an unknown one is empty."""
        return next((str(row["value"]) for row in self.settings.values() if row["name"] == name), "")

    def set_setting(self, name: str, value: str) -> None:
        """Somebody changes a setting in the store; KeyError for one that is none."""
        rows = [row for row in self.settings.values() if row["name"] == name]
        if not rows:
            raise KeyError(name)
        rows[0]["value"] = value

    @property
    def allows_negative(self) -> bool:
        """Whether stock may go below zero."""
        return self.setting("allow_negative_amount") == "Y"

    def inventory_effect(self, status_code: str) -> str | None:
        """What a status does to stock: "D" takes, "I" gives back, "" nothing; None: no such status."""
        if status_code == PARENT:
            return ""
        with self.lock:
            for row in self.statuses.values():
                if row["type"] == "O" and row["status"] == status_code:
                    return str(php.mapping(row["params"]).get("inventory", ""))
        return None

    def new_order_id(self) -> int:
        """The next id of the orders table."""
        with self.lock:
            self._last_order_id += 1
            return self._last_order_id

    def put_order(self, order: StoreOrder) -> None:
        """Insert `order`, or replace the one with its id."""
        with self.lock:
            self._unindex(order.order_id)
            self.orders[order.order_id] = order
            self._last_order_id = max(self._last_order_id, order.order_id)
            for column, index in self._by_text.items():
                index.setdefault(getattr(order, column).lower(), set()).add(order.order_id)

    def remove_order(self, order_id: int) -> None:
        """Forget an order and its shipments."""
        with self.lock:
            self._unindex(order_id)
            self.orders.pop(order_id, None)
            for shipment in self.shipments_of(order_id):
                self.remove_shipment(shipment.shipment_id)

    def new_shipment_id(self) -> int:
        """The next id of the shipments table; ids never come back."""
        with self.lock:
            return self.next_key(self.shipments | self.deleted_shipments)

    def shipments_of(self, order_id: int) -> list[StoreShipment]:
        """The shipments of one order, the oldest first."""
        with self.lock:
            return [one for one in self.shipments.values() if one.order_id == order_id]

    def remove_shipment(self, shipment_id: int) -> None:
        """Forget a shipment."""
        with self.lock:
            self.deleted_shipments[shipment_id] = self.shipments.pop(shipment_id)

    def orders_with(self, column: str, needle: str) -> list[StoreOrder]:
        """Orders whose `column` (email or company) contains `needle` as SQL's LIKE understands it."""
        wanted = needle.lower()
        with self.lock:
            index = self._by_text[column]
            if "%" in wanted or "_" in wanted:
                pattern = php.like(wanted)
                hits = [ids for value, ids in index.items() if pattern.search(value)]
            else:
                hits = [ids for value, ids in index.items() if wanted in value]
            return [self.orders[order_id] for ids in hits for order_id in ids if order_id in self.orders]

    def all_orders(self) -> list[StoreOrder]:
        """A snapshot of the orders table."""
        with self.lock:
            return list(self.orders.values())

    def new_product_id(self) -> int:
        """The next id of the products table; call it with `lock` held."""
        self.last_product_id += 1
        return self.last_product_id

    def download_fails(self, address: str) -> bool:
        """Whether a picture cannot be had from an address now; call it with `lock` held. See `failing_images`."""
        left = self.options.failing_images
        part = next((part for part, times in left.items() if part in address and times), None)
        if part is not None and left[part] > 0:
            left[part] -= 1
        return part is not None

    def next_key(self, table: Mapping[int, Any]) -> int:
        """The next id of a small table; call it with `lock` held."""
        return max(table, default=0) + 1

    def new_product(self, product_id: int, code: str, name: str, price: Decimal, amount: int) -> StoreProduct:
        """A product with the defaults of this store; not yet in the table."""
        options, now = self.options, self.now()
        return StoreProduct(
            product_id=product_id,
            product_code=code,
            product=name,
            price=price,
            amount=amount,
            initial_amount=amount,
            company_id=options.product_companies.get(product_id, options.company_ids[0]),
            category_ids=[],
            timestamp=now,
            updated_timestamp=now,
            tax_ids=[reference.TAX_ID] if options.tax_rate else [],
        )

    def _add_world_product(self, world: WorldProduct) -> None:
        product_id = world.product_id
        amount = self.options.low_stock.get(product_id, world.amount)
        product = self.new_product(product_id, world.sku, world.title, world.price, amount)
        # As if the catalogue had been made a month ago.
        product.timestamp = product.updated_timestamp = self.now() - 30 * 86400
        product.category_ids = [world.category_id]
        product.asin = world.asin
        product.zero_price_action = world.zero_price_action
        for name, value in self.options.product_overrides.get(product_id, {}).items():
            if not hasattr(product, name):
                raise ValueError(f"product_overrides: a product has no field {name!r}")
            setattr(product, name, value)
        self.products[product_id] = product
        self.last_product_id = max(self.last_product_id, product_id)

    def _unindex(self, order_id: int) -> None:
        old = self.orders.get(order_id)
        if old is None:
            return
        for column, index in self._by_text.items():
            value = getattr(old, column).lower()
            ids = index.get(value)
            if ids is not None:
                ids.discard(order_id)
                if not ids:
                    del index[value]
