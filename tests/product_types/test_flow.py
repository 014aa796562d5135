"""Definitions end to end over HTTP: few calls, changes noticed, and the old one stays until a new one is whole.

One world serves all tests of this file.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from sqlmodel import delete, func, select

from core import clock, vault
from core.actor import LOCAL_ADMIN
from core.amazon.product_types import ProductType
from core.channels import registry
from core.errors import RemoteBusy, RemoteError, UsageError
from core.flows import HEARS
from core.keyring import open_keys
from core.model.channel import Channel
from core.model.product_type import ProductTypeDefinition, ProductTypeList
from core.model.quota import Quota
from core.product_types import cache
from core.product_types.cache import FRESH
from core.product_types.changes import Changes
from core.product_types.definitions import Definition, definition, search, show
from core.product_types.names import known_types
from core.product_types.summary import attributes_of
from core.product_types.validation import problems_of
from core.sync.hearing import Notice
from sandbox.world.marketplaces import DE
from tests.flows.kit import Shop, shop
from tests.flows.patient import PatientShop

TYPE, GET, SEARCH, FILE = "KITCHEN", "getDefinitionsProductType", "searchDefinitionsProductTypes", "document"
CHANGED = Changes(
    added=["care_instructions"],
    removed=["supported_symbol"],
    required=["material"],
    values_added={"material.value": ["Bamboo"]},
    values_removed={"material.value": ["Ivory"]},
)


class Kitchen(PatientShop):
    """A shop whose definitions are asked for, on a clock that a test moves."""

    def get(self, **options: str) -> Definition:
        return definition(self.workspace, self.row(), TYPE, **options)

    def row(self) -> Channel:
        return registry.get(self.workspace, LOCAL_ADMIN, self.channel)

    def next_day(self) -> None:
        self.forward(FRESH.total_seconds() + 1)

    def called(self) -> tuple[int, int]:
        """Calls for the definition, and downloads, since the last time that was asked."""
        counts = (self.calls("amazon", GET), self.calls("amazon", FILE))
        self.sandbox.ledger.clear()
        return counts


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("product-types") / "home"
    with shop(home, orders=2, other_orders=0, products=10) as it:
        yield it
    vault.close_vault()
    clock.install(None, home)


@pytest.fixture
def it(served: Shop, monkeypatch: pytest.MonkeyPatch) -> Kitchen:
    database, sandbox = served.workspace.database, served.sandbox
    monkeypatch.setenv("CROSSDOCK_HOME", str(served.workspace.settings.home))
    cache._schemas.clear()
    open_keys(served.workspace.settings, database)
    clock.install(None, served.workspace.settings.home)
    with database.write() as session:
        for model in (ProductTypeDefinition, ProductTypeList, Quota):
            session.exec(delete(model))
    sandbox.clock.set(offset=0)
    sandbox.faults.clear()
    sandbox.ledger.clear()
    sandbox.set_product_type(TYPE, 1)
    return Kitchen(sandbox, served.workspace, served.channel)


def test_a_definition_costs_one_call_and_one_download_and_a_day_without_any(it: Kitchen) -> None:
    found = it.get()
    assert (found.product_type, found.display_name, found.locale) == (TYPE, "Kitchen", "de_DE")
    assert (found.marketplace_id, found.requirements, found.trouble) == (DE.marketplace_id, "LISTING", "")
    assert found.schema["properties"]["item_name"]["title"] == "Titel"
    assert found.property_groups["offer"]["title"] == "Offer"
    assert it.called() == (1, 1)
    assert it.get() == found and it.called() == (0, 0)
    cache._schemas.clear()  # as another process finds it
    assert it.get() == found and it.called() == (0, 0)
    it.next_day()
    again = it.get()
    assert (again.schema, again.changed_at) == (found.schema, found.changed_at)
    assert again.checked_at and found.checked_at and again.checked_at > found.checked_at
    assert it.called() == (1, 0), "its checksum is the same"


def test_schemas_lie_packed(it: Kitchen) -> None:
    it.get()
    with it.workspace.database.read() as session:
        row = session.exec(select(ProductTypeDefinition)).one()
    assert len(row.schema_file) < len(gzip.decompress(row.schema_file)) / 4


def test_a_new_version_is_noticed_and_tells_what_has_changed(it: Kitchen) -> None:
    first = it.get()
    assert not first.changes
    it.sandbox.set_product_type(TYPE, 2)
    assert it.get() == first, "the day is not over"
    it.next_day()
    it.called()
    second = it.get()
    assert it.called() == (1, 1)
    assert second.version != first.version and second.changes == CHANGED
    it.next_day()
    assert it.get().changes == CHANGED, "until the next change"
    needs = {one.name: one.required for one in attributes_of(second)}
    wrong = {one.attribute: one.message for one in problems_of(second, {})}
    assert {name for name, need in needs.items() if need == "yes"} == set(second.schema["required"])
    assert set(second.schema["required"]) <= wrong.keys() <= {name for name, need in needs.items() if need != "no"}
    assert wrong["material"] == "It is required."


def test_a_change_that_amazon_tells_is_asked_for_at_the_next_use_once_for_all_copies(it: Kitchen) -> None:
    first = it.get()
    it.sandbox.set_product_type(TYPE, 2)
    it.forward(3600)
    told = {"kind": "PRODUCT_TYPE_DEFINITIONS_CHANGE", "seller_id": "", "about": {}}
    copies = [
        Notice(id=f"copy {number}", published_at=clock.now(), marketplace_id=DE.marketplace_id, **told)  # type: ignore[arg-type]
        for number in range(3)
    ]
    hears = HEARS["PRODUCT_TYPE_DEFINITIONS_CHANGE"]
    assert hears(it.workspace, it.row(), copies[:1]).news == {"copy 0"}
    assert hears(it.workspace, it.row(), copies[1:2]).news == set()
    it.forward(120)
    it.called()
    assert it.get().version != first.version and it.called() == (1, 1)
    assert hears(it.workspace, it.row(), copies[2:]).news == set()
    it.called()
    assert it.get() and it.called() == (0, 0)


def test_each_of_marketplace_language_requirements_and_parentage_has_its_own(it: Kitchen) -> None:
    whole, offer = it.get(), it.get(requirements="LISTING_OFFER_ONLY")
    english, child = it.get(locale="en_GB"), it.get(parentage="CHILD")
    assert len({one.checksum for one in (whole, offer, english, child)}) == 4
    assert offer.schema["required"] == [] and offer.schema["properties"].keys() < whole.schema["properties"].keys()
    assert english.schema["properties"]["item_name"]["title"] == "Title"
    assert len(child.schema["allOf"]) < len(whole.schema["allOf"])
    it.called()
    assert it.get(parentage="CHILD") == child and it.called() == (0, 0)
    with it.workspace.database.read() as session:
        assert session.exec(select(func.count()).select_from(ProductTypeDefinition)).one() == 4


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("expired_url", "refused (403 AccessDenied)"),
        ("malformed", "not what its checksum says"),
        ("bad_checksum", "connection broke"),
        ("reset", "connection broke"),
        ("html_200", "not what its checksum says"),
        ("html_503", "cannot be had for now"),
    ],
)
def test_until_a_new_schema_is_whole_the_old_one_stays(it: Kitchen, kind: str, said: str) -> None:
    it.fault("amazon", FILE, kind, times=-1)
    with pytest.raises(RemoteError) as caught:
        it.get()
    assert said in caught.value.what and caught.value.subject == f"product type {TYPE} in DE"
    with it.workspace.database.read() as session:
        assert session.exec(select(ProductTypeDefinition)).all() == []
    it.sandbox.faults.clear()
    first = it.get()
    it.sandbox.set_product_type(TYPE, 2)
    it.next_day()
    it.fault("amazon", FILE, kind, times=-1)
    old = it.get()
    assert (old.schema, old.version, old.checked_at) == (first.schema, first.version, first.checked_at)
    assert said in old.trouble and f"The schema of {first.changed_at:%Y-%m-%d} stays in use" in old.trouble
    assert "Signature" not in old.trouble
    it.sandbox.faults.clear()
    assert it.get().changes == CHANGED


def test_an_address_that_has_just_expired_is_asked_for_again(it: Kitchen) -> None:
    it.fault("amazon", FILE, "expired_url", times=1)
    assert it.get().trouble == ""
    assert it.called() == (2, 2)


def test_while_amazon_is_away_the_old_one_is_used(it: Kitchen) -> None:
    first = it.get()
    it.next_day()
    it.fault("amazon", GET, "error_500", times=-1)
    assert it.get().schema == first.schema
    assert "not available (500)" in it.get().trouble


def test_an_address_lives_seven_days(it: Kitchen) -> None:
    channel = it.sandbox.credentials()["channel"]
    types, shelf = it.sandbox.amazon.product_types, it.sandbox.amazon.shelf
    document_id, _ = types.file(channel["seller_id"], {"properties": {}})
    url = shelf.address(it.sandbox.amazon_url, "GET", document_id, life=7 * 86_400.0)
    for seconds, status in ((7 * 86_400.0 - 60, 200), (120, 403)):
        it.sandbox.clock.advance(seconds)
        assert it.workspace.http.send("GET", url).status == status


def test_unknown_types_and_words_are_usage_errors(it: Kitchen) -> None:
    with pytest.raises(UsageError, match="no product type 'NO_SUCH'"):
        show(it.workspace, LOCAL_ADMIN, it.channel, " no_such ")
    for wrong in ({"requirements": "ALL"}, {"parentage": "COUSIN"}):
        with pytest.raises(UsageError, match="Give one of"):
            show(it.workspace, LOCAL_ADMIN, it.channel, TYPE, **wrong)
    for both in ({}, {"keywords": [" , "]}, {"keywords": ["x"], "item_name": "y"}):
        with pytest.raises(UsageError, match="either"):
            search(it.workspace, LOCAL_ADMIN, it.channel, **both)  # type: ignore[arg-type]
    assert it.called() == (1, 0)


def test_search_by_words_and_by_the_name_of_an_item(it: Kitchen) -> None:
    lamps = ProductType("HOME_LIGHTING_AND_LAMPS", "Home lighting and lamps")
    assert search(it.workspace, LOCAL_ADMIN, it.channel, keywords=["desk, lamp"]) == [lamps]
    found = search(it.workspace, LOCAL_ADMIN, it.channel, item_name="Quiet Coffee Grinder, Red")
    assert [one.name for one in found] == [TYPE]
    assert search(it.workspace, LOCAL_ADMIN, it.channel, keywords=["zeppelin"]) == []
    assert it.calls("amazon", SEARCH) == 3


def test_people_do_not_wait_for_a_quota(it: Kitchen) -> None:
    it.fault("amazon", SEARCH, "429", times=-1)
    with pytest.raises(RemoteBusy, match="quota"):
        for _ in range(3):
            search(it.workspace, LOCAL_ADMIN, it.channel, keywords=["lamp"])


def test_all_names_cost_one_call_a_day(it: Kitchen) -> None:
    row = it.row()
    assert known_types(it.workspace, row, set()) == frozenset()
    assert it.calls("amazon", SEARCH) == 0
    names = known_types(it.workspace, row, {"BRACELET"})
    assert {"BRACELET", TYPE} <= names and known_types(it.workspace, row, {"NO_SUCH"}) == names
    assert it.calls("amazon", SEARCH) == 1
    it.next_day()
    assert known_types(it.workspace, row, {"BRACELET"}) == names, "one that is known stays known"
    assert it.calls("amazon", SEARCH) == 1
    known_types(it.workspace, row, {"NO_SUCH"})
    assert it.calls("amazon", SEARCH) == 2


def test_two_who_ask_at_once_leave_one_row(it: Kitchen) -> None:
    first = it.get()
    with it.workspace.database.write() as session:
        session.exec(delete(ProductTypeDefinition))
    wanted = cache.Wanted(DE.marketplace_id, TYPE)
    new = (b'{"properties": {}}', {"properties": {}})
    answer = cache.Answer(TYPE, "Kitchen", "de_DE", "LISTING", "1", "sum", {}, "")
    for _ in range(2):
        with it.workspace.database.write() as session:
            kept = cache.keep(session, "live", wanted, answer, new)
    assert kept.checksum == "sum" != first.checksum
    with it.workspace.database.read() as session:
        assert len(session.exec(select(ProductTypeDefinition)).all()) == 1
