"""Products and listings on the command line: documents, exit codes, words for people, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.sandbox import Sandbox
from tests.flows.line import Line
from tests.sandbox.listing_kit import Seller

OF_DE = ("--channel", "de")
LISTING = {
    "sku",
    "asin",
    "title",
    "product_id",
    "product_type",
    "state",
    "fulfilment",
    "price",
    "currency",
    "quantity",
    "parent",
    "issues",
    "product_sku",
    "product",
    "linked_by",
}


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    with Sandbox(orders=1, other_orders=0, products=10, listings=5, quota_scale=0) as sandbox:
        sandbox.set_pace({"queue": 0, "work": 0})
        yield Line(sandbox, monkeypatch)


def test_the_documents_of_the_commands(line: Line) -> None:
    line.connect()
    assert line.json("listings", "list", *OF_DE) == {"listings": []}
    assert "products import" in line.run("products", "list", *OF_DE).stdout
    for words in ((), ("--all", "--sku", "A"), ("--all", "--status", "sold"), ("--sku", "x" * 41)):
        assert line.json("products", "import", *OF_DE, *words, code=2)["error"]["fix"]
    job = line.json("products", "import", *OF_DE, "--all", "--preview", "--direct", code=1)
    assert (job["kind"], job["counts"]["held"], job["counts"]["created"]) == ("products.import", 4, 0)
    assert {problem["code"] for problem in job["problems"]} == {"category_unmapped"}
    assert {problem["subject"] for problem in job["problems"]} == {f"sku NEW-00000{number}" for number in range(1, 5)}
    found = line.json("listings", "list", *OF_DE)["listings"]
    assert len(found) == 15 and all(set(one) == LISTING for one in found)
    known = line.sandbox.world.products[0]
    (one,) = line.json("listings", "list", *OF_DE, "--sku", known.sku)["listings"]
    assert (one["product_id"], one["asin"], one["currency"]) == (known.product_id, known.asin, "EUR")
    assert line.json("listings", "list", *OF_DE, "--state", "closed") == {"listings": []}
    assert line.json("listings", "list", *OF_DE, "--state", "sold", code=2)["error"]["message"]
    shown = line.json("listings", "show", *OF_DE, "--sku", known.sku)
    assert shown["listings"] == [one] and shown["sku"] == known.sku and shown["link"] is None
    (product,) = line.json("products", "list", *OF_DE, "--search", known.sku)["products"]
    assert (product["product_id"], product["sku"], product["listing"]) == (known.product_id, known.sku, one)
    for words in (("products", "list"), ("listings", "list"), ("listings", "show", "--sku", known.sku)):
        assert known.asin in line.run(*words, *OF_DE).stdout
    troubled = [one for one in found if one["issues"]]
    groups = line.json("listings", "issues", *OF_DE)["issues"]
    assert groups and sum(group["listings"] for group in groups) == sum(len(one["issues"]) for one in troubled)
    issue = troubled[0]["issues"][0]
    printed = line.run("listings", "show", *OF_DE, "--sku", troubled[0]["sku"]).stdout
    assert all(text in printed for text in (issue["code"], f"cause: {issue['cause']}", f"fix: {issue['fix']}"))
    assert issue["code"] in line.run("listings", "issues", *OF_DE).stdout
    export = ("products", "export", *OF_DE, "--sku", known.sku, "--preview", "--ask-amazon", "--direct")
    (would,) = line.json(*export, code=1)["previews"]
    assert (would["sku"], would["is_listed"], would["problems"][0]["code"]) == (known.sku, True, "category_unmapped")
    assert would["problems"][0]["fix"] in " ".join(line.run(*export).stdout.split())
    off = {"name": "de", "settings": {"sync_products": False}}
    line.json("channel", "edit", "--from", "-", document=off)
    told = line.run("products", "import", *OF_DE, "--sku", known.sku, "--preview", "--direct").stderr
    assert (
        "(setting sync_products); this one runs once" in told and "schedule set --channel de --stream products" in told
    )
    retried = line.json("products", "import", *OF_DE, "--sku", "NEW-000001", "--preview", "--direct", code=1)
    assert [problem["subject"] for problem in retried["problems"]] == ["sku NEW-000001"]


def test_an_import_is_undone_after_a_question(line: Line) -> None:
    line.connect()
    line.json("categories", "refresh", *OF_DE, "--direct")
    for one in line.documents["categories"]:
        sides = ("--cscart", str(one["cscart"]), "--amazon", one["amazon"], "--product-type", one["product_type"])
        line.json("categories", "map", *OF_DE, *sides)
    before = len(line.sandbox.store.products)
    job = line.json("products", "import", *OF_DE, "--sku", "NEW-000001", "--sku", "NEW-000002", "--direct")
    assert (job["counts"]["created"], len(line.sandbox.store.products)) == (2, before + 2)
    undo = ("products", "undo", "--job", str(job["job"]))
    assert "--yes" in line.json(*undo, "--direct", code=2)["error"]["fix"]
    undone = line.json(*undo, "--direct", "--yes")
    assert (undone["kind"], undone["counts"]["updated"]) == ("products.undo", 2)
    assert len(line.sandbox.store.products) == before
    for number in (undone["job"], 999):
        assert line.json("products", "undo", "--job", str(number), "--yes", code=2)["error"]["fix"]


def test_closing_asks_first_and_without_a_terminal_does_nothing_unasked(line: Line) -> None:
    line.connect()
    line.json("products", "import", *OF_DE, "--all", "--preview", "--direct", code=1)
    sku, seller = line.sandbox.world.products[0].sku, Seller(line.sandbox)
    close = ("listings", "close", *OF_DE, "--sku", sku, "--direct")
    assert "--yes" in line.json(*close, code=2)["error"]["fix"]
    assert seller.item(sku) and not [one for one in line.sandbox.submissions() if one.sku == sku]
    assert line.json(*close, "--yes")["counts"]["updated"] == 1
    assert seller.item(sku) == {}
    assert [one["sku"] for one in line.json("listings", "list", *OF_DE, "--state", "closed")["listings"]] == [sku]
