"""A variation that joins a family later is listed under the parent that Amazon has for the others.

One world serves all tests of this file; each has a family of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest

from core.actor import LOCAL_ADMIN
from core.cscart import features, variations
from core.products import actions as products
from tests.flows.export_kit import WRITES, Exports, exporting, map_kettles
from tests.sandbox.listing_kit import Seller


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exports]:
    with exporting(tmp_path_factory.mktemp("joined") / "home") as it:
        map_kettles(it)
        features.create(it.shop_client(), "Colour", kind="S", purpose=features.VARIATIONS, company_id=1)
        it.export()
        yield it


@pytest.fixture
def it(served: Exports, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exports]:
    served.resume(monkeypatch)
    yield served


def coloured(it: Exports, sku: str, number: int, colour: str) -> int:
    """A product that may be a variation."""
    (feature,) = (one for one in it.sandbox.store.features.values() if one.description == "Colour")
    own = {"product_features": {feature.feature_id: "0"}, "add_new_variant": {feature.feature_id: {"variant": colour}}}
    return it.product(sku, number, **own)


def grouped(it: Exports, code: str, members: Mapping[str, int]) -> int:
    """A family of two: SKU → number; returns its group."""
    (feature,) = (one for one in it.sandbox.store.features.values() if one.description == "Colour")
    colours = zip(members.items(), ("Red", "Blue"), strict=True)
    numbers = [coloured(it, sku, number, colour) for (sku, number), colour in colours]
    made = variations.create(it.shop_client(), numbers, code=code, feature_ids=[feature.feature_id])
    assert not made.refused
    for product, sku in zip(numbers, members, strict=True):  # the group has written the first one's over them
        it.change(product, product=f"Kettle {sku}")
    return made.group_id


def joined(it: Exports, group_id: int, sku: str, number: int) -> int:
    """Another product of the family."""
    product = coloured(it, sku, number, "Green")
    variations.add(it.shop_client(), product, group_id)
    it.change(product, product=f"Kettle {sku}")
    return product


def parent_of(it: Exports, sku: str) -> str:
    (kin,) = Seller(it.sandbox).item(sku)["attributes"]["child_parent_sku_relationship"]
    return str(kin["parent_sku"])


def test_a_variation_joins_the_parent_that_was_at_amazon_before(it: Exports) -> None:
    """Whose own texts stay as they are: neither the export nor a later sync was asked to write them."""
    code, seller = variations.group_code("AMZ-P"), Seller(it.sandbox)
    group_id = grouped(it, code, {"A": 101, "B": 102})
    for one in it.preview(skus=["A", "B"]):  # what the seller has listed, by hand and under another parent
        body = json.loads(json.dumps(one.body).replace(code, "AMZ-P").replace("Kettle", "Pot"))
        assert seller.put(one.sku.replace(code, "AMZ-P"), body)["status"] == "ACCEPTED"
    it.forward(600)
    it.run(products.import_products(it.workspace, LOCAL_ADMIN, it.channel, skus=["A", "B"], direct=True).job_id)
    assert (it.listing("A").parent_sku, it.listing("B").parent_sku) == ("AMZ-P", "AMZ-P")
    before = seller.item("AMZ-P")["attributes"]

    number = joined(it, group_id, "C", 103)
    assert it.results(it.export()) == {"C": ("created", "")}
    assert parent_of(it, "C") == "AMZ-P" and seller.item(code) == {}
    it.forward(600)
    it.change(number, product="Kettle C of steel")
    assert it.results(it.sync())["C"] == ("updated", "")
    assert parent_of(it, "C") == "AMZ-P" and seller.item("AMZ-P")["attributes"] == before
    it.change(number, product="Kettle C of iron")
    assert it.results(it.export(skus=["C"])) == {"C": ("updated", "")}, (
        "whoever names a variation did not name its parent"
    )
    assert seller.item("AMZ-P")["attributes"] == before


def test_a_variation_joins_the_parent_that_was_made_beside_a_sku_with_the_groups_code(it: Exports) -> None:
    group_id = grouped(it, "TSHIRT", {"TSHIRT": 111, "TSHIRT-2": 112})
    made = it.results(it.export())
    assert made == dict.fromkeys(("TSHIRT-PARENT", "TSHIRT", "TSHIRT-2"), ("created", ""))
    before = Seller(it.sandbox).item("TSHIRT")["attributes"]
    joined(it, group_id, "TSHIRT-3", 113)
    it.sandbox.ledger.clear()
    results = it.results(it.export())
    assert results["TSHIRT-3"] == ("created", "") and "TSHIRT" not in results
    assert parent_of(it, "TSHIRT-3") == "TSHIRT-PARENT"
    assert Seller(it.sandbox).item("TSHIRT")["attributes"] == before
    assert sum(it.told().get(name, 0) for name in WRITES) == 1


def test_a_member_that_is_not_exported_itself_keeps_its_sku_from_becoming_the_parent(it: Exports) -> None:
    grouped(it, "MUG", {"MUG": 121, "MUG-2": 122})
    assert it.results(it.export(skus=["MUG-2"])) == dict.fromkeys(("MUG-PARENT", "MUG-2"), ("created", ""))


def test_a_product_outside_of_the_family_keeps_its_sku_from_becoming_the_parent(it: Exports) -> None:
    it.product("CUP", 131)
    grouped(it, "CUP", {"CUP-1": 132, "CUP-2": 133})
    it.sync()
    made = it.results(it.export(skus=["CUP-1", "CUP-2"]))
    assert made == dict.fromkeys(("CUP-PARENT", "CUP-1", "CUP-2"), ("created", ""))
    assert it.results(it.export(skus=["CUP"])) == {"CUP": ("created", "")}
