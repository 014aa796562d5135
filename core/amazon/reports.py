"""Reports API 2021-06-30: asking for a report, looking how far it is, and where it lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.amazon.operations import CANCEL_REPORT, CREATE_REPORT, GET_REPORT, GET_REPORT_DOCUMENT, GET_REPORTS
from core.amazon.orders import iso
from core.amazon.processing import Names, Processing, listed, new_id, read
from core.amazon.signed import Address, read_address
from core.amazon.transport import AmazonClient

_NAMES = Names("A report", "reportId", "reportType", "reportTypes", "reports", "reportDocumentId")


@dataclass(frozen=True)
class ReportRequest:
    """What a report is to be about."""

    type: str
    marketplace_ids: tuple[str, ...]
    """At most 25."""
    options: Mapping[str, str] = field(default_factory=dict)
    start: datetime | None = None
    """Bounds of the data, aware UTC, for the types that have some."""
    end: datetime | None = None

    def body(self) -> dict[str, Any]:
        """The request as Amazon wants it."""
        body: dict[str, Any] = {"reportType": self.type, "marketplaceIds": list(self.marketplace_ids)}
        if self.options:
            body["reportOptions"] = dict(self.options)
        if self.start is not None:
            body["dataStartTime"] = iso(self.start)
        if self.end is not None:
            body["dataEndTime"] = iso(self.end)
        return body


def create(client: AmazonClient, wanted: ReportRequest) -> str:
    """Ask for a report; returns its id. OutcomeUnknown: it may have been asked for, look with `since`."""
    return new_id(_NAMES, client.call(CREATE_REPORT, body=wanted.body()))


def get(client: AmazonClient, report_id: str) -> Processing:
    """How far a report is; Rejected with status 404 when Amazon does not know it (any more)."""
    return read(_NAMES, client.call(GET_REPORT, path={"report_id": report_id}))


def since(client: AmazonClient, kind: str, start: datetime) -> Iterator[Processing]:
    """The reports of a type that were asked for since a time; their options Amazon does not tell."""
    return listed(client, GET_REPORTS, _NAMES, kind, start)


def cancel(client: AmazonClient, report_id: str) -> None:
    """Take a report back that is still in the queue; Rejected when it is not."""
    client.call(CANCEL_REPORT, path={"report_id": report_id})


def address(client: AmazonClient, document_id: str) -> Address:
    """Where a report lies, for five minutes."""
    return read_address(client.call(GET_REPORT_DOCUMENT, path={"document_id": document_id}), "reportDocumentId")
