"""Listings are linked to products of the store by EAN, UPC, ISBN or GTIN where an operator asks for it.

One world serves all tests of this file; listings that one test has planned are planned no more by those after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from core import clock, vault
from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.channels import registry
from core.jobs import views
from core.keyring import open_keys
from core.listings import links
from core.model.job import JobState
from core.people.audit import list_entries
from sandbox.store.model import StoreFeature
from sandbox.world.identifier import ean
from sandbox.world.product import build_unknown
from tests.flows.kit import shop
from tests.flows.test_products import Products

UNKNOWN = 30
FEATURE, HIDDEN = 900, 901
LONERS = {one.sku: one.asin for one in build_unknown(1, UNKNOWN) if one.family is None}
ONE, TWICE, NONE, OTHER, WRONG, LATER = list(LONERS)[:6]


def code_of(sku: str) -> str:
    """What stands on the box of a product."""
    return ean(LONERS[sku])


class Identifiers(Products):
    """A shop whose products have codes of their own and, in a feature or a field, what stands on their boxes."""

    def stock(self, number: int, identifier: str, *, feature: int = FEATURE, field: str = "") -> None:
        store = self.sandbox.store
        product = store.new_product(number, f"OWN-{number}", f"Own {number}", Decimal(9), 3)
        product.category_ids = [1]
        if field:
            product.other[field] = identifier
        else:
            product.features[feature] = identifier
        store.products[number] = product

    def linked(self) -> dict[str, tuple[int, str]]:
        found = links.links(self.workspace, LOCAL_ADMIN, self.channel)
        return {one.sku: (one.product_id, one.linked_by) for one in found}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identifiers]:
    home = tmp_path_factory.mktemp("identifiers") / "home"
    with shop(home, quota_scale=0, orders=1, other_orders=0, products=10, listings=UNKNOWN) as found:
        found.sandbox.set_pace({"queue": 0, "work": 0})
        made = Identifiers(found.sandbox, found.workspace, found.channel)
        made.run(categories.refresh_categories(made.workspace, LOCAL_ADMIN, made.channel, direct=True).job_id)
        for one in made.sandbox.credentials()["categories"]:
            told = (one["cscart"], one["amazon"], one["product_type"])
            categories.map_category(made.workspace, LOCAL_ADMIN, made.channel, *told)
        features = made.sandbox.store.features
        features[FEATURE] = StoreFeature(FEATURE, "EAN code", "T")
        features[HIDDEN] = StoreFeature(HIDDEN, "Inner code", "T", display_on_catalog="N")
        code = code_of(ONE)
        made.stock(5001, f"{code[0]} {code[1:7]} {code[7:]}")
        made.stock(5002, code_of(TWICE))
        made.stock(5003, f"0{code_of(TWICE)}")
        made.stock(5004, f"{code_of(WRONG)[:-1]}{(int(code_of(WRONG)[-1]) + 1) % 10}")
        made.stock(5005, code_of(OTHER), feature=HIDDEN)
        made.stock(5006, code_of(LATER), field="barcode")
        yield made
    vault.close_vault()
    clock.install(None, home)


@pytest.fixture
def it(served: Identifiers, monkeypatch: pytest.MonkeyPatch) -> Identifiers:
    monkeypatch.setenv("CROSSDOCK_HOME", str(served.workspace.settings.home))
    open_keys(served.workspace.settings, served.workspace.database)
    served.sandbox.ledger.clear()
    return served


def test_a_preview_says_what_would_be_linked_and_links_nothing(it: Identifiers) -> None:
    job = it.import_products(skus=[ONE, TWICE], by_identifier="ean CODE", preview=True)
    results = it.results(job)
    assert results[ONE][0] == "unchanged"
    assert results[ONE][1].startswith(f"would be linked to product 5001 by its identifier 0{code_of(ONE)}")
    assert results[TWICE] == ("held", "several_products")
    assert it.linked() == {} and it.intents() == {}


def test_exactly_one_is_linked_several_are_named_and_the_rest_is_created(it: Identifiers) -> None:
    """One sweep serves all; a wrong check digit is no identifier; what lists do not show is not found."""
    job = it.import_products(skus=[ONE, TWICE, NONE, OTHER, WRONG], by_identifier=str(FEATURE))
    messages = {item.subject: item.message for item in views.item_problems(it.workspace.database, LOCAL_ADMIN, job.id)}
    assert it.linked() == {ONE: (5001, LOCAL_ADMIN.name)}
    numbers = {sku: one.product_id for sku, one in it.wanted().items()}
    assert numbers == {ONE: 5001, NONE: None, OTHER: None, WRONG: None}
    assert "5002, 5003" in messages[f"sku {TWICE}"]
    assert it.calls("store", "listProducts") == 4, "by SKU, the sweep, what was found, what it holds"
    entry = next(one for one in list_entries(it.workspace.database, LOCAL_ADMIN) if one.action == "listing.link")
    assert entry.detail == {"channel": it.channel, "product_id": 5001, "identifier": f"0{code_of(ONE)}"}


def test_such_a_link_is_taken_back_like_any_other(it: Identifiers) -> None:
    links.unlink(it.workspace, LOCAL_ADMIN, it.channel, ONE)
    assert it.linked() == {}


@pytest.mark.parametrize("field", ["no such feature", "Inner code"])
def test_where_no_product_shows_one_nothing_is_created(it: Identifiers, field: str) -> None:
    """Whoever asks for it has the products in the store already: they must not come twice."""
    before = it.intents().keys()
    job = it.import_products(skus=[LATER], by_identifier=field)
    assert job.state is JobState.FAILED and "shows an EAN, UPC, ISBN or GTIN" in it.log(job)
    assert it.intents().keys() == before


def test_a_channel_can_ask_for_it_always(it: Identifiers) -> None:
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"product_identifier": "barcode"}})
    it.import_products(skus=[LATER])
    assert it.linked() == {LATER: (5006, LOCAL_ADMIN.name)}
