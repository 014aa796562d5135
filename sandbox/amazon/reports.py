"""Reports: asked for, looked at, taken back, and their documents. What they contain is in `report_types`."""

from __future__ import annotations

import itertools
import json

from flask import Blueprint, Response

from sandbox.amazon import all_listings, all_orders, asked, browse_tree, returns_report  # noqa: F401 - types of reports
from sandbox.amazon.access import Grant
from sandbox.amazon.errors import Refusal, invalid_input
from sandbox.amazon.gate import Gate, owner
from sandbox.amazon.operations import CANCEL_REPORT, CREATE_REPORT, GET_REPORT, GET_REPORT_DOCUMENT, GET_REPORTS
from sandbox.amazon.processing import CANCELLED, DONE, FATAL, Result, Work
from sandbox.amazon.report_types import REPORT_TYPES, Failed, ReportType, Wanted
from sandbox.amazon.state import Amazon

BASE = "/reports/2021-06-30"


def add_reports(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """The operations under /reports/2021-06-30."""
    desk = amazon.reports[gate.api_mode]

    def create(grant: Grant) -> Response:
        account = owner(grant)
        given = asked.body(
            {"reportType": str, "marketplaceIds": list},
            {"reportOptions": dict, "dataStartTime": str, "dataEndTime": str},
        )
        name, options = given["reportType"], asked.options(given.get("reportOptions", {}))
        kind = _known(name, grant)
        start = asked.moment(given.get("dataStartTime"), "dataStartTime")
        end = asked.moment(given.get("dataEndTime"), "dataEndTime")
        if start is not None and start > amazon.clock.now():
            raise invalid_input("dataStartTime must not be in the future.")
        places = asked.places(given["marketplaceIds"], account)
        wanted = Wanted(account, places, options, start, end, gate.api_mode)
        too_soon = desk.is_too_soon(account.seller_id, name, places, options)
        work = desk.add(
            account.seller_id,
            name,
            places,
            lambda: Result(CANCELLED) if too_soon else _made(amazon, kind, wanted),
            options=options,
            start=start,
            end=end,
        )
        return Response(json.dumps({"reportId": work.id}), 202, mimetype="application/json")

    def cancel(grant: Grant, report_id: str) -> Response:
        desk.cancel(asked.found(desk, owner(grant).seller_id, report_id))
        return Response(status=200, mimetype="application/json")

    @app.post(f"{BASE}/reports")
    def create_report() -> Response:
        return gate.call(CREATE_REPORT, create)

    @app.get(f"{BASE}/reports")
    def get_reports() -> Response:
        return gate.call(
            GET_REPORTS,
            lambda grant: asked.listed(desk, owner(grant).seller_id, "report", amazon.clock.now(), _shown),
        )

    @app.get(f"{BASE}/reports/<report_id>")
    def get_report(report_id: str) -> Response:
        def get(grant: Grant) -> Response:
            found = asked.found(desk, owner(grant).seller_id, report_id)
            return Response(json.dumps(_shown(found)), mimetype="application/json")

        return gate.call(GET_REPORT, get)

    @app.delete(f"{BASE}/reports/<report_id>")
    def cancel_report(report_id: str) -> Response:
        return gate.call(CANCEL_REPORT, lambda grant: cancel(grant, report_id))

    @app.get(f"{BASE}/documents/<document_id>")
    def get_report_document(document_id: str) -> Response:
        return gate.call(
            GET_REPORT_DOCUMENT,
            lambda grant: asked.address(amazon.shelf, owner(grant).seller_id, document_id, "reportDocumentId"),
        )


def _known(name: str, grant: Grant) -> ReportType:
    kind = REPORT_TYPES.get(name)
    if kind is None:
        raise invalid_input(f"Report type {name} is not known.")
    if not kind.roles & grant.application.roles:
        raise Refusal(403, "Unauthorized", "Access to the resource is forbidden")
    return kind


def _made(amazon: Amazon, kind: ReportType, wanted: Wanted) -> Result:
    try:
        text = iter(kind.content(amazon, wanted))
        first = next(text, None)
    except Failed as failure:
        return Result(FATAL, (json.dumps({"errorDetails": str(failure)}),))
    if first is None:
        return Result(CANCELLED)
    return Result(DONE, itertools.chain((first,), text), kind.type_now(amazon))


def _shown(work: Work) -> dict[str, object]:
    return work.shown("report", "reportDocumentId")
