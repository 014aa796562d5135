"""A product of a store over HTTP as it would be listed: what the gate says of it, and whose it may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from core.actor import LOCAL_ADMIN, Actor
from core.errors import UsageError
from core.fields import definitions, mapping
from core.fields.plan.gate import Violation
from core.fields.plan.sources import constant
from core.fields.store_items import item_of
from core.listings.preview import preview
from core.model.category import CategoryMapping, StoreCategory
from core.model.channel import Channel
from sandbox.store.model import StoreFeature, StoreImage
from tests.flows.kit import connected, sandbox_of
from tests.flows.line import Line
from tests.product_types.kit import defined
from tests.unit.ptd import LAMP

NUMBER = 1001
FEATURES = {
    "18": {"feature_id": "18", "description": "Brand", "feature_type": "E", "variant_id": "5",
           "variants": {"5": {"variant_id": "5", "variant": "Acme"}, "6": {"variant_id": "6", "variant": "Other"}}},
    "1": {"feature_type": "G", "subfeatures": {
        "19": {"feature_id": "19", "description": "Country of origin", "feature_type": "S", "variant": "China"},
        "20": {"feature_id": "20", "description": "EAN", "feature_type": "T", "value": "4006381333931"},
        "21": {"feature_id": "21", "description": "Number of Items", "feature_type": "O", "value_int": "2",
               "suffix": "pcs"},
        "22": {"feature_id": "22", "description": "Colour", "feature_type": "M",
               "variants": {"7": {"variant": "Red", "selected": "7"}, "8": {"variant": "Blue", "selected": "8"},
                            "9": {"variant": "Green", "selected": ""}}},
    }},
}  # fmt: skip


def image(name: str, position: int) -> dict[str, object]:
    return {"position": str(position), "detailed": {"https_image_path": f"https://shop.example/{name}.jpg"}}


KNOWN = (
    StoreFeature(18, "Brand", "E", variants={5: "Acme", 6: "Other"}),
    StoreFeature(19, "Country of origin", "S", variants={1: "China"}),
    StoreFeature(20, "EAN", "T"),
    StoreFeature(21, "Number of Items", "O"),
    StoreFeature(22, "Colour", "M", variants={7: "Red", 8: "Blue", 9: "Green"}),
)
"""The same, as the sandbox has them."""


def test_groups_prefixes_and_positions_are_read() -> None:
    """What stores with groups of features and sorted images answer."""
    pairs = {"9": image("later", 2), "8": image("first", 1)}
    body = {"product_id": "1", "product_features": FEATURES, "main_pair": image("main", 0), "image_pairs": pairs}
    item = item_of(body, "EUR")
    assert [name.rpartition("/")[2] for name in item.images] == ["main.jpg", "first.jpg", "later.jpg"]
    told = {one.name: one.values for one in item.features}
    assert told["Brand"] == ("Acme",) and told["Number of Items"] == ("2 pcs",) and told["Colour"] == ("Red", "Blue")


def test_a_product_of_the_store_is_previewed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definitions, "definition", lambda workspace, channel, product_type: defined(LAMP, "LAMP"))
    with sandbox_of(orders=2, other_orders=0, products=5) as sandbox, connected(home, sandbox) as it:
        product = sandbox.store.products[NUMBER]
        sandbox.store.features |= {feature.feature_id: feature for feature in KNOWN}
        product.features = {18: [5], 19: [1], 20: "4006381333931", 21: "2", 22: [7, 8]}
        product.images = [StoreImage(1, "http://a/main.jpg", True), StoreImage(2, "http://a/first.jpg", False)]
        product.full_description = "<p>Good.</p><ul><li>One</li></ul>"
        product.other |= {"box_length": "10"}
        with pytest.raises(UsageError, match="not mapped"):
            preview(it.workspace, LOCAL_ADMIN, it.channel, NUMBER)
        before = it.calls("store", "getProduct")
        seen = preview(it.workspace, LOCAL_ADMIN, it.channel, NUMBER, "LAMP")
        assert it.calls("store", "getProduct") == before + 1
        assert [one.code for one in seen.problems] == ["category_unmapped"]
        told = {line.name: line.values for line in seen.lines}
        assert told["brand"] == ("Acme",) and told["country_of_origin"] == ("CN",)
        assert told["number_of_items"] == (2,) and told["color"] == ("Red, Blue",)
        assert told["externally_assigned_product_identifier"] == ("4006381333931",)
        assert told["main_product_image_locator"] == ("https://shop.example/images/detailed/1/main.jpg",)
        assert told["other_product_image_locator_1"] == ("https://shop.example/images/detailed/1/first.jpg",)
        assert told["purchasable_offer.our_price.schedule.value_with_tax"] == (float(product.price),)
        with it.workspace.database.write() as session:
            channel = session.exec(select(Channel)).one()
            number = product.category_ids[0]
            category = {"name": "Lamps", "title": "Home > Lamps", "store_id": channel.store_id}
            session.add(StoreCategory(category_id=number, **category))
            mapped = {"product_type": "LAMP", "export_default": True, "mapped_by": "admin"}
            session.add(CategoryMapping(channel_id=channel.id, category_id=number, node_id="77", **mapped))
        mapping.set_field(it.workspace, LOCAL_ADMIN, "brand", constant("Mine"), channel=it.channel)
        whole = preview(it.workspace, LOCAL_ADMIN, it.channel, NUMBER)
        assert (whole.product_type, whole.problems) == ("LAMP", ())
        assert whole.attributes["recommended_browse_nodes"][0]["value"] == "77"
        assert whole.attributes["brand"][0]["value"] == "Mine"
        product.features = {}
        told_by_schema = [Violation("battery", "'battery' is a required property", is_missing=True)]
        monkeypatch.setattr(definitions, "violations_of", lambda *given: told_by_schema)
        missing, wrong = preview(it.workspace, LOCAL_ADMIN, it.channel, NUMBER).problems
        assert missing.code == "attribute_missing" and wrong.code == "attribute_invalid"
        for word in ("country_of_origin", "battery", "LAMP", product.product):
            assert word in missing.message, word
        vera = Actor("vera", is_admin=False, store_id=1, company_id=1)
        product.company_id = 2
        for actor, asked in ((vera, NUMBER), (LOCAL_ADMIN, 999_999)):
            with pytest.raises(UsageError, match="no such product"):
                preview(it.workspace, actor, it.channel, asked, "LAMP")


def test_by_command_with_the_definitions_of_amazon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Amazon requires is listed, set and previewed; its definition is asked for once by all of it."""
    with sandbox_of(orders=2, other_orders=0, products=5) as sandbox:
        line = Line(sandbox, monkeypatch)
        line.connect()
        of_type = ("--channel", "de", "--product-type", "LUGGAGE")
        shown = {one["name"]: one for one in line.json("fields", "show", *of_type)["attributes"]}
        assert shown["brand"]["requirement"] == "required" and shown["brand"]["source"]["field"] == "brand"
        assert "Wood" in shown["material"]["values"] and shown["item_weight"]["units"]
        preview = ("fields", "preview", *of_type, "--product-id", str(NUMBER))
        missing = line.json(*preview, code=1)["problems"]
        assert any("(brand)" in one["message"] for one in missing)
        assert line.json("fields", "set", "brand", *of_type, "--constant", "Mine")["source"]["value"] == "Mine"
        refused = line.json("fields", "set", "material", *of_type, "--constant", "Cheese", code=2)["error"]
        assert "Cheese" in refused["message"]
        seen = line.json(*preview, code=1)
        assert seen["attributes"]["brand"][0]["value"] == "Mine"
        assert not any("(brand)" in one["message"] for one in seen["problems"])
        assert sandbox.ledger.counts()["amazon"]["getDefinitionsProductType"]["calls"] == 1
