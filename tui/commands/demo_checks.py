"""What makes the demo a success: its jobs against what the sandbox says of both sides."""

from __future__ import annotations

from typing import Any

from core.categories.actions import CategoriesView
from core.checks import Check

MOST_SEARCHES = 11
FAULTS = (
    "missing",
    "stray",
    "wrong",
    "sent_twice",
    "to_amazons_stock",
    "by_drafts",
    "to_nothing",
    "lost",
)
"""What the audit of listings may find wrong."""


def of_categories(job: dict[str, Any], mapped: CategoriesView, left: CategoriesView) -> list[Check]:
    """What makes the categories a success; `left` are those to which nothing belongs."""
    wrong = [one for one in mapped.mappings if one.fault]
    full = [one for one in left.mappings if one.products]
    return [
        Check(
            "every category with products is mapped",
            job["counts"]["seen"] == mapped.nodes > 0 and not wrong and not full,
            f"{len(mapped.mappings)} mapped; {len(wrong)} cannot be used, {len(full)} with products are left.",
        )
    ]


def of_import(job: dict[str, Any], audit: dict[str, Any], ledger: dict[str, Any]) -> list[Check]:
    """What makes the import a success."""
    held = {p["subject"].removeprefix("order "): p["code"] for p in job["problems"]}
    wrong_holds = {
        order: (audit["expected_held"].get(order), held.get(order))
        for order in held.keys() | audit["expected_held"].keys()
        if held.get(order) != audit["expected_held"].get(order)
    }
    amazon = ledger["amazon"]
    searches = amazon["searchOrders"]["calls"]
    calls = sum(operation["calls"] for operation in amazon.values())
    refused = sum(operation["refused"] for operation in amazon.values())
    faults = [name for name in ("missing", "doubled", "wrong", "stray", "stock_wrong") if audit[name]]
    created = job["counts"]["created"]
    return [
        Check(
            "the store has every order exactly once, with exact lines, totals, statuses, dates and stock",
            audit["ok"],
            f"{audit['created']} of {audit['expected']}; {', '.join(faults) or 'no deviation'}.",
        ),
        Check("our account agrees", created == audit["expected"], f"{created} created."),
        Check(
            "every order that cannot be imported is held with the right reason",
            not wrong_holds,
            f"{len(held)} held; {len(wrong_holds)} deviate.",
        ),
        Check("calls to Amazon", searches <= MOST_SEARCHES, f"{searches} searchOrders, {calls} in all."),
        Check("refused calls", refused * 100 <= calls, f"{refused} of {calls}."),
    ]


def of_push(job: dict[str, Any], audit: dict[str, Any]) -> list[Check]:
    """What makes the push of shipments a success."""
    faults = [name for name in ("missing", "doubled", "wrong", "stray") if audit[name]]
    held = {problem["subject"].removeprefix("shipment ") for problem in job["problems"]}
    strange = held ^ set(audit["excused"])
    confirmed, calls = audit["confirmed"], job["calls"].get("confirmShipment", 0)
    return [
        Check(
            "Amazon has every parcel of the store exactly once, with its items, carrier and tracking number",
            audit["ok"] and job["counts"]["created"] == confirmed > 0,
            f"{confirmed} of {audit['expected']}; {', '.join(faults) or 'no deviation'}.",
        ),
        Check("every parcel that cannot be told is held", not strange, f"{len(held)} held; {len(strange)} deviate."),
        Check(
            "calls to tell Amazon of them",
            confirmed <= calls <= confirmed + job["refused_calls"],
            f"{calls} confirmShipment, {sum(job['calls'].values())} in all.",
        ),
    ]


def of_catalogue(job: dict[str, Any], audit: dict[str, Any]) -> list[Check]:
    """What makes the import of products a success: all are mapped, so none is held."""
    faults = [name for name in ("missing", "doubled", "wrong") if audit[name]]
    held = [f"{problem['subject']}: {problem['code']}" for problem in job["problems"]]
    return [
        Check(
            "the store has every product of the catalogue exactly once, with its texts, images and variations",
            audit["ok"] and not held,
            f"{audit['right']} of {audit['expected']}; {', '.join([*faults, *held[:5]]) or 'no deviation'}.",
        )
    ]


def of_exports(jobs: dict[str, Any], audit: dict[str, Any], shown: dict[str, Any], left: int) -> list[Check]:
    """What makes the export of products a success; `shown` is the audit of the one that was sold, `left` its stock."""
    faults = [name for name in FAULTS if audit[name]]
    held = sum(job["counts"]["held"] + job["counts"]["failed"] for job in jobs.values())
    return [
        Check(
            "Amazon has every new product of the store exactly once, with its content, price and stock",
            audit["ok"] and audit["exact"] == audit["expected"] > 0,
            f"{audit['exact']} of {audit['expected']} listings exact; {', '.join(faults) or 'no deviation'}.",
        ),
        Check("nothing of it is held", not held, f"{held} held or failed."),
        Check("Amazon shows the stock that a sale in the store left", shown["exact"] == 1, f"{left} left."),
    ]
