"""Categories on the command line: documents, exit codes, and a vendor in a store that several share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.errors import UsageError
from core.flows import runner
from core.model.operator import Operator
from core.people import operators
from core.people.audit import list_entries
from core.people.login import actor_of
from sandbox.sandbox import Sandbox
from tests.flows.kit import connected, sandbox_of
from tests.flows.line import Line

OF_DE = ("--channel", "de")


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    with Sandbox(orders=2, other_orders=0, products=30) as sandbox:
        sandbox.set_pace({"queue": 0, "work": 0})
        yield Line(sandbox, monkeypatch)


def test_the_documents_of_the_commands(line: Line, tmp_path: Path) -> None:
    line.connect()
    before = line.json("categories", "list", *OF_DE)
    assert (before["nodes"], before["refreshed"], before["categories"]) == (0, None, [])
    early = line.json("categories", "map", *OF_DE, "--amazon", "1", "--cscart", "11", "--product-type", "HOME", code=2)
    assert "categories refresh" in early["error"]["fix"]
    job = line.json("categories", "refresh", *OF_DE, "--direct")
    assert (job["kind"], job["state"]) == ("categories.refresh", "succeeded")
    found = line.json("categories", "list", *OF_DE)
    assert set(found) == {"nodes", "refreshed", "categories", "mappings"}
    assert job["counts"]["seen"] == found["nodes"] == len(found["categories"]) > 0
    lamps = [one for one in found["categories"] if "HOME_LIGHTING_AND_LAMPS" in one["product_types"]]
    assert set(lamps[0]) == {"node", "path", "product_types", "leaf"} and len(lamps) == 2
    searched = line.json("categories", "list", *OF_DE, "--search", "beleuchtung")["categories"]
    assert searched == lamps
    top = lamps[0]["path"].partition(" > ")[0]
    assert lamps[0] in line.json("categories", "list", *OF_DE, "--under", top)["categories"]
    made = line.json(
        "categories",
        "map",
        *OF_DE,
        "--amazon",
        lamps[0]["path"],
        "--cscart",
        "2",
        "--product-type",
        "HOME",
        "--subtree",
    )["mappings"]
    assert {one["cscart"] for one in made} == {2, 10, 11, 12}
    assert set(made[0]) >= {
        "cscart", "cscart_path", "amazon", "amazon_path", "product_type", "export_default", "products",
    }  # fmt: skip
    assert line.json("categories", "list", *OF_DE)["mappings"] == made
    file = str(tmp_path / "mappings.csv")
    line.json("categories", "export", *OF_DE, file)
    gone = line.json("categories", "unmap", *OF_DE, "--cscart", "11", "--amazon", lamps[0]["node"])["unmapped"]
    assert [one["cscart"] for one in gone] == [11]
    assert line.json("categories", "unmap", *OF_DE, "--cscart", "11", code=2)["error"]["subject"] == "category 11"
    open_still = line.json("categories", "list", *OF_DE, "--unmapped", "--suggest")
    assert 11 in {one["cscart"] for one in open_still["mappings"] if one["products"] and one["amazon"] is None}
    assert "suggestions" in open_still
    seen = line.json("categories", "import", *OF_DE, file, "--preview")
    assert ([one["cscart"] for one in seen["added"]], seen["unchanged"]) == ([11], 3)
    assert len(line.json("categories", "list", *OF_DE)["mappings"]) == 3
    assert line.json("categories", "import", *OF_DE, file)["added"] == seen["added"]
    assert line.json("categories", "list", *OF_DE)["mappings"] == made
    wrong = ("--cscart", "11", "--product-type", "HOMES")
    refused = line.json("categories", "map", *OF_DE, "--amazon", lamps[0]["node"], *wrong, code=2)
    assert "Did you mean HOME" in refused["error"]["fix"]
    (tmp_path / "bad.csv").write_bytes(b"\xef\xbb\xbfcscart;amazon\r\n1;2\r\n")
    bad = line.json("categories", "import", *OF_DE, str(tmp_path / "bad.csv"), code=2)["error"]
    assert "product_type" in bad["message"]
    for words in (("list",), ("list", "--unmapped", "--suggest"), ("list", "--search", "küche"), ("export", "-")):
        done = line.run("categories", *words, *OF_DE)
        assert done.exit_code == 0 and done.stdout, (words, done.stdout, done.stderr)


def test_a_queued_refresh_names_its_job(line: Line) -> None:
    line.connect()
    job = line.json("categories", "refresh", *OF_DE)
    assert (job["kind"], job["state"]) == ("categories.refresh", "queued")


def test_vendors_share_the_categories_and_see_their_own_products(home: Path) -> None:
    owned = dict.fromkeys(range(1001, 1011), 2)
    options = {"edition": "MULTIVENDOR", "product_companies": owned}
    with sandbox_of(orders=2, other_orders=0, products=30, store_options=options) as sandbox:
        sandbox.set_pace({"queue": 0, "work": 0})
        with connected(home, sandbox) as it:
            before = it.calls("store", "listProducts")
            asked = categories.refresh_categories(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
            runner.run_here(it.workspace, asked.job_id)
            assert (it.calls("store", "listProducts") - before, it.calls("store", "listCategories")) == (1, 1)
            found = categories.list_categories(it.workspace, LOCAL_ADMIN, it.channel, only_unmapped=True)
            mine = [one for one in sandbox.store.products.values() if one.company_id == 1]
            assert sum(one.products for one in found.mappings) == len(mine) < len(sandbox.store.products)


def test_a_storefront_maps_its_own_categories_and_everybodys(home: Path) -> None:
    with sandbox_of(orders=2, other_orders=0, products=30, store_options={"category_companies": {11: 2}}) as sandbox:
        sandbox.set_pace({"queue": 0, "work": 0})
        with connected(home, sandbox) as it:
            operators.add(it.workspace, LOCAL_ADMIN, "vera", role="vendor", store="demo", company_id=1)
            with it.workspace.database.read() as session:
                vera = actor_of(session.exec(select(Operator)).one())
            asked = categories.refresh_categories(it.workspace, vera, it.channel, direct=True)
            runner.run_here(it.workspace, asked.job_id)
            seen = categories.list_categories(it.workspace, vera, it.channel, only_unmapped=True)
            assert 11 not in {one.cscart for one in seen.mappings}
            lamps = next(one.node for one in seen.categories if "HOME" in one.product_types)
            with pytest.raises(UsageError, match="no such category"):
                categories.map_category(it.workspace, vera, it.channel, 11, lamps, "HOME")
            categories.map_category(it.workspace, vera, it.channel, 12, lamps, "HOME")
            (mapped,) = categories.list_categories(it.workspace, LOCAL_ADMIN, it.channel).mappings
            assert mapped.cscart == 12
            entries = list_entries(it.workspace.database, vera, subject=f"channel {it.channel}")
            assert ("vera", "category.map") in [(entry.operator, entry.action) for entry in entries]
