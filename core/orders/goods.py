"""What the store has of the goods that orders ask for: their products, the placeholder, and how much of them is left.

The mirror says how much there is; of what it has too little the store is asked again, for an order must not wait for
want of goods that came meanwhile. What one order takes, the next one does not find any more, whichever channel of the
store they are of (`taken`). The store itself counts without a lock: whether there was enough is seen when the order is
read back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlmodel import Session, col, select

from core.cscart import orders as orders_api
from core.cscart import shapes
from core.cscart.product_writes import whole_rows
from core.cscart.products import is_tracked
from core.cscart.transport import StoreClient
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.store import Store
from core.orders import NAME
from core.orders.document import Order
from core.orders.plan.decide import Create, Decision
from core.orders.plan.lines import Products, skus
from core.orders.plan.problems import OUT_OF_STOCK
from core.orders.plan.rules import ChannelRules
from core.orders.taken import Taken, taken_by
from core.products.mirror import distrust_in, linked_products, products_by_id, products_for, sold_in
from core.products.refs import ProductRef
from core.subjects import Owner, Subject
from core.sync.problems import open_codes
from core.workspace import Workspace

_PREORDER = "B"
"""`out_of_stock_actions` of products that can be bought in advance."""


class Goods:
    """The products of a store as one job, or one preview, finds them."""

    def __init__(self, workspace: Workspace, client: StoreClient) -> None:
        self._database = workspace.database
        self._client = client
        self._asked: dict[int, int | None] = {}
        self._limited: dict[int, int] = {}
        """What there is of products that orders were planned with, where that is limited."""
        self._taken = Taken()

    def find(
        self, channel: Channel, store: Store, rules: ChannelRules, orders: Sequence[Order]
    ) -> tuple[ChannelRules, Products]:
        """The products that orders ask for, by SKU, and the rules with the placeholder where one is named.

        One call per 100 SKUs that the mirror does not know well, and one per 50 products of which there is too little.
        """
        if not _sells_below_zero(store):  # before the store is asked: what it makes meanwhile counts as taken
            with self._database.read() as session:
                self._taken.read(session, store, rules.store_statuses)
        wanted = {sku for order in orders for sku in skus(order)}
        links = linked_products(self._database, channel, wanted)
        found = products_for(self._database, self._client, store, wanted, links)
        if channel.company_id and _has_storefronts(store):
            found = sold_in(self._client, channel.company_id, found)
        if rules.placeholder_product:
            placeholder = products_by_id(self._database, self._client, store, {rules.placeholder_product})
            rules = replace(rules, placeholder=placeholder[rules.placeholder_product])
        if _sells_below_zero(store):
            return rules, endless(found)
        self._ask(found, orders)
        return rules, found

    def left(self, order: Order, products: Products) -> Products:
        """The products that an order asks for, with what others have left of them."""
        return {sku: [self._left(product, order.order_id) for product in products.get(sku, ())] for sku in skus(order)}

    def was_made_before(self, channel: Channel, store: Store, order_id: str) -> bool:
        """Whether an order for which there is too little was made by an earlier life of this home, and took it itself.

        One call, when an order is found short for the first time: later it cannot have been made any more.
        """
        with self._database.read() as session:
            known = open_codes(session, Owner.channel(stored_id(channel.id)), NAME, Subject("order", order_id))
        filtered = bool(store.capabilities.get("email_filter", True))
        return OUT_OF_STOCK.name not in known and bool(orders_api.find(self._client, order_id, filtered=filtered))

    def take(self, decision: Decision, rules: ChannelRules) -> None:
        """Note what an order that is to be made takes from the stock."""
        if isinstance(decision, Create):
            self._taken.note(decision.order.order_id, taken_by(decision.orders, rules.store_statuses))

    def oversold(self, session: Session, store: Store, rules: ChannelRules) -> set[int]:
        """Products of which orders that another job has planned meanwhile leave too little for those planned here.

        To be asked in the transaction that puts these into the outbox: until its end nobody else puts in any.
        """
        if _sells_below_zero(store):
            return set()
        session.exec(select(Store.id).where(col(Store.id) == store.id).with_for_update(key_share=True)).one()
        late = self._taken.read(session, store, rules.store_statuses)
        return {one for one in late if one in self._limited and self._limited[one] < self._taken.by_others(one)}

    def _left(self, product: ProductRef, order_id: str = "") -> ProductRef:
        amount = self._asked.get(product.product_id, product.amount)
        if amount is None:
            return replace(product, amount=None)
        self._limited[product.product_id] = amount
        return replace(product, amount=amount - self._taken.by_others(product.product_id, order_id))

    def _ask(self, products: Products, orders: Iterable[Order]) -> None:
        """Ask the store for products of which the mirror has less than is wanted."""
        wanted: Counter[str] = Counter()
        for item in (item for order in orders for item in order.items):
            wanted[item.sku] += item.quantity
        short = {
            product.product_id
            for sku, candidates in products.items()
            for product in map(self._left, candidates)
            if product.amount is not None and product.amount < wanted[sku]
        }
        rows = whole_rows(self._client, sorted(short - self._asked.keys()))
        for number, row in rows.items():
            endless = not is_tracked(row) or row.get("out_of_stock_actions") == _PREORDER
            self._asked[number] = None if endless else shapes.integer(row.get("amount"))


def distrust_taken(session: Session, store: Store, products: Iterable[int]) -> None:
    """Let products be read anew that an order has just been made of, where the store can be asked for single ones.

    Until then the order counted as waiting (`taken`); what was read of its products before does not know of it.
    """
    if store.capabilities.get("filter_params", True) and not _sells_below_zero(store):
        distrust_in(session, store, products)


def _has_storefronts(store: Store) -> bool:
    """Whether products of one storefront may be missing in another."""
    return bool(store.capabilities.get("orders_under_stores")) and len(store.capabilities.get("storefronts") or ()) > 1


def _sells_below_zero(store: Store) -> bool:
    return bool(store.capabilities.get("sells_below_zero", True))


def endless(products: Products) -> Products:
    """The same products with as much of them as is wanted."""
    return {sku: [replace(product, amount=None) for product in some] for sku, some in products.items()}
