"""Codes of problems are declared by their flows, and nothing else can be raised."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core import flows
from core.flows import code_of, codes, fix_of, title_of, title_of_job
from core.jobs.views import job_view
from core.later import Later
from core.model.job import Job
from core.sync.codes import Code, FixKind

ROOT = Path(__file__).parents[2]


def declared_in_source() -> Iterator[str]:
    """The names in all `Code("name", …)` of the program."""
    for file in (ROOT / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Code":
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{file.name}:{node.lineno} makes a code up"
                yield name.value


def raised_in_source() -> Iterator[str]:
    """What is given as the code of all `Hold(…)` of the program, and as that of failed results."""
    for file in (ROOT / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Hold", "Held"):
                yield ast.unparse(node.args[0])


def test_every_code_that_can_be_raised_is_declared_by_a_flow_and_named_once() -> None:
    """A `Hold` takes a `Code` and nothing else (mypy); so whatever is raised is one of these."""
    assert sorted(declared_in_source()) == sorted(code.name for code in codes())
    raised = set(raised_in_source())
    assert {"KIND_UNKNOWN", "problems.UNREADABLE", "problems.SKU_UNKNOWN"} < raised
    literal = {what for what in raised if what[0] in "'\"f"}
    assert not literal, "a code that no flow declares"


def test_every_code_has_a_title_that_columns_hold_and_words_for_its_fix() -> None:
    assert len({code.title for code in codes()}) == len(codes())
    for code in codes():
        assert 0 < len(code.title) <= 20, code
        assert "_" not in code.title and code.title[0].isupper(), code
        for about in ("", "CAP-9"):
            advice = code.advice_for(about)
            assert advice[0].isupper() and not advice.endswith("."), code


def test_nothing_is_chosen_for_a_problem_that_does_not_say_what_it_is_about() -> None:
    code = code_of("sku_unknown")
    assert (code.kind_for("CAP-9"), code.kind_for("")) == (FixKind.LINK, FixKind.STORE)
    assert (code.advice_for("CAP-9"), code.advice_for("")) == (
        "Link the SKU to a product",
        "Correct it in the store",
    )


def test_a_code_and_a_job_of_a_later_version_are_shown_by_their_names() -> None:
    assert code_of("of_later") == Code("of_later", "of_later", FixKind.UPGRADE)
    assert (title_of("orders.import"), title_of("of.later")) == ("Import orders", "of.later")


@pytest.mark.parametrize(
    ("kind", "params", "title"),
    [
        ("orders.import", {}, "Import orders of de"),
        ("orders.import", {"replan": ["1"] * 58}, "Retry 58 orders of de"),
        ("orders.import", {"replan": []}, "Retry all orders of de"),
        ("orders.import", {"order_ids": ["1"], "plan_only": True}, "Preview 1 order of de"),
        ("orders.import", {"from": "2026-11-01T00:00:00Z"}, "Import orders from 2026-11-01 of de"),
        ("shipments.push", {}, "Confirm shipments of de"),
        ("shipments.push", {"order_ids": ["1"] * 12}, "Confirm shipments of 12 orders of de"),
        ("shipments.push", {"order_ids": ["1"], "enter": {}}, "Enter a shipment of 1 of de"),
        ("products.undo", {"undo": 31}, "Undo products of job 31 of de"),
        ("products.undo", {"undo": 31, "skus": ["A"]}, "Undo 1 product of job 31 of de"),
        ("of.later", {}, "Of later of de"),
    ],
)
def test_a_job_is_called_by_what_it_was_asked_to_do(kind: str, params: dict[str, Any], title: str) -> None:
    job = Job(id=1, kind=kind, channel_name="de", params=params)
    assert title_of_job(job_view(job)) == title


def test_every_flow_carries_out_the_fixes_that_its_codes_promise() -> None:
    for flow in flows.FLOWS:
        for code in flow.codes:
            if code.kind in (FixKind.RELEASE, FixKind.RETRY):
                assert all(fix_of(code.kind, job.subject) for job in flow.jobs), code
    assert fix_of(FixKind.RETRY, "comet") is None


def test_whatever_a_declaration_names_for_later_is_there() -> None:
    for flow in flows.FLOWS:
        named = [what for job in flow.jobs for what in (job.run, job.plan_again)]
        senders = [writes.sender for writes in flow.writes]
        for what in (*named, *senders, *flow.fixes.values()):
            parts = [what.func, *what.keywords.values()] if isinstance(what, partial) else [what]
            assert all(callable(part.load()) for part in parts if isinstance(part, Later)), flow.name


def test_of_several_flows_with_a_code_the_one_that_holds_the_item_fixes_it() -> None:
    code, of = code_of("category_unmapped"), {flow.name: flow.fixes for flow in flows.FLOWS}
    for name in ("products", "listings"):
        assert fix_of(FixKind.RETRY, "sku", code, name) is of[name][FixKind.RETRY]
    vanished = code_of("many_vanished")
    assert fix_of(FixKind.RELEASE, "sku", vanished, "stock") is of["stock"][vanished]
