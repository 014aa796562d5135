"""One Amazon order with products of several vendors: a store order for each, through its whole life."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import col, select

from core import clock, vault
from core.actor import LOCAL_ADMIN, Actor
from core.channels import registry
from core.errors import CrossdockError
from core.model.link import OrderLink
from core.orders import actions as orders
from core.orders.preview import preview
from sandbox.sandbox import Sandbox
from sandbox.store.model import StoreOrder
from sandbox.world.order import WorldOrder
from tests.flows.kit import Shop, connected, sandbox_of, shop
from tests.flows.warehouse import SETTINGS, Warehouse, reopened, warehouse

VENDORS = {"edition": "MULTIVENDOR", "product_companies": {number: 2 for number in range(100_000) if number % 2}}
Served = tuple[Path, Sandbox, set[str]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A marketplace whose orders are in the store, by a channel of all vendors."""
    home = tmp_path_factory.mktemp("vendors") / "home"
    with warehouse(home, orders=120, store_options=VENDORS, company_id=0) as it:
        yield home, it.sandbox, set()
    vault.close_vault()
    clock.install(None, home)


@pytest.fixture
def it(served: Served) -> Iterator[Warehouse]:
    with reopened(*served) as again:
        yield again


def parts(it: Shop, order_id: str) -> list[StoreOrder]:
    """The store orders of an Amazon order, by vendor."""
    found = [one for one in it.sandbox.store.all_orders() if order_id in one.details]
    return sorted(found, key=lambda one: one.company_id)


def split(it: Shop, status: str = "P") -> list[str]:
    """Amazon orders that became several store orders, and stand with a status."""
    found = [one.order_id for one in it.sandbox.world.orders if one.expected.status == status]
    return [order_id for order_id in found if len(parts(it, order_id)) > 1]


def test_every_vendor_gets_an_order_of_its_own_products_and_they_add_up_to_the_cent(it: Warehouse) -> None:
    assert it.audit().ok, it.audit().as_dict()
    assert len(split(it)) > 3
    for order_id in split(it):
        sold = it.sandbox.world.order(order_id)
        found = parts(it, order_id)
        assert [one.company_id for one in found] == [1, 2]
        assert not any(one.is_parent_order or one.parent_order_id for one in found)
        for one in found:
            assert {line.company_id for line in one.lines.values()} == {one.company_id}
            assert one.total == sum((line.subtotal for line in one.lines.values()), one.shipping_cost)
        assert sum((one.total for one in found), Decimal(0)) == sold.expected.total
    with it.workspace.database.read() as session:
        links = session.exec(select(OrderLink).where(col(OrderLink.parts) > 1)).all()
        assert {link.parts for link in links} == {2} and all(link.verified_at for link in links)
        assert len({link.order_id for link in links}) * 2 == len(links)


def test_a_further_import_and_a_lost_home_make_none_of_them_again(it: Warehouse, tmp_path: Path) -> None:
    before = sorted(order.order_id for order in it.sandbox.store.all_orders())
    assert it.import_orders().counts["created"] == 0
    with connected(tmp_path / "second", it.sandbox, company_id=0, **SETTINGS) as second:
        job = second.import_orders()
        assert job.counts["created"] == 0 and not second.problems(job).keys() & set(split(it))
        assert len(split(second)) == len(split(it))
    assert sorted(order.order_id for order in it.sandbox.store.all_orders()) == before


def test_a_list_tells_all_store_orders_and_a_preview_all_lines(it: Warehouse) -> None:
    order_id = split(it)[0]
    numbers = tuple(one.order_id for one in parts(it, order_id))
    (view,) = [one for one in orders.list_orders(it.workspace, LOCAL_ADMIN, it.channel) if one.order_id == order_id]
    assert view.store_order_ids == numbers and view.store_order_id == numbers[0]
    shown = preview(it.workspace, LOCAL_ADMIN, it.channel, order_id)
    assert shown.total == it.sandbox.world.order(order_id).expected.total
    assert all(str(number) in shown.message for number in numbers)


def test_a_parcel_of_each_part_confirms_its_own_lines(it: Warehouse) -> None:
    order_id = next(one for one in it.open_orders(3, lines=2) if len(parts(it, one)) > 1)
    first, second = parts(it, order_id)
    it.ship([str(first.order_id)], way="whole", carrier="dhl", tracking="00340434161094042557")
    job = it.push()
    assert not it.codes(job)
    ours = {str(line.extra["amazon_order_item_id"]): line.amount for line in first.lines.values()}
    (package,) = it.packages(order_id).values()
    assert package.items == ours
    it.ship([str(second.order_id)], way="whole", carrier="dhl", tracking="00340434161094042558")
    assert not it.codes(it.push())
    assert len(it.packages(order_id)) == 2
    assert it.sandbox.world.order(order_id).draft.status == "SHIPPED"
    it.import_orders()
    assert [one.status for one in parts(it, order_id)] == ["C", "C"]


def test_C2_a_cancellation_reaches_every_part_but_one_that_was_shipped(it: Warehouse) -> None:
    whole, half = [one for one in split(it) if one not in it.used and it.sandbox.world.order(one).draft.packages == []][
        :2
    ]
    shipped = parts(it, half)[0]
    it.ship([str(shipped.order_id)], way="whole", carrier="dhl", tracking="00340434161094042559")
    status = shipped.status
    for order_id in (whole, half):
        it.sandbox.amazon.update_order(order_id, status="CANCELLED", imported=True)
    problems = it.problems(it.import_orders())
    assert [one.status for one in parts(it, whole)] == ["I", "I"] and whole not in problems
    assert [one.status for one in parts(it, half)] == [status, "I"]
    assert problems[half] == "store_order_changed"


def test_what_fails_of_one_part_is_told_and_made_later_and_the_other_stays(home: Path) -> None:
    with sandbox_of(orders=60, store_options=VENDORS) as sandbox, connected(home, sandbox, company_id=0) as it:
        # The store takes the larger part of an order, and not the smaller one, whichever comes first.
        wanted, least, most = max(
            ((one, *sorted(_worth(it, one).values())) for one in sandbox.world.orders if len(_worth(it, one)) > 1),
            key=lambda found: found[2] - found[1],
        )
        minimum = next(row for row in sandbox.store.settings.values() if row["name"] == "min_order_amount")
        minimum["value"] = str(least + Decimal("0.01"))
        assert it.problems(it.import_orders())[wanted.order_id] == "store_refused"
        (made,) = parts(it, wanted.order_id)
        assert made.status == "P" and made.company_id == max(_worth(it, wanted), key=_worth(it, wanted).__getitem__)
        minimum["value"] = "0"
        again = it.import_orders()
        assert wanted.order_id not in it.problems(again) and most > least
        assert [one.company_id for one in parts(it, wanted.order_id)] == [1, 2] and made in parts(it, wanted.order_id)
        assert it.audit().ok, it.audit().as_dict()


def _worth(it: Shop, order: WorldOrder) -> dict[int, Decimal]:
    """What the parts of an order to be shipped cost at the store's own prices, by vendor."""
    found: dict[int, Decimal] = {}
    for number, (units, _) in order.expected.lines.items() if order.expected.status == "P" else ():
        product = it.sandbox.store.products[number]
        found[product.company_id] = found.get(product.company_id, Decimal(0)) + product.price * units
    return found


def test_D1_parts_whose_creation_was_not_answered_are_made_once(home: Path) -> None:
    with sandbox_of(orders=50, store_options=VENDORS) as sandbox, connected(home, sandbox, company_id=0) as it:
        it.fault("store", "createOrder", "timeout_after", times=6, every=2)
        it.fault("store", "createOrder", "lost", times=2, after=5)
        it.import_orders()
        assert it.audit().ok, it.audit().as_dict()
        assert len(split(it)) > 1


def test_a_vendors_channel_takes_only_its_own_products(home: Path) -> None:
    with shop(home, orders=40, store_options=VENDORS) as it:
        job = it.import_orders(plan_only=True)
        foreign = [
            order.order_id
            for order in it.sandbox.world.orders
            if any(it.sandbox.store.products[number].company_id == 2 for number in order.expected.lines)
        ]
        problems = it.problems(job)
        assert foreign and {problems[order_id] for order_id in foreign} == {"sku_unknown"}


def test_only_an_administrator_makes_a_channel_one_of_all_vendors(home: Path) -> None:
    with shop(home, orders=1, other_orders=0, products=4, store_options=VENDORS) as it:
        vera = Actor("vera", is_admin=False, store_id=1, company_id=1)
        with pytest.raises(CrossdockError):
            registry.edit(it.workspace, vera, {"name": it.channel, "company_id": 0})
        assert registry.show(it.workspace, LOCAL_ADMIN, it.channel).company_id == 1
        assert registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "company_id": 0}).company_id is None
        with pytest.raises(CrossdockError):
            registry.show(it.workspace, vera, it.channel)
        assert registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "company_id": 2}).company_id == 2


def test_a_product_that_its_storefront_does_not_share_is_known_before_anything_is_sent(home: Path) -> None:
    with (
        sandbox_of(orders=40, store_options=VENDORS | {"edition": "ULTIMATE"}) as sandbox,
        connected(home, sandbox) as it,
    ):
        foreign = {number for number, product in sandbox.store.products.items() if product.company_id == 2}
        concerned = [o.order_id for o in sandbox.world.orders if foreign & o.expected.lines.keys()]
        job = it.import_orders()
        problems = it.problems(job)
        assert concerned and {problems[order_id] for order_id in concerned} == {"sku_unknown"}
        said = next(
            one for one in orders.list_orders(it.workspace, LOCAL_ADMIN, it.channel) if one.order_id in concerned
        )
        assert "is not shared with storefront 1" in said.message and "Share the product" in said.fix
        assert not any(code == "store_refused" for code in problems.values())
        sandbox.store.options.shared_products = sorted(foreign)
        again = it.import_orders()
        assert not set(concerned) & it.problems(again).keys()
        assert it.audit().ok, it.audit().as_dict()
