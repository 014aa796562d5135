"""Many new products, some of which Amazon would not take: each of these is named before anything is sent, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.jobs.views import events_after
from core.submissions import route
from core.sync.problems import open_problems
from sandbox.world.fresh import FLAWS
from tests.flows.export_kit import exporting

PRODUCTS, BAD = 60, 0.25
NAMED = {
    "no_brand": ("attribute_missing", "brand", "Fill it in the store, or: crossdock fields set brand"),
    "no_country": ("attribute_missing", "country_of_origin", "Fill it in the store, or: crossdock fields set country"),
    "long_brand": ("attribute_invalid", "brand", "Shorten it in the store"),
    "wrong_identifier": ("attribute_invalid", "externally_assigned_product_identifier", "Correct it in the store"),
    "no_identifier": ("attribute_invalid", "externally_assigned_product_identifier", "Enter its EAN, UPC or GTIN"),
}
"""Flaw → the code of its problem, the attribute that it leads to, and how its fix begins."""
LEFT_OUT = "wrong_material"
"""Amazon does not ask for it: it is left out, and the log says so."""


def test_each_bad_product_is_named_before_anything_is_sent_and_the_rest_is_for_sale(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "FEW_SECONDS", 0.0)
    with exporting(home) as it:
        it.run(categories.refresh_categories(it.workspace, LOCAL_ADMIN, it.channel, direct=True).job_id)
        for one in it.sandbox.credentials()["categories"]:
            where = (one["cscart"], one["amazon"], one["product_type"])
            categories.map_category(it.workspace, LOCAL_ADMIN, it.channel, *where)
        skus = it.sandbox.add_fresh(PRODUCTS, bad=BAD)
        flaws = it.sandbox.flaws()
        assert set(flaws.values()) == {*NAMED, LEFT_OUT} == set(FLAWS)
        bad = {sku: NAMED[flaw] for sku, flaw in flaws.items() if flaw in NAMED}

        job = it.export()
        results = it.results(job)
        assert {sku: code for sku, (result, code) in results.items() if result != "created"} == {
            sku: code for sku, (code, _, _) in bad.items()
        }
        problems = {one.subject.id: one for one in open_problems(it.workspace.database, LOCAL_ADMIN, it.channel)}
        assert problems.keys() == bad.keys()
        for sku, (code, attribute, fix) in bad.items():
            one = problems[sku]
            assert (one.code, one.about.rpartition(".")[2]) == (code, attribute)
            assert attribute in one.message and one.fix.startswith(fix)
        log = events_after(it.workspace.database, LOCAL_ADMIN, job.id)
        left_out = {f"sku {sku}" for sku, flaw in flaws.items() if flaw == LEFT_OUT}
        assert {one.subject for one in log if "'Unobtainium' is none of" in one.text} == left_out

        assert it.calls("amazon", "createFeed") == 1
        assert not {one.sku for one in it.sandbox.submissions()} & bad.keys(), "nothing of them left the house"
        audit = it.sandbox.audit_listings({})
        assert audit.ok and audit.exact == audit.expected == PRODUCTS - len(flaws), audit
        it.forward(600)
        it.follow()
        assert {it.state(sku) for sku in skus if sku not in bad} == {"buyable"}
