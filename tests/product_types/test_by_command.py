"""Product types on the command line, and a mapping to one that no category of Amazon's tree names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from tests.flows.line import Line

OF_DE = ("--channel", "de")


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    with Sandbox(orders=2, other_orders=0, products=10) as sandbox:
        sandbox.set_pace({"queue": 0, "work": 0})
        it = Line(sandbox, monkeypatch)
        it.connect()
        yield it


def test_search_and_show(line: Line) -> None:
    found = line.json("product-types", "search", *OF_DE, "desk lamp")["product_types"]
    assert found == [{"name": "HOME_LIGHTING_AND_LAMPS", "display_name": "Home lighting and lamps"}]
    assert line.json("product-types", "search", *OF_DE, "--item", "Foldable Yoga Mat, Blue")["product_types"]
    assert "SPORTING_GOODS" in line.run("product-types", "search", *OF_DE, "mat").stdout
    assert "no product type like that" in line.run("product-types", "search", *OF_DE, "zeppelin").stdout
    luggage = line.json("product-types", "show", *OF_DE, "luggage", "--locale", "en_GB")
    assert (luggage["product_type"], luggage["locale"], luggage["trouble"]) == ("LUGGAGE", "en_GB", "")
    assert "schema" not in luggage and len(luggage["checksum"]) == 24
    attributes = {one["name"]: one for one in luggage["attributes"]}
    assert attributes["item_name"] == {
        "name": "item_name", "title": "Title", "group": "Product Identity", "required": "yes", "accepted": [],
    }  # fmt: skip
    assert attributes["condition_note"]["required"] == "depends"
    assert attributes["model_number"]["required"] == "no"
    assert "Wood" in attributes["material"]["accepted"]
    whole = line.json("product-types", "show", *OF_DE, "LUGGAGE", "--schema", "--requirements", "LISTING_OFFER_ONLY")
    assert whole["schema"]["$id"].endswith("/LUGGAGE") and len(whole["attributes"]) < len(attributes)
    shown = line.run("product-types", "show", *OF_DE, "LUGGAGE").stdout
    assert "Schema of 20" in shown and "fulfillment_availability" in shown


def test_what_is_wrong_is_told(line: Line) -> None:
    unknown = line.json("product-types", "show", *OF_DE, "NO_SUCH", code=2)["error"]
    assert "product-types search" in unknown["fix"] and unknown["fields"]["product_type"]
    assert line.json("product-types", "show", *OF_DE, "LUGGAGE", "--requirements", "ALL", code=2)["error"]["fix"]
    assert line.json("product-types", "search", *OF_DE, " ", code=2)["error"]["exit_code"] == 2
    assert line.json("product-types", "show", "--channel", "none", "LUGGAGE", code=2)["error"]["subject"]
    line.sandbox.faults.add(Rule("amazon", "document", "malformed", times=-1))
    spoilt = line.json("product-types", "show", *OF_DE, "LUGGAGE", code=4)["error"]
    assert spoilt["subject"] == "product type LUGGAGE in DE" and "not what its checksum says" in spoilt["message"]


def test_a_mapping_takes_what_amazon_knows(line: Line, tmp_path: Path) -> None:
    line.json("categories", "refresh", *OF_DE, "--direct")
    node = line.json("categories", "list", *OF_DE, "--search", "beleuchtung")["categories"][0]["node"]
    to = ("categories", "map", *OF_DE, "--amazon", node, "--cscart", "11", "--product-type")
    line.sandbox.ledger.clear()
    assert line.json(*to, "HOME")["mappings"][0]["product_type"] == "HOME"
    assert line.sandbox.ledger.counts().get("amazon", {}) == {}, "the tree names it"
    assert line.json(*to, "bracelet")["mappings"][0]["product_type"] == "BRACELET"
    refused = line.json(*to, "BRACELETS", code=2)["error"]
    assert "Did you mean BRACELET" in refused["fix"]
    file = tmp_path / "mappings.csv"
    line.json("categories", "export", *OF_DE, str(file))
    assert line.json("categories", "import", *OF_DE, str(file))["unchanged"] == 1
    file.write_text(file.read_text().replace("BRACELET", "CANDLE"))
    (changed,) = line.json("categories", "import", *OF_DE, str(file))["changed"]
    assert changed["product_type"] == "CANDLE"
    file.write_text(file.read_text().replace("CANDLE", "CANDELABRA"))
    assert "CANDELABRA" in line.json("categories", "import", *OF_DE, str(file), code=2)["error"]["message"]
    assert line.sandbox.ledger.counts()["amazon"]["searchDefinitionsProductTypes"]["calls"] == 1
