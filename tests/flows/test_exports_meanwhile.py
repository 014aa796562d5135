"""What happens while an export waits, is planned or is on its way: edits, cancelling, what the seller lists by hand.

One world serves all tests of this file.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from core.actor import LOCAL_ADMIN
from core.flows import again, runner
from core.listings import NAME, PUT_KIND
from core.listings import actions as exports
from core.listings.sender import ListingDelivery
from core.model.channel import Channel
from core.products.offers import mark_edited
from core.stock import actions as stock
from core.stop_writes import stop_writes
from core.subjects import Owner, Subject
from core.submissions import route
from core.submissions.sender import LOOK_FIRST
from core.sync.outbox import NewIntent, post
from tests.flows.export_kit import Exports, exporting, linked, map_kettles
from tests.sandbox.listing_kit import WORDS, Seller


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exports]:
    with exporting(tmp_path_factory.mktemp("meanwhile") / "home") as it:
        map_kettles(it)
        stock.confirm_counts(it.workspace, LOCAL_ADMIN, it.channel)
        yield it


@pytest.fixture
def it(served: Exports, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exports]:
    served.resume(monkeypatch)
    yield served


def test_an_edit_while_amazon_works_on_a_feed_goes_out_after_it(it: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "FEW_SECONDS", 0.0)
    skus = [f"MEAN-{number}" for number in range(70, 82)]
    numbers = [it.product(sku, number) for number, sku in enumerate(skus, 70)]
    it.sandbox.set_pace({"queue": 300, "work": 0})
    job = exports.export_products(it.workspace, LOCAL_ADMIN, it.channel, skus=skus, direct=True).job_id
    while not it.calls("amazon", "createFeed"):
        runner.run(it.workspace, job)
        it.forward(1)
    it.change(numbers[0], product="Edited meanwhile")
    with it.workspace.database.write() as session:
        mark_edited(session, 1, numbers[:1])  # as the watch of the store does it
    it.run(job)
    it.sandbox.set_pace({"queue": 0, "work": 0})
    assert it.calls("amazon", "createFeed") == 1
    seller = Seller(it.sandbox)
    assert seller.item(skus[0])["attributes"]["item_name"][0]["value"] == "Kettle 70"
    assert it.results(it.follow())[skus[0]] == ("updated", "")
    assert seller.item(skus[0])["attributes"]["item_name"][0]["value"] == "Edited meanwhile"


def test_what_a_cancelled_export_has_not_sent_is_not_listed_by_the_next_sync(it: Exports) -> None:
    """Of a linked listing an edit from before it still goes out, and nothing else; an export lists the others."""
    sku, number = linked(it, 3)
    it.sync()
    before = Seller(it.sandbox).item(sku)["attributes"]
    it.product("K-15", 15)
    it.change(number, product="Edited before the export")
    stop_writes(it.workspace, LOCAL_ADMIN, True)
    asked = exports.export_products(it.workspace, LOCAL_ADMIN, it.channel, skus=["K-15", sku], direct=True)
    runner.run(it.workspace, asked.job_id)
    assert it.row(sku).state == "planned"
    again.cancel(it.workspace.database, LOCAL_ADMIN, asked.job_id)
    stop_writes(it.workspace, LOCAL_ADMIN, False)
    found = it.results(it.sync())
    assert found[sku] == ("updated", "") and "K-15" not in found
    now = Seller(it.sandbox).item(sku)["attributes"]
    assert {name for name in now if now[name] != before.get(name)} == {"item_name"}
    assert now["item_name"][0]["value"] == "Edited before the export"
    assert Seller(it.sandbox).item("K-15") == {}
    assert it.results(it.export(skus=["K-15"])) == {"K-15": ("created", "")}


@pytest.mark.parametrize(("first", "feeds"), [(90, 0), (100, 1)])
def test_what_the_seller_lists_while_an_export_waits_is_not_replaced_unasked(
    it: Exports, monkeypatch: pytest.MonkeyPatch, first: int, feeds: int
) -> None:
    """Whether it goes alone or in a feed; the others go, and so does this one once somebody names it."""
    if feeds:
        monkeypatch.setattr(route, "FEW_SECONDS", 0.0)
    skus = [f"H-{number}" for number in range(first, first + 2 + 10 * feeds)]
    for number, sku in enumerate(skus, first):
        it.product(sku, number)
    stop_writes(it.workspace, LOCAL_ADMIN, True)
    asked = exports.export_products(it.workspace, LOCAL_ADMIN, it.channel, skus=skus, direct=True)
    runner.run(it.workspace, asked.job_id)
    (would,) = it.preview(skus=skus[:1])
    assert would.body is not None
    by_hand = would.body["attributes"] | {"item_name": [{"value": "By hand", **WORDS}]}
    assert Seller(it.sandbox).put(skus[0], {**would.body, "attributes": by_hand})["status"] == "ACCEPTED"
    it.forward(2 * 3600)
    it.sandbox.ledger.clear()
    stop_writes(it.workspace, LOCAL_ADMIN, False)
    expected = {skus[0]: ("failed", "listed_meanwhile"), **dict.fromkeys(skus[1:], ("created", ""))}
    assert it.results(it.run(asked.job_id)) == expected and it.calls("amazon", "createFeed") == feeds
    (number,) = (one.product_id for one in it.sandbox.store.products.values() if one.product_code == skus[0])
    it.forward(5)
    it.change(number, product="Edited after that")
    it.sync()
    assert Seller(it.sandbox).item(skus[0])["attributes"]["item_name"][0]["value"] == "By hand"
    assert it.results(it.export(skus=skus[:1])) == {skus[0]: ("updated", "")}


def test_what_a_feed_that_was_given_up_has_made_is_no_listing_of_somebody_else(it: Exports) -> None:
    """It is looked at first, also where that has waited long."""
    it.product("K-8", 8)
    ended = it.export(skus=["K-8"]).id
    with it.workspace.database.write() as session:
        channel = session.exec(select(Channel).where(col(Channel.name) == it.channel)).one()
        again = [NewIntent(Subject("sku", "K-8"), PUT_KIND, step=LOOK_FIRST)]
        post(session, channel, ended, Owner.seller(channel.account_id), NAME, again)
    it.forward(2 * 3600)
    assert it.results(it.follow())["K-8"][0] != "failed"
    assert it.state("K-8") == "buyable"


def test_what_the_seller_lists_after_a_refusal_is_not_replaced_by_an_edit(it: Exports) -> None:
    number = it.product("H-80", 80)
    it.fault("amazon", "listing", "gated")
    assert it.results(it.export(skus=["H-80"])) == {"H-80": ("failed", "submission_refused")}
    (would,) = it.preview(skus=["H-80"])
    assert would.body is not None
    assert Seller(it.sandbox).put("H-80", would.body)["status"] == "ACCEPTED"
    it.forward(2 * 3600)
    it.change(number, product="Edited after the refusal")
    assert it.results(it.sync())["H-80"] == ("failed", "listed_meanwhile")
    assert Seller(it.sandbox).item("H-80")["attributes"]["item_name"][0]["value"] == "Kettle 80"


def test_an_export_of_what_is_being_sent_says_so_and_it_goes_out_after_that(it: Exports) -> None:
    number = it.product("K-6", 6)
    it.export(skus=["K-6"])
    it.fault("amazon", "listing", "swallowed")
    it.change(number, product="Kettle 6 of steel")
    asked = stock.sync(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ListingDelivery, "verify", _stopped)
        with pytest.raises(KeyboardInterrupt):
            runner.run(it.workspace, asked.job_id)
    it.change(number, product="Kettle 6 of iron")
    result, said = it.results(it.export(skus=["K-6"]))["K-6"]
    assert (result, said[:25]) == ("unchanged", "It is being sent just now")
    it.forward(600)  # its lease ends
    it.run(asked.job_id)
    it.sync()
    assert Seller(it.sandbox).item("K-6")["attributes"]["item_name"][0]["value"] == "Kettle 6 of iron"


def _stopped(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("kind", ["drop", "timeout_after"])
def test_a_title_whose_patch_had_no_answer_is_at_amazon_once(it: Exports, kind: str) -> None:
    """Titles are not compared where Amazon has said that it took them: it may have split them."""
    sku = f"T-{kind}"
    number = it.product(sku, 120 + len(kind))
    it.export(skus=[sku])
    it.change(number, product=f"Kettle after {kind}")
    it.fault("amazon", "patchListingsItem", kind, seconds=0.5)
    assert it.results(it.export(skus=[sku]))[sku] == ("updated", "")
    assert Seller(it.sandbox).item(sku)["attributes"]["item_name"][0]["value"] == f"Kettle after {kind}"
    it.sync()
    assert not it.sandbox.audit_listings({"skus": [sku]}).sent_twice
