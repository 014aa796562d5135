"""Products delivered to the store over HTTP: once, exact, and with what the store does behind the back undone.

One world serves all tests of this file; each uses SKUs of its own. The program's clock runs fifty times faster.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from core import clock, vault
from core.jobs.views import JobView
from core.keyring import open_keys
from core.model.job import JobState
from core.model.outbox import SENDING, OutboxIntent
from core.products.deliver import CREATE, DOUBLE
from core.products.evidence import Evidence
from core.products.wanted import WantedFamily, WantedFeature
from sandbox.store.call import Call
from sandbox.store.model import StoreImage
from sandbox.store.products import create_product
from tests.flows.kit import connected, sandbox_of
from tests.flows.product_kit import Products, coloured, pictures, wanted

FAST = "0,50"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Products]:
    home = tmp_path_factory.mktemp("products") / "home"
    sandbox = sandbox_of(orders=2, other_orders=0, products=8)
    with sandbox, connected(home, sandbox, test_clock=FAST, settle_seconds=25.0, store_timeout=1.0) as shop:
        yield Products(sandbox, shop.workspace, shop.channel)
    vault.close_vault()
    clock.install(None, home)


@pytest.fixture
def it(served: Products, monkeypatch: pytest.MonkeyPatch) -> Products:
    settings = served.workspace.settings
    monkeypatch.setenv("CROSSDOCK_HOME", str(settings.home))
    open_keys(settings, served.workspace.database)
    clock.install(FAST, settings.home)
    served.sandbox.faults.clear()
    served.sandbox.ledger.clear()
    served.sandbox.set_pictures()
    return served


def fine(job: JobView, **counts: int) -> None:
    """A job succeeded; of its items so many were created, updated or found as they were to be."""
    assert job.state is JobState.SUCCEEDED, job
    found = {name: count for name, count in job.counts.items() if count and name != "seen"}
    assert not counts or found == counts


# -- once, and with few calls ---------------------------------------------------------------------------------------


def test_products_are_made_with_one_call_each_and_read_back_together(it: Products) -> None:
    things = [wanted(f"A-{number}", images=pictures(f"a{number}", 3)) for number in range(12)]
    fine(it.deliver(*things), created=12)
    assert it.judged(*things).ok
    calls = {name: it.calls("store", name) for name in ("listProducts", "createProduct", "updateProduct", "getProduct")}
    assert (calls["createProduct"], calls["updateProduct"], calls["getProduct"]) == (12, 12, 0)
    assert calls["listProducts"] <= 4  # one to look for a hundred SKUs, one for fifty to read back
    row = it.mirrored("A-3")
    assert (row.product_id, row.name, row.amount, row.price_minor) == (it.one("A-3").product_id, "Lamp A-3", 7, 1990)
    assert tuple(row.image_sources) == things[3].images


def test_an_update_writes_what_differs_and_nothing_where_nothing_does(it: Products) -> None:
    thing = wanted("B-1", images=pictures("b", 2))
    fine(it.deliver(thing))
    there = replace(thing, product_id=it.one("B-1").product_id)
    it.sandbox.ledger.clear()
    fine(it.deliver(there), unchanged=1)
    assert it.calls("store", "updateProduct") == 0
    it.one("B-1").full_description = "The operator's own"
    changed = replace(there, description=None, price=Decimal("21"), amount=9)
    fine(it.deliver(changed), updated=1)
    assert it.calls("store", "updateProduct") == 1
    found = it.one("B-1")
    assert (found.price, found.amount, found.full_description) == (Decimal(21), 9, "The operator's own")


# -- never twice ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["timeout_after", "error_after", "reset"])
def test_what_was_made_without_an_answer_is_found_by_its_sku(it: Products, kind: str) -> None:
    things = [wanted(f"C-{kind}-{number}") for number in range(3)]
    it.fault("store", "createProduct", kind, times=2, seconds=1.2)
    fine(it.deliver(*things), created=3)
    for _ in range(100):  # a call that is held back is counted at its end, and not by the next test
        if it.calls("store", "createProduct") >= len(things):
            break
        signal.sigtimedwait([], 0.02)
    assert it.judged(*things).ok and it.calls("store", "createProduct") <= len(things)


def test_what_was_not_made_is_made_again(it: Products) -> None:
    it.fault("store", "createProduct", "lost", times=1)
    thing = wanted("D-1")
    fine(it.deliver(thing), created=1)
    assert it.judged(thing).ok and it.calls("store", "createProduct") == 2


def test_of_one_that_a_slow_store_made_after_all_one_is_kept(it: Products) -> None:
    # The store commits only after the settling time, so the creation was repeated by then.
    it.fault("store", "createProduct", "late_commit", times=1, seconds=0.9)
    thing = wanted("E-1")
    fine(it.deliver(thing), created=1)
    assert it.judged(thing).ok


def made_by_hand(it: Products, sku: str, name: str) -> int:
    """A product as `wanted` describes it, but for its name."""
    body = {"product": name, "price": "19.90", "product_code": sku, "category_ids": [11, 2], "company_id": 1}
    more = {"full_description": wanted(sku).description, "amount": 7, "weight": "0.5", "box_length": 13}
    number: int = create_product(it.sandbox.store, Call("POST", "products", None, {}, body | more)).body["product_id"]
    return number


def resumed(it: Products, sku: str, kept: int, **changes: Any) -> JobView:
    """What becomes of an intent whose product was created twice, and one of both found."""
    job_id = it.post(wanted(sku))
    with it.workspace.database.write() as session:
        intent = session.exec(select(OutboxIntent).where(col(OutboxIntent.job_id) == job_id)).one()
        known = Evidence(product_id=kept, creating=True, repeated=True, written=True)
        intent.sqlmodel_update({"attempts": 3, "sent_at": clock.now(), "evidence": known.to_json(), **changes})
    return it.run(job_id)


@pytest.mark.parametrize("gone", [True, False], ids=["after it was deleted", "before it was deleted"])
def test_a_double_whose_deletion_was_interrupted_is_gone_in_the_end(it: Products, gone: bool) -> None:
    sku = f"DB-{gone}"
    kept, double = (made_by_hand(it, sku, f"Lamp {sku}") for _ in "ab")
    if gone:
        del it.sandbox.store.products[double]
    fine(resumed(it, sku, kept, state=SENDING, step=f"{DOUBLE}{double}"), created=1)
    assert it.judged(wanted(sku)).ok and it.one(sku).product_id == kept
    assert it.calls("store", "deleteProduct") == (0 if gone else 1)


def test_another_product_of_the_sku_that_is_not_as_it_was_made_is_not_deleted(it: Products) -> None:
    kept, other = made_by_hand(it, "DX", "Lamp DX"), made_by_hand(it, "DX", "The operator's own")
    assert it.codes(resumed(it, "DX", kept)) == {"DX": "sku_taken"}
    assert it.sandbox.store.products.pop(other) and it.one("DX") and it.calls("store", "deleteProduct") == 0


@pytest.mark.parametrize("made", [True, False], ids=["after it was made", "before it was made"])
def test_what_a_sender_that_died_has_begun_is_looked_for(it: Products, made: bool) -> None:
    thing = wanted(f"F-{made}", images=pictures(f"f{made}", 2))
    job_id = it.post(thing)
    with it.workspace.database.write() as session:
        intent = session.exec(select(OutboxIntent).where(col(OutboxIntent.job_id) == job_id)).one()
        intent.state, intent.step, intent.attempts, intent.sent_at = SENDING, CREATE, 1, clock.now()
        intent.evidence = Evidence(creating=True).to_json()
        session.add(intent)
    if made:
        body = {"product": thing.name, "price": "1", "product_code": thing.sku, "category_ids": [11], "company_id": 1}
        create_product(it.sandbox.store, Call("POST", "products", None, {}, body))
    fine(it.run(job_id), created=1)
    assert it.judged(thing).ok and it.calls("store", "createProduct") == (0 if made else 1)


@pytest.mark.long
@pytest.mark.parametrize("call", [1, 2, 3, 4, 5, 6, 7])
def test_a_killed_worker_loses_nothing_and_makes_nothing_twice(it: Products, call: int) -> None:
    things = [coloured(f"V-{call}-{colour}", colour, images=pictures(f"v{call}{colour}", 2)) for colour in "rgb"]
    family = WantedFamily(f"V-{call}", tuple(one.sku for one in things), ("Colour",))
    job_id = it.post(*things, family)
    it.sandbox.set_pictures(seconds=0.05)
    worker = it.worker(job_id)
    while worker.poll() is None and it.calls("store", "createProduct") + it.calls("store", "updateProduct") < call:
        signal.sigtimedwait([], 0.005)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)
    fine(it.run(job_id))
    assert it.judged(*things, families=[family]).ok


def test_a_sku_that_the_store_takes_for_the_same_is_not_made_again(it: Products) -> None:
    fine(it.deliver(wanted("G-case")))
    job = it.deliver(wanted("g-CASE"))
    assert it.codes(job) == {"g-CASE": "sku_taken"}
    assert "G-case" in it.message(job, "g-CASE") and it.stored("g-CASE") == []


def test_a_product_that_appeared_meanwhile_is_left_as_it_is(it: Products) -> None:
    fine(it.deliver(wanted("H-1", name="The operator's own")))
    job = it.deliver(wanted("H-1"))
    assert it.codes(job) == {"H-1": "product_appeared"}
    assert it.one("H-1").product == "The operator's own"


def test_the_same_sku_of_another_company_is_another_product(it: Products) -> None:
    first, second = wanted("I-1"), wanted("I-1", company_id=2)
    fine(it.deliver(first))
    fine(it.deliver(second))
    assert sorted(one.company_id for one in it.stored("I-1")) == [1, 2]
    foreign = replace(first, product_id=max(one.product_id for one in it.stored("I-1")))
    assert it.codes(it.deliver(foreign)) == {"I-1": "product_foreign"}


def test_refusals_and_products_that_are_gone_stop_none_of_the_others(it: Products) -> None:
    it.sandbox.store.categories[17]["company_id"] = "2"
    refused, gone, good = wanted("J-1", category_ids=(17,)), wanted("J-2", product_id=999_999), wanted("J-3")
    job = it.deliver(refused, gone, good, wanted("J-4", name=None))
    assert it.codes(job) == {"J-1": "store_refused", "J-2": "product_deleted", "J-4": "store_refused"}
    assert "the category" in it.message(job, "J-1")
    assert it.judged(good).ok


# -- features -------------------------------------------------------------------------------------------------------


def test_features_and_variants_are_made_once_however_many_products_ask(it: Products) -> None:
    features = (WantedFeature("Brand K", ("Acme",)), WantedFeature("Uses K", ("Indoors", "Outdoors")))
    things = [wanted(f"K-{number}", features=features) for number in range(10)]
    it.fault("store", "createFeature", "timeout_after", times=1, seconds=1.2)
    fine(it.deliver(*things))
    assert it.judged(*things).ok
    made = {one.description: one for one in it.sandbox.store.features.values() if one.description.endswith(" K")}
    assert len(made) == 2 and it.calls("store", "createFeature") <= 2
    assert sorted(made["Brand K"].variants.values()) == ["Acme"]
    assert sorted(made["Uses K"].variants.values()) == ["Indoors", "Outdoors"]
    assert it.calls("store", "updateFeature") == 0


def test_a_value_that_the_store_did_not_take_is_a_problem_that_names_it(it: Products) -> None:
    features = (WantedFeature("Narrow L", ("x",)),)
    fine(it.deliver(wanted("L-1", features=features)))
    (narrow,) = (one for one in it.sandbox.store.features.values() if one.description == "Narrow L")
    narrow.categories_path = "17"
    job = it.deliver(wanted("L-2", features=features))
    assert it.codes(job) == {"L-2": "product_differs"}
    assert "Narrow L" in it.message(job, "L-2")


def test_a_feature_that_the_store_has_in_its_own_language_is_used(it: Products) -> None:
    """Its products differ in it already; another one for the same would confuse its filters and every later export."""
    fine(it.deliver(wanted("F-1", features=(WantedFeature("Größe", ("M",), varies=True),))))
    fine(it.deliver(wanted("F-2", features=(WantedFeature("Size", ("XL",), varies=True),))))
    (size,) = (one for one in it.sandbox.store.features.values() if one.description in ("Größe", "Size"))
    assert size.description == "Größe" and sorted(size.variants.values()) == ["M", "XL"]


def test_a_feature_that_was_chosen_by_its_number_is_used_and_never_made(it: Products) -> None:
    fine(it.deliver(wanted("Z-1", features=(WantedFeature("Chosen Z", ("x",)),))))
    (chosen,) = (one for one in it.sandbox.store.features.values() if one.description == "Chosen Z")
    known = wanted(
        "Z-2", features=(WantedFeature(str(chosen.feature_id), ("x", "y")),), texts={"promo_text": "<p>New</p>"}
    )
    job = it.deliver(known, wanted("Z-3", features=(WantedFeature("999999", ("x",)),)))
    assert it.codes(job) == {"Z-3": "feature_gone"} and it.stored("Z-3") == []
    assert sorted(chosen.variants.values()) == ["x", "x, y"] and it.one("Z-2").other["promo_text"] == "<p>New</p>"


# -- pictures -------------------------------------------------------------------------------------------------------


def test_pictures_that_fail_are_written_again_the_missing_part_alone(it: Products) -> None:
    thing = wanted("M-1", images=pictures("m", 3))
    it.sandbox.set_pictures(failing={"m-2": 1})
    fine(it.deliver(thing), created=1)
    assert it.judged(thing).ok
    assert it.calls("store", "updateProduct") == 2
    assert it.one("M-1").images[0].pair_id < min(image.pair_id for image in it.one("M-1").images[1:])


def test_pictures_that_cannot_be_had_are_a_problem_and_the_product_stays(it: Products) -> None:
    thing = wanted("N-1", images=pictures("n", 3))
    it.sandbox.set_pictures(failing={"n-1": -1})
    job = it.deliver(thing)
    assert it.codes(job) == {"N-1": "images_missing"}
    assert "n-1" in it.message(job, "N-1") and "2 of 3" in it.message(job, "N-1")
    row = it.mirrored("N-1")
    assert row.product_id == it.one("N-1").product_id and row.image_sources == []
    it.sandbox.set_pictures()
    again = replace(thing, product_id=row.product_id)
    fine(it.deliver(again), updated=1)
    assert it.judged(thing).ok


def test_a_store_that_downloads_slowly_is_given_its_time(it: Products) -> None:
    it.sandbox.set_pictures(seconds=0.4)
    thing = wanted("O-1", images=pictures("o", 4))  # longer than the time-out of other calls
    fine(it.deliver(thing), created=1)
    assert it.judged(thing).ok and it.calls("store", "updateProduct") == 1


def test_pictures_without_an_answer_are_looked_for(it: Products) -> None:
    it.fault("store", "updateProduct", "error_after", times=1)
    thing = wanted("P-1", images=pictures("p", 3))
    fine(it.deliver(thing))
    assert it.judged(thing).ok and it.calls("store", "updateProduct") == 1


def test_a_picture_that_a_person_added_stays(it: Products) -> None:
    thing = wanted("X-1", images=pictures("x", 2))
    fine(it.deliver(thing))
    product = it.one("X-1")
    product.images.append(StoreImage(999_999, "https://shop.example/own.jpg", main=False))
    fine(it.deliver(replace(thing, product_id=product.product_id, amount=3)), updated=1)
    assert [image.address.rpartition("/")[2] for image in product.images] == ["x-0.jpg", "x-1.jpg", "own.jpg"]


# -- families -------------------------------------------------------------------------------------------------------


def test_a_family_keeps_the_names_and_features_of_its_products(it: Products) -> None:
    things = [coloured(f"Q-{colour}", colour) for colour in ("red", "green", "blue")]
    family = WantedFamily("Q", tuple(one.sku for one in things), ("Colour",))
    fine(it.deliver(*things, family))
    judged = it.judged(*things, families=[family])
    assert judged.ok, judged
    assert it.calls("store", "createVariationGroup") == 1
    # A change of the product that is shown for all leaves the others as they are.
    first = replace(things[0], product_id=it.one("Q-red").product_id, name="Lamp, red as can be")
    fine(it.deliver(first))
    assert it.judged(first, *things[1:], families=[family]).ok
    it.sandbox.ledger.clear()
    fine(it.deliver(family), unchanged=1)
    assert it.calls("store", "updateProduct") == it.calls("store", "createVariationGroup") == 0


def test_a_family_grows_loses_products_and_shows_another_first(it: Products) -> None:
    red, green, blue, grey = (coloured(f"R-{colour}", colour) for colour in ("red", "green", "blue", "grey"))
    fine(it.deliver(red, green, WantedFamily("R", ("R-red", "R-green"), ("Colour",))))
    grown = WantedFamily("R", ("R-blue", "R-red", "R-green"), ("Colour",))
    fine(it.deliver(blue, grown))
    judged = it.judged(red, green, blue, families=[grown])
    assert judged.ok, judged
    other = WantedFamily("R", ("R-blue", "R-grey"), ("Colour",))
    fine(it.deliver(grey, other))
    judged = it.judged(blue, grey, families=[other])
    assert judged.ok, judged
    assert it.judged(red, green).ok


def test_a_product_alone_is_no_group_until_another_joins(it: Products) -> None:
    alone = coloured("S-red", "red")
    fine(it.deliver(alone, WantedFamily("S", ("S-red",), ("Colour",))))
    assert it.calls("store", "createVariationGroup") == 0
    both = WantedFamily("S", ("S-red", "S-blue"), ("Colour",))
    fine(it.deliver(coloured("S-blue", "blue"), both))
    assert it.judged(alone, coloured("S-blue", "blue"), families=[both]).ok


def test_what_the_store_does_not_take_into_a_family_is_named(it: Products) -> None:
    things = [coloured("T-1", "red"), coloured("T-2", "blue"), coloured("T-3", "red")]
    family = WantedFamily("T", ("T-1", "T-2", "T-3", "T-4"), ("Colour",))
    job = it.deliver(*things, family)
    assert it.codes(job) == {"T": "family_refused"}
    assert "T-3: another product of the family has the same values" in it.message(job, "T")
    smaller = WantedFamily("T", ("T-1", "T-2", "T-4"), ("Colour",))
    assert it.codes(it.deliver(smaller)) == {"T": "family_incomplete"}
    plain = WantedFamily("T5", ("T-3", "T-5"), ("Nothing",))
    assert it.codes(it.deliver(wanted("T-5"), plain)) == {"T5": "family_refused"}


@pytest.mark.parametrize("kind", ["timeout_after", "lost"])
def test_a_group_without_an_answer_is_not_made_twice(it: Products, kind: str) -> None:
    things = [coloured(f"U-{kind}-{colour}", colour) for colour in ("red", "blue")]
    family = WantedFamily(f"U-{kind}", tuple(one.sku for one in things), ("Colour",))
    it.fault("store", "createVariationGroup", kind, times=1, seconds=1.2)
    fine(it.deliver(*things, family))
    assert it.judged(*things, families=[family]).ok


# -- undoing --------------------------------------------------------------------------------------------------------


def test_products_that_nobody_touched_are_deleted_and_the_others_stay(it: Products) -> None:
    members = [coloured("W-1", "red"), coloured("W-2", "blue")]
    family = WantedFamily("W", ("W-1", "W-2"), ("Colour",))
    others = [wanted("W-sold", images=pictures("w", 2)), wanted("W-changed"), wanted("W-lost"), wanted("W-gone")]
    fine(it.deliver(*members, *others, family))
    it.one("W-sold").amount -= 1
    it.one("W-changed").updated_timestamp += 60
    del it.sandbox.store.products[it.one("W-gone").product_id]
    it.fault("store", "deleteProduct", "error_after", times=1)
    it.fault("store", "deleteProduct", "lost", times=1)
    job = it.undo("W-1", "W-2", *(one.sku for one in others))
    assert it.codes(job) == {"W-sold": "product_touched", "W-changed": "product_touched"}
    assert [sku for sku in ("W-1", "W-2", "W-lost") if it.stored(sku)] == []
    assert it.judged(others[1]).ok and it.one("W-sold").amount == 6


def test_members_of_a_family_are_not_touched_by_our_own_writes_to_the_one_that_is_shown(it: Products) -> None:
    members = [coloured(f"WF-{number}", colour) for number, colour in enumerate(("red", "blue", "green"))]
    fine(it.deliver(*members, WantedFamily("WF", tuple(one.sku for one in members), ("Colour",))))
    it.sandbox.clock.advance(5)
    edited = it.one("WF-2")
    edited.other["promo_text"], edited.updated_timestamp = "Mine", edited.updated_timestamp + 2
    it.sandbox.clock.advance(5)
    fine(it.deliver(replace(members[0], product_id=it.one("WF-0").product_id, name="Another lamp")))
    assert it.codes(it.undo("WF-0", "WF-1", "WF-2")) == {"WF-2": "product_touched"}
    assert it.stored("WF-0") == it.stored("WF-1") == []


def test_what_a_person_changed_stays_theirs_when_a_later_import_writes_it(it: Products) -> None:
    mine, edited = wanted("OWN-1"), wanted("OWN-2")
    fine(it.deliver(mine, edited))
    one = it.one("OWN-2")
    one.full_description, one.updated_timestamp = "Better", one.updated_timestamp + 2
    it.sandbox.clock.advance(5)
    for thing in (mine, edited):
        it.deliver(replace(thing, product_id=it.one(thing.sku).product_id, description=None, price=Decimal(99)))
    assert it.codes(it.undo("OWN-1", "OWN-2")) == {"OWN-2": "product_touched"}
    assert it.stored("OWN-1") == [] and it.one("OWN-2").price == Decimal(99)


def test_an_edit_that_no_time_stamp_shows_is_noticed(it: Products) -> None:
    members = [coloured("TS-1", "red"), coloured("TS-2", "blue")]
    fine(it.deliver(*members, wanted("TS-plain"), wanted("TS-same"), wanted("TS-later", images=pictures("ts", 2))))
    it.one("TS-same").full_description = "Better"  # in the second of our write
    it.one("TS-later").product = "Mine"  # the same, and written by us later
    edited = it.one("TS-2")
    edited.other["promo_text"], edited.updated_timestamp = "Mine", edited.updated_timestamp + 2
    it.sandbox.clock.advance(5)
    later = wanted("TS-later", product_id=it.one("TS-later").product_id, name=None, price=Decimal(99))
    fine(it.deliver(WantedFamily("TS", ("TS-1", "TS-2"), ("Colour",)), later))
    job = it.undo("TS-1", "TS-2", "TS-plain", "TS-same", "TS-later")
    assert it.codes(job) == dict.fromkeys(("TS-2", "TS-same", "TS-later"), "product_touched")
    assert it.stored("TS-1") == it.stored("TS-plain") == []


# -- a marketplace --------------------------------------------------------------------------------------------------


def test_vendors_have_products_of_their_own_and_share_features(home: Path) -> None:
    features = (WantedFeature("Colour", ("Red",)),)
    things = [wanted("Y-1", company_id=vendor, features=features, category_ids=(11,)) for vendor in (1, 2)]
    world = sandbox_of(orders=2, other_orders=0, products=8, store_options={"edition": "MULTIVENDOR"})
    with world as sandbox, connected(home, sandbox, test_clock=FAST, settle_seconds=5.0) as shop:
        it = Products(sandbox, shop.workspace, shop.channel)
        for thing in things:
            fine(it.deliver(thing), created=1)
        assert sorted(one.company_id for one in it.stored("Y-1")) == [1, 2]
        (colour,) = sandbox.store.features.values()
        assert (colour.company_id, list(colour.variants.values())) == (0, ["Red"])
