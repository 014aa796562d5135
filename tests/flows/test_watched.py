"""Listings that were there before: an edit in the store reaches them, and nothing else of the store does.

One world serves all tests of this file; they build on each other's listings.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from sqlmodel import col, delete, select

from core import clock
from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.channels import registry
from core.fields import mapping as fields
from core.fields.plan.sources import constant, field
from core.listings import actions as exports
from core.listings import store_side, watching
from core.listings.exports import (
    Target,
    attributes_of,
    forget_unsent,
    mark,
    mark_clean,
    plan_in,
    seen_in_store,
    sent_of,
    take,
)
from core.listings.exports import exports as exports_of
from core.model.channel import Channel
from core.model.listing_export import ListingExport
from core.model.store import StoreProduct
from core.products import actions as products
from core.products.offers import mark_edited, match_again
from core.stock import actions as stock
from core.sync.dirty import watch_anew
from sandbox.world.category import node_of
from sandbox.world.marketplaces import DE
from tests.flows.export_kit import WRITES, Exports, exporting, linked
from tests.sandbox.listing_kit import Seller, patch, units


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exports]:
    with exporting(tmp_path_factory.mktemp("watched") / "home") as it:
        asked = categories.refresh_categories(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
        it.run(asked.job_id)
        it.forward(600)
        yield it


@pytest.fixture
def it(served: Exports, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exports]:
    served.resume(monkeypatch)
    yield served


def kind_of(it: Exports, sku: str) -> str:
    return str(Seller(it.sandbox).item(sku)["summaries"][0]["productType"])


def test_K1_an_export_takes_no_listing_from_amazon_and_brings_none_there_unasked(it: Exports) -> None:
    """A code that is mapped for a whole product type is no decision about a listing that was there before."""
    name, seller = "fulfillment_availability", Seller(it.sandbox)
    (by_amazon, _), (by_merchant, _) = linked(it, 4), linked(it, 3)
    seller.patch(by_amazon, patch(name, units(None), op="delete"), patch(name, units(None, "AMAZON_EU")))
    row, before = f"{name}.fulfillment_channel_code", [seller.stock(sku) for sku in (by_amazon, by_merchant)]
    for sku, code in ((by_amazon, "DEFAULT"), (by_merchant, "AMAZON_EU")):
        told = {"channel": it.channel, "product_type": kind_of(it, sku)}
        fields.set_field(it.workspace, LOCAL_ADMIN, row, constant(code), **told)
        assert it.results(it.export(skus=[sku])) == {sku: ("held", "shipper_differs")}
        fields.unset_field(it.workspace, LOCAL_ADMIN, row, **told)
    assert [seller.stock(sku) for sku in (by_amazon, by_merchant)] == before


def test_K2_a_listing_that_was_there_keeps_its_content_until_the_store_changes_it(it: Exports) -> None:
    """What is linked is watched once the counts are confirmed; an edit of the product sends what it changes."""
    sku, number = linked(it)
    seller = Seller(it.sandbox)
    before = seller.item(sku)["attributes"]
    it.change(number, product="Edited before the counts were confirmed")
    it.sync()
    assert seller.item(sku)["attributes"] == before
    stock.confirm_counts(it.workspace, LOCAL_ADMIN, it.channel)
    it.sync()
    own = {"purchasable_offer", "fulfillment_availability"}
    now = seller.item(sku)["attributes"]
    assert {name for name in before if before[name] != now[name]} <= own, "the first sync writes no content"
    assert it.row(sku).state == "watched"
    it.forward(5)  # time stamps of the store have seconds
    it.change(number, full_description="<p>Another text.</p>")
    it.sandbox.ledger.clear()
    assert it.results(it.sync())[sku] == ("updated", "")
    now = seller.item(sku)["attributes"]
    changed = {name for name in now if now[name] != before.get(name)} - own
    assert changed == {"product_description"} and "Another text." in now["product_description"][0]["value"]
    assert list(attributes_of(it.row(sku))) == ["product_description"] and it.state(sku) == "buyable"
    it.sandbox.ledger.clear()
    it.sync()
    assert not it.told().keys() & WRITES


def test_K2_a_changed_mapping_swallows_no_edit_and_is_none(it: Exports) -> None:
    """Whatever was edited before it goes out after it, by the mapping as it is now; nothing else does."""
    sku, number = linked(it, 1)
    it.sync()
    seller, kind = Seller(it.sandbox), kind_of(it, sku)
    before = seller.item(sku)["attributes"]
    it.change(number, product="Edited before the mapping changed")
    told = constant("Mapped after the edit")
    fields.set_field(it.workspace, LOCAL_ADMIN, "model_number", told, channel=it.channel, product_type=kind)
    categories.unmap_category(it.workspace, LOCAL_ADMIN, it.channel, category_of(it, sku))
    assert it.results(it.sync()).get(sku, ("unchanged",))[0] == "unchanged", "its category is not mapped"
    linked(it, 1)
    assert it.results(it.sync())[sku] == ("updated", "")
    now = seller.item(sku)["attributes"]
    assert {name for name in now if now[name] != before.get(name)} == {"item_name"}
    assert now["item_name"][0]["value"] == "Edited before the mapping changed"


def category_of(it: Exports, sku: str) -> int:
    (product,) = (one for one in it.sandbox.store.products.values() if one.product_code == sku)
    return product.category_ids[0]


@pytest.mark.parametrize("reader", [store_side, watching])
def test_an_edit_that_is_saved_while_its_listing_is_planned_or_seen_first_goes_out_after_that(
    it: Exports, monkeypatch: pytest.MonkeyPatch, reader: ModuleType
) -> None:
    """The store is read, the product is saved and seen to be so, and only then what was read is written down."""
    (sku, number), name = linked(it, 1), f"Edited during {reader.__name__}"
    it.sync()
    read = store_side.products

    def edited(*arguments: Any) -> Any:
        found = read(*arguments)
        monkeypatch.undo()
        it.change(number, product=name)
        with it.workspace.database.write() as session:
            mark_edited(session, 1, [number])
        return found

    with it.workspace.database.write() as session:
        mark_edited(session, 1, [number])
        if reader is watching:
            watch_anew(session, 1, [number])
    monkeypatch.setattr(reader, "products", edited)
    it.follow()
    it.resume(monkeypatch)
    it.follow()
    assert Seller(it.sandbox).item(sku)["attributes"]["item_name"][0]["value"] == name


def test_of_two_jobs_that_plan_a_listing_the_one_that_read_it_earlier_loses_no_edit(it: Exports) -> None:
    """The other may be stopped before it has planned what it took."""
    sku, number = linked(it, 1)
    with it.workspace.database.write() as session:
        channel = session.exec(select(Channel).where(col(Channel.name) == it.channel)).one()
        for edited_before in (False, True):
            if edited_before:
                mark_edited(session, channel.store_id, [number])
            earlier = take(session, channel, [sku])
            mark_edited(session, channel.store_id, [number])
            take(session, channel, [sku])
            mark_clean(channel, session, sorted(earlier))
            (row,) = exports_of(session, channel, [sku]).values()
            session.refresh(row)
            assert row.dirty or row.taken
            mark(session, channel, [sku], dirty=False, taken=False)


def test_K2_what_this_program_did_not_write_is_nobodys_to_repair(it: Exports) -> None:
    sku = it.sandbox.world.products[0].sku
    entry = {"marketplace_id": "A1PA6795UKMFR9", "language_tag": "de_DE"}
    seller = Seller(it.sandbox)
    seller.patch(sku, {"op": "replace", "path": "/attributes/brand", "value": [{"value": "Theirs", **entry}]})
    text = {"op": "replace", "path": "/attributes/product_description", "value": [{"value": "Theirs", **entry}]}
    seller.patch(sku, text)
    it.forward(600)
    it.follow()
    told = seller.item(sku)["attributes"]
    assert told["brand"][0]["value"] == "Theirs"
    assert "Another text." in told["product_description"][0]["value"]


def test_a_changed_mapping_is_no_change_of_what_is_only_linked(it: Exports) -> None:
    sku = it.sandbox.world.products[0].sku
    seller = Seller(it.sandbox)
    before = seller.item(sku)["attributes"]
    kind = seller.item(sku)["summaries"][0]["productType"]
    told = constant("Mapped later")
    fields.set_field(it.workspace, LOCAL_ADMIN, "model_number", told, channel=it.channel, product_type=kind)
    it.follow()
    assert seller.item(sku)["attributes"] == before and it.row(sku).product is not None


def test_what_is_watched_is_looked_at_when_somebody_asks_and_stays_watched(it: Exports) -> None:
    """As a notification of Amazon's does; the issue stands in the list, and holds nothing."""
    sku, _ = linked(it, 2)
    it.sync()
    it.sandbox.change_listing({"sku": sku, "title": "Another title at Amazon"})
    with it.workspace.database.write() as session:
        row = session.exec(select(ListingExport).where(col(ListingExport.sku) == sku)).one()
        row.next_look = clock.now()
        session.add(row)
    it.sync()
    assert (it.row(sku).state, it.row(sku).next_look) == ("watched", None)
    assert it.listing(sku).title == "Another title at Amazon"


def test_K2_neither_the_daily_comparison_nor_another_try_sends_more_than_what_has_changed(it: Exports) -> None:
    sku = it.sandbox.world.products[0].sku
    before = Seller(it.sandbox).item(sku)["attributes"]
    with it.workspace.database.write() as session:
        row = session.exec(select(ListingExport).where(col(ListingExport.sku) == sku)).one()
        row.next_look = clock.now()
        session.add(row)
    it.sandbox.ledger.clear()
    assert it.results(it.follow())[sku] == ("unchanged", "It is buyable.")
    again = exports.retry(it.workspace, LOCAL_ADMIN, it.channel, [sku], direct=True)
    assert it.results(it.run(again.job_id)) == {sku: ("unchanged", "Amazon has it as it was sent.")}
    assert Seller(it.sandbox).item(sku)["attributes"] == before and it.row(sku).product is not None
    assert not it.told().keys() & WRITES


def test_K2_what_an_import_writes_into_the_store_is_no_change_of_the_store(it: Exports) -> None:
    """Amazon's own words do not go back to it, as the store has them now."""
    sku = it.sandbox.world.products[0].sku
    asked = products.import_products(it.workspace, LOCAL_ADMIN, it.channel, skus=[sku], direct=True)
    assert it.results(it.run(asked.job_id))[sku][0] == "updated"
    it.sandbox.ledger.clear()
    it.sync()
    assert it.row(sku).state == "watched" and not it.told().keys() & WRITES


def test_a_linked_listing_whose_product_has_left_the_mapped_categories_asks_for_nothing(it: Exports) -> None:
    """Price and stock go out for every linked SKU, content only where the category is mapped."""
    sku, number = linked(it, 4)
    it.sync()
    assert it.row(sku).state == "watched" and it.row(sku).attributes is not None
    it.change(number, category_ids=[1], product="In a category that is not mapped")
    result, why = it.results(it.sync()).get(sku, ("unchanged", ""))
    assert result == "unchanged" and not it.row(sku).dirty, why


def test_a_listing_is_held_for_its_mapping_only_once_the_store_has_changed_its_product(it: Exports) -> None:
    """As long as nothing of it is to be sent, nothing has to be mended first."""
    sku, number = linked(it, 2)
    it.sync()
    category, kind = category_of(it, sku), kind_of(it, sku)
    other = next(found for one in it.sandbox.world.products if (found := kind_of(it, one.sku)) != kind)
    categories.map_category(it.workspace, LOCAL_ADMIN, it.channel, category, node_of(DE, category).node_id, other)
    it.sync()
    assert (it.row(sku).state, it.row(sku).product is not None) == ("watched", True)
    it.forward(5)
    it.change(number, full_description="<p>Edited while its category has another product type.</p>")
    assert it.results(it.sync())[sku] == ("held", "product_type_mismatch")
    linked(it, 2)
    assert it.results(it.sync())[sku] == ("updated", "")


def test_an_export_that_names_a_linked_listing_sends_all_that_differs_as_its_preview_shows(it: Exports) -> None:
    """By PATCH, and no identifier is asked for; price and quantity are no content."""
    sku = it.sandbox.world.products[0].sku
    (would,) = it.preview(skus=[sku])
    assert would.operation == "PATCH" and would.body is not None and not would.problems
    names = {patch["path"].removeprefix("/attributes/") for patch in would.body["patches"]}
    assert "model_number" in names and not names & {"purchasable_offer", "fulfillment_availability"}
    assert it.results(it.export(skus=[sku])) == {sku: ("updated", "")}
    assert it.told().get("patchListingsItem") == 1
    assert Seller(it.sandbox).item(sku)["attributes"]["model_number"][0]["value"] == "Mapped later"
    it.sandbox.ledger.clear()
    assert it.results(it.export(skus=[sku])) == {sku: ("unchanged", "Amazon has it as it was sent.")}
    assert not it.told().keys() & WRITES


def test_with_the_push_of_products_off_content_goes_where_somebody_asks_for_it(it: Exports) -> None:
    """Not with the counts, a price, another try or the schedule of stock; with a sync or an export."""
    sku, number = linked(it, 3)
    stock.confirm_counts(it.workspace, LOCAL_ADMIN, it.channel)
    it.sync()
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"push_products": False}})
    name = "Edited while nothing is pushed"
    it.change(number, product=name, amount="41")
    here = (it.workspace, LOCAL_ADMIN, it.channel)
    asked = [
        stock.release_counts(*here, direct=True),
        stock.release_prices(*here, [sku], direct=True),
        stock.retry(*here, [sku], direct=True),
        stock.push(*here, direct=True),
    ]
    for one in asked:
        it.run(one.job_id)
    told = Seller(it.sandbox).item(sku)["attributes"]
    assert told["fulfillment_availability"][0]["quantity"] == 41 and told["item_name"][0]["value"] != name
    assert it.results(it.sync())[sku] == ("updated", "")
    assert Seller(it.sandbox).item(sku)["attributes"]["item_name"][0]["value"] == name
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"push_products": True}})


def test_a_price_that_jumped_does_not_go_out_as_a_list_price_either(it: Exports) -> None:
    """It follows once a person let the price go."""
    sku, number = linked(it, 2)
    seller, told = Seller(it.sandbox), {"channel": it.channel, "product_type": kind_of(it, sku)}
    stock.confirm_counts(it.workspace, LOCAL_ADMIN, it.channel)
    fields.set_field(it.workspace, LOCAL_ADMIN, "list_price", field("list_price_or_price"), **told)
    it.sync()
    price = it.listing(sku).price_minor or 0
    it.change(number, price=str(price / 10), product="Slipped")

    def listed_at() -> list[float]:
        return [one["value"] for one in seller.item(sku)["attributes"].get("list_price", ())]

    before = listed_at()
    it.sync()
    assert seller.item(sku)["attributes"]["item_name"][0]["value"] == "Slipped" and listed_at() == before
    released = stock.release_prices(it.workspace, LOCAL_ADMIN, it.channel, [sku], direct=True)
    it.run(released.job_id)
    it.sync()
    assert listed_at() == [price / 10]
    fields.unset_field(it.workspace, LOCAL_ADMIN, "list_price", **told)


def test_what_is_planned_whole_while_its_product_is_read_is_not_noted_as_watched(it: Exports) -> None:
    sku, number = linked(it, 3)
    it.sync()
    seen = sent_of(it.row(sku))
    assert seen is not None and seen.seen is not None
    with it.workspace.database.write() as session:
        channel = session.exec(select(Channel).where(col(Channel.name) == it.channel)).one()
        watch_anew(session, channel.store_id, [number])
        plan_in(session, channel, [Target(sku, number)], whole=True)
        seen_in_store(session, channel, {sku: seen.seen})
        (row,) = exports_of(session, channel, [sku]).values()
        assert (row.state, row.product, row.attributes) == ("planned", None, None)
        forget_unsent(session, channel, [sku])


@pytest.mark.parametrize("what", ["import", "unlink"])
def test_what_is_taken_back_is_not_watched_by_what_counts_no_more(it: Exports, what: str) -> None:
    """Neither by the product of before an import, nor by a product that the SKU does not mean any more."""
    sku, number = linked(it, 3)
    it.sync()
    assert it.row(sku).product is not None
    with it.workspace.database.write() as session:
        channel = session.exec(select(Channel).where(col(Channel.name) == it.channel)).one()
        plan_in(session, channel, [Target(sku, number)], whole=True)
        if what == "import":
            watch_anew(session, channel.store_id, [number])
        else:
            session.exec(delete(StoreProduct).where(col(StoreProduct.sku) == sku))
            match_again(session, channel, sku)
        forget_unsent(session, channel, [sku])
        assert exports_of(session, channel, [sku]) == {}
    it.sync()
