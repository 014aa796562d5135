"""What people chose for attributes: who inherits what, what is refused, CSV, and the commands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from core.actor import LOCAL_ADMIN, Actor
from core.errors import RightsError, UsageError
from core.fields import definitions, exchange, mapping
from core.fields.plan.render import render
from core.fields.plan.schema import Form
from core.fields.plan.sources import SKIP, Source, SourceKind, constant, feature, field
from core.fields.plan.store_item import Setting, StoreItem
from core.fields.rows import Direction, choices, sources
from core.model.channel import Channel
from core.model.field_mapping import FieldMapping
from core.people.audit import list_entries
from core.workspace import Workspace
from tests.unit.builders import FR, connect_channel
from tests.unit.ptd import LAMP
from tui.cli import build

DE = {"channel": "de"}
OF_LAMPS = {"channel": "de", "product_type": "LAMP"}
WHOLE_STORE = {"store": "main"}
VERA = Actor("vera", is_admin=False, store_id=1, company_id=1)


@pytest.fixture(autouse=True)
def definition(monkeypatch: pytest.MonkeyPatch) -> None:
    """Amazon knows two product types with the same attributes."""

    def schema_of(workspace: Workspace, channel: Channel, product_type: str) -> Mapping[str, Any]:
        if product_type not in ("LAMP", "HOME"):
            raise UsageError(f"Amazon has no product type {product_type!r}.")
        return LAMP

    monkeypatch.setattr(definitions, "schema_of", schema_of)


@pytest.fixture
def it(workspace: Workspace) -> Workspace:
    connect_channel(workspace.database)
    connect_channel(workspace.database, name="fr", marketplace_id=FR)
    return workspace


def set_(it: Workspace, attribute: str, source: Source, **where: Any) -> mapping.ChosenView:
    return mapping.set_field(it, LOCAL_ADMIN, attribute, source, **where)


def seen(
    it: Workspace, attribute: str, product_type: str = "LAMP", channel: str = "de", **more: Any
) -> tuple[Any, ...]:
    views = mapping.show(it, LOCAL_ADMIN, channel, product_type, **more).attributes
    view = next(one for one in views if one.name == attribute)
    return dict(view.source), view.default, view.origin.value


def rows(it: Workspace) -> list[FieldMapping]:
    with it.database.read() as session:
        return list(session.exec(select(FieldMapping)).all())


def test_everything_is_shown_required_first_with_its_default(it: Workspace) -> None:
    view = mapping.show(it, LOCAL_ADMIN, "de", " lamp ")
    assert (view.product_type, len(view.attributes)) == ("LAMP", len(Form.of(LAMP).rows))
    needed = [one.requirement.value for one in view.attributes]
    assert needed == sorted(needed, key=["required", "conditional", "optional"].index)
    assert all(one.default for one in view.attributes)
    assert seen(it, "item_name") == ({"kind": "field", "field": "title"}, True, "default")
    assert seen(it, "color") == ({"kind": "feature", "feature": "Colour"}, True, "default")
    assert seen(it, "battery.weight.unit") == ({"kind": "none"}, True, "default")


def test_the_nearest_choice_counts(it: Workspace) -> None:
    set_(it, "brand", constant("store"), **WHOLE_STORE)
    assert seen(it, "brand")[0]["value"] == seen(it, "brand", channel="fr")[0]["value"] == "store"
    assert seen(it, "brand")[1:] == (False, "store")
    set_(it, "brand.value", constant("store, lamps"), **WHOLE_STORE, product_type="LAMP")
    set_(it, "brand", constant("channel"), **DE)
    set_(it, "brand", constant("lamps"), **OF_LAMPS)
    assert seen(it, "brand") == ({"kind": "constant", "value": "lamps"}, False, "product type")
    assert seen(it, "brand", "HOME") == ({"kind": "constant", "value": "channel"}, False, "channel")
    assert seen(it, "brand", channel="fr")[0]["value"] == "store, lamps"
    assert seen(it, "brand", "HOME", channel="fr")[0]["value"] == "store"
    for where, left in ((OF_LAMPS, "channel"), (DE, "store, lamps"), (WHOLE_STORE | {"product_type": "LAMP"}, "store")):
        mapping.unset_field(it, LOCAL_ADMIN, "brand", **where)
        assert seen(it, "brand")[0]["value"] == left
    mapping.unset_field(it, LOCAL_ADMIN, "brand", **WHOLE_STORE)
    assert seen(it, "brand") == ({"kind": "field", "field": "brand"}, True, "default") and rows(it) == []


def test_a_choice_is_one_row_whatever_name_it_was_given(it: Workspace) -> None:
    set_(it, "battery.weight", constant("2 g"), **OF_LAMPS)
    set_(it, "battery.weight.value", constant("3 g"), **OF_LAMPS)
    set_(it, "bullet_point.2", constant("x"), **OF_LAMPS)
    assert {(row.attribute, row.source["value"]) for row in rows(it)} == {
        ("battery.weight.value", "3 g"), ("bullet_point.2.value", "x"),
    }  # fmt: skip
    assert seen(it, "bullet_point.2")[0]["value"] == "x"
    assert mapping.unset_field(it, LOCAL_ADMIN, "bullet_point.2", **OF_LAMPS).source is None
    with pytest.raises(UsageError, match="Nothing is set"):
        mapping.unset_field(it, LOCAL_ADMIN, "bullet_point.2", **OF_LAMPS)


def test_what_was_chosen_fills_a_listing(it: Workspace) -> None:
    set_(it, "purchasable_offer.our_price", constant("5"), **WHOLE_STORE)
    set_(it, "brand", constant("Acme"), **DE)
    form = Form.of(LAMP)
    with it.database.read() as session:
        chosen = sources(choices(session, session.exec(select(Channel)).first(), "LAMP", form))  # type: ignore[arg-type]
    assert set(chosen) == {"brand.value", "purchasable_offer.our_price.schedule.value_with_tax"}
    attributes = render(form, StoreItem(1, "S", "Lamp"), chosen, Setting(form.place())).attributes
    assert attributes["brand"][0]["value"] == "Acme"  # type: ignore[index]
    assert attributes["purchasable_offer"][0]["our_price"] == [{"schedule": [{"value_with_tax": 5}]}]  # type: ignore[index]


def test_imports_have_sources_of_their_own(it: Workspace) -> None:
    way = {"direction": Direction.IMPORT}
    assert seen(it, "brand", **way) == ({"kind": "feature", "feature": "Brand"}, True, "default")
    assert seen(it, "item_name", **way)[0] == {"kind": "field", "field": "product"}
    assert seen(it, "condition_type", **way)[0] == {"kind": "skip"}
    set_(it, "brand", feature("548"), **OF_LAMPS, **way)
    assert seen(it, "brand", **way) == ({"kind": "feature", "feature": "548"}, False, "product type")
    assert seen(it, "brand")[1:] == (True, "default")
    for source in (constant("x"), Source(SourceKind.TEMPLATE, "{product}"), field("price")):
        with pytest.raises(UsageError):
            set_(it, "brand", source, **OF_LAMPS, **way)


@pytest.mark.parametrize(
    ("attribute", "source", "option", "says"),
    [
        ("colr", SKIP, "attribute", "Did you mean color"),
        ("battery", SKIP, "attribute", "choose one"),
        ("brand", field("brnd"), "field", "Did you mean brand"),
        ("brand", feature(""), "feature", "number, or its name"),
        ("brand", constant(""), "constant", "use --skip"),
        ("brand", constant("x" * 101), "constant", "Amazon takes 100 characters"),
        ("brand", constant("x" * 10_001), "constant", "more than 10000"),
        ("brand", constant("two\nlines"), "constant", "Divide lines by <br>"),
        ("brand", Source(SourceKind.TEMPLATE, "{brand"), "template", "brace"),
        ("brand", Source(SourceKind.TEMPLATE, "Acme"), "template", "names no field"),
        ("brand", Source(SourceKind.TEMPLATE, "{nothing}"), "template", "no field 'nothing'"),
        ("condition_type", constant("broken"), "constant", "new_new (Neu)"),
        ("number_of_items", constant("many"), "constant", "not a number"),
        ("brand", Source(SourceKind.FIELD, "weight", "grams"), "unit", "brand has no unit"),
        ("item_package_weight", Source(SourceKind.FIELD, "weight", "stones"), "unit", "Amazon takes grams, kilograms"),
        ("item_package_weight", constant("5 cm"), "constant", "not one of its units"),
    ],
)
def test_a_source_that_cannot_be_is_refused_when_it_is_said(
    it: Workspace, attribute: str, source: Source, option: str, says: str
) -> None:
    with pytest.raises(UsageError) as caught:
        set_(it, attribute, source, **OF_LAMPS)
    assert says in str(caught.value) and set(caught.value.fields) == {option}
    assert rows(it) == []


def test_without_a_product_type_names_are_checked_for_their_form(it: Workspace) -> None:
    set_(it, "anything.of.amazon", constant("x"), **DE)
    for name in ("", "a b", "a..b", "ä;b", "x" * 300, "a\x1b[31m"):
        with pytest.raises(UsageError, match="not the name of an attribute"):
            set_(it, name, constant("x"), **DE)
    for kind in ("no type", "LÄMP", "X" * 200):
        with pytest.raises(UsageError, match="not a product type"):
            set_(it, "brand", constant("x"), **DE, product_type=kind)
    with pytest.raises(UsageError, match="has no product type"):
        set_(it, "brand", constant("x"), **DE, product_type="UNKNOWN")
    for where in ({}, DE | WHOLE_STORE):
        with pytest.raises(UsageError, match="--channel and --store"):
            set_(it, "brand", constant("x"), **where)


def test_vendors_change_their_own_channels_and_not_what_all_share(it: Workspace) -> None:
    mapping.set_field(it, VERA, "brand", constant("x"), **OF_LAMPS)
    (row,) = rows(it)
    assert row.mapped_by == "vera"
    with pytest.raises(RightsError):
        mapping.set_field(it, VERA, "brand", constant("x"), **WHOLE_STORE)
    with pytest.raises(RightsError):
        exchange.import_sheet(it, VERA, b"product_type,attribute,source,value\n", **WHOLE_STORE)
    other = Actor("otto", is_admin=False, store_id=1, company_id=2)
    with pytest.raises(UsageError, match="no such channel"):
        mapping.show(it, other, "de", "LAMP")
    (entry,) = [one for one in list_entries(it.database, LOCAL_ADMIN) if one.action == "field.set"]
    assert (entry.operator, entry.subject) == ("vera", "channel de")
    assert entry.detail["attribute"] == "brand.value" and entry.detail["source"]["value"] == "x"


# -- CSV --------------------------------------------------------------------------------------------------------------


def csv(it: Workspace, text: str | bytes, *, preview: bool = False, **where: str) -> exchange.FieldChanges:
    data = text if isinstance(text, bytes) else text.encode()
    return exchange.import_sheet(it, LOCAL_ADMIN, data, preview=preview, **(where or DE))


def test_a_sheet_is_written_and_read_again(it: Workspace) -> None:
    translated = Source(SourceKind.FEATURE, "548", values=(("Rot", "Red"), ("Grün", "Green")))
    difficult = Source(SourceKind.FEATURE, "Colour", values=(("a=b; c", "-x"),))
    set_(it, "color", translated, **OF_LAMPS)
    set_(it, "color", difficult, **DE, product_type="HOME")
    set_(it, "brand", constant("=SUM(A1)"), **DE)
    set_(it, "item_package_weight", Source(SourceKind.FIELD, "weight", "grams"), **OF_LAMPS)
    set_(it, "bullet_point.2", Source(SourceKind.TEMPLATE, "{product}"), **OF_LAMPS)
    set_(it, "part_number", SKIP, **OF_LAMPS, direction=Direction.IMPORT)
    before = [(row.product_type, row.attribute, row.direction, row.source) for row in rows(it)]
    sheet = exchange.export_sheet(it, LOCAL_ADMIN, **DE)
    assert sheet.splitlines()[0] == "product_type,attribute,direction,source,value,unit,values"
    assert "LAMP,color.value,export,feature,548,,Rot=Red; Grün=Green" in sheet.splitlines()
    assert "'=SUM" in sheet
    same = csv(it, sheet)
    assert (same.count, same.unchanged) == (0, 6)
    emptied = csv(it, "product_type,attribute,source,value\nLAMP,,,\nHOME,,,\n,brand,,\n")
    assert (len(emptied.removed), rows(it)) == (6, [])
    csv(it, sheet)
    assert sorted(map(str, before)) == sorted(
        str((row.product_type, row.attribute, row.direction, row.source)) for row in rows(it)
    )
    other = csv(it, sheet, channel="fr")
    assert len(other.added) == 6


def test_a_sheet_replaces_the_product_types_it_names_and_no_others(it: Workspace) -> None:
    set_(it, "brand", constant("all"), **DE)
    set_(it, "brand", constant("home"), **DE, product_type="HOME")
    set_(it, "color", constant("red"), **OF_LAMPS)
    set_(it, "part_number", SKIP, **OF_LAMPS)
    sheet = "\ufeffProduct_Type;Attribute;Source;Value\r\nlamp;brand;constant;Acme\r\nLAMP;color;constant;blue\r\n"
    seen_first = csv(it, sheet, preview=True)
    assert ([one.attribute for one in seen_first.added], [one.attribute for one in seen_first.changed]) == (
        ["brand.value"], ["color.value"],
    )  # fmt: skip
    assert [one.attribute for one in seen_first.removed] == ["part_number.value"] and len(rows(it)) == 4
    assert csv(it, sheet) == seen_first
    assert {(row.product_type, row.attribute, row.source["value"]) for row in rows(it)} == {
        ("", "brand", "all"), ("HOME", "brand.value", "home"), ("LAMP", "brand.value", "Acme"),
        ("LAMP", "color.value", "blue"),
    }  # fmt: skip
    (entry,) = [one for one in list_entries(it.database, LOCAL_ADMIN) if one.action == "field.import"]
    assert entry.detail == {"added": 1, "changed": 1, "removed": 1}


def test_a_sheet_with_faults_changes_nothing_and_names_them_all(it: Workspace) -> None:
    head = "product_type,attribute,direction,source,value,unit,values\n"
    lines = [
        "LAMP,colr,export,constant,x,,",
        "UNKNOWN,brand,export,constant,x,,",
        "LAMP,brand,sideways,constant,x,,",
        "LAMP,brand,export,formula,x,,",
        "LAMP,brand,export,constant,,,",
        "LAMP,color,export,feature,1,,Rot",
        "LAMP,color,export,feature,1,,{x",
        "LAMP,item_name,export,skip,,,",
        "LAMP,item_name.value,export,skip,,,",
    ]
    with pytest.raises(UsageError) as caught:
        csv(it, head + "\n".join(lines))
    words = (
        "line 2: There is no attribute 'colr'", "Did you mean color", "line 3: Amazon has no product type",
        "line 4: direction is export or import", "line 5: There is no source 'formula'", "line 6: constant: it is",
        "line 7: 'Rot' is not a pair", "line 8: values is not JSON", "line 10: another line sets item_name.value too",
    )  # fmt: skip
    for word in words:
        assert word in caught.value.what, word
    assert rows(it) == []
    with pytest.raises(UsageError, match="no column source, value"):
        csv(it, "product_type,attribute\n")


# -- commands ---------------------------------------------------------------------------------------------------------


def run(*words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(build(words), [*words, "--json"])
    assert done.exit_code == code, (done.exit_code, done.stdout, done.stderr)
    return json.loads(done.stdout)


def test_the_documents_of_the_commands(it: Workspace, tmp_path: Path) -> None:
    lamps = ("--channel", "de", "--product-type", "LAMP")
    shown = run("fields", "show", *lamps)
    assert shown["product_type"] == "LAMP"
    assert set(shown["attributes"][0]) >= {"name", "title", "requirement", "source", "default"}
    made = run("fields", "set", "color", *lamps, "--feature", "548", "--value", "Rot=Red", "--value", "Blau=Blue")
    assert made["source"] == {"kind": "feature", "feature": "548", "values": {"Rot": "Red", "Blau": "Blue"}}
    for option, source in (
        (("--constant", "Acme"), {"kind": "constant", "value": "Acme"}),
        (("--field", "company_name"), {"kind": "field", "field": "company_name"}),
        (("--template", "{brand}"), {"kind": "template", "template": "{brand}"}),
        (("--skip",), {"kind": "skip"}),
    ):
        run("fields", "set", "brand", *lamps, *option)
        brand = next(one for one in run("fields", "show", *lamps)["attributes"] if one["name"] == "brand")
        assert (brand["source"], brand["default"], brand["requirement"]) == (source, False, "required")
    for wrong in ((), ("--skip", "--constant", "x")):
        assert "Say one source" in run("fields", "set", "brand", *lamps, *wrong, code=2)["error"]["message"]
    file = str(tmp_path / "fields.csv")
    assert run("fields", "export", file, "--channel", "de") == {"file": file, "lines": 2}
    assert run("fields", "unset", "brand", *lamps)["source"] is None
    assert len(run("fields", "import", file, "--channel", "de", "--preview")["added"]) == 1
    assert len(run("fields", "import", file, "--channel", "de")["added"]) == 1
    run("fields", "set", "brand", "--store", "main", "--constant", "Acme")
    for words in (("show", *lamps), ("show", *lamps, "--import"), ("export", "-", "--channel", "de")):
        done = CliRunner().invoke(build(("fields",)), ["fields", *words])
        assert done.exit_code == 0 and "brand" in done.stdout.lower(), (words, done.stdout, done.stderr)
