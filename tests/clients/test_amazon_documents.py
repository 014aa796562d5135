"""Reports, feeds and their documents by the Amazon client: nothing missing is taken for nothing there."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
import responses

from core.amazon import feeds, reports, signed
from core.amazon.feeds import FeedRequest
from core.amazon.reports import ReportRequest
from core.amazon.transport import AmazonClient
from core.errors import ConfigurationError, OutcomeUnknown, Rejected, RemoteBusy, RemoteError
from core.http import Http
from core.quota import QuotaBook
from tests.clients.amazon_kit import GERMANY, REQUEST_ID, SPAPI, client, errors, grant, sent

Mock = responses.RequestsMock
REPORTS = f"{SPAPI}/reports/2021-06-30/reports"
REPORT_DOCUMENT = f"{SPAPI}/reports/2021-06-30/documents/d1"
FEEDS = f"{SPAPI}/feeds/2021-06-30/feeds"
PLACE = f"{SPAPI}/feeds/2021-06-30/documents"
S3 = "https://tortuga.s3.example/d1"
WANTED = ReportRequest("GET_MERCHANT_LISTINGS_ALL_DATA", (GERMANY,))
FEED = FeedRequest("JSON_LISTINGS_FEED", (GERMANY,), "application/json; charset=UTF-8")
NIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def amazon(http: Http, quotas: QuotaBook, mocked: Mock) -> AmazonClient:
    grant(mocked)
    return client(http, quotas)


def report(report_id: str = "1", **changes: Any) -> dict[str, Any]:
    whole = {
        "reportId": report_id,
        "reportType": WANTED.type,
        "processingStatus": "DONE",
        "createdTime": "2026-11-23T09:00:00+00:00",
        "marketplaceIds": [GERMANY],
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def test_a_report_is_read(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(f"{REPORTS}/1", json=report(reportDocumentId="d1", dataStartTime="2026-11-22T00:00:00Z"))
    got = reports.get(amazon, "1")
    assert (got.id, got.status, got.document_id, got.marketplace_ids) == ("1", "DONE", "d1", {GERMANY})
    assert (got.created, got.start, got.end) == (NIGHT.replace(hour=9), NIGHT.replace(day=22), None)


@pytest.mark.parametrize(
    "changes",
    [{"reportId": None}, {"processingStatus": 7}, {"createdTime": "yesterday"}, {"createdTime": "2026-11-23T09:00:00"}],
)
def test_a_report_without_what_is_promised_is_none(changes: dict[str, Any], amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(f"{REPORTS}/1", json=report(**changes))
    with pytest.raises(OutcomeUnknown, match="A report came without the promised"):
        reports.get(amazon, "1")


def test_pages_are_asked_for_by_their_token_alone(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(REPORTS, json={"reports": [report("1")], "nextToken": "a+/="})
    mocked.get(REPORTS, json={"reports": [report("2")]})
    assert [one.id for one in reports.since(amazon, WANTED.type, NIGHT)] == ["1", "2"]
    asked = [dict(parse_qsl(str(call.url).partition("?")[2], strict_parsing=True)) for call in sent(mocked)]
    assert asked == [
        {"reportTypes": WANTED.type, "createdSince": "2026-11-23T00:00:00.000Z", "pageSize": "100"},
        {"nextToken": "a+/="},
    ]


@pytest.mark.parametrize("body", [{}, {"reports": None}, {"reports": [], "nextToken": 7}, {"reports": ["x"]}])
def test_a_list_without_what_is_promised_is_no_empty_list(
    body: dict[str, Any], amazon: AmazonClient, mocked: Mock
) -> None:
    mocked.get(REPORTS, json=body)
    with pytest.raises(OutcomeUnknown):
        list(reports.since(amazon, WANTED.type, NIGHT))


ASK: dict[str, Callable[[AmazonClient], str]] = {
    "report": lambda it: reports.create(it, WANTED),
    "feed": lambda it: feeds.create(it, FEED, "d1"),
}


@pytest.mark.parametrize("what", ASK)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 500, "json": {}}, OutcomeUnknown),
        ({"status": 202, "json": {}}, OutcomeUnknown),
        ({"status": 202, "body": "<html>"}, OutcomeUnknown),
        ({"status": 400, "json": errors("InvalidInput", "No.")}, Rejected),
    ],
)
def test_what_is_asked_for_is_asked_for_once(
    what: str,
    answer: dict[str, Any],
    kind: type[Exception],
    amazon: AmazonClient,
    mocked: Mock,
) -> None:
    mocked.post(re.compile(f"{re.escape(REPORTS)}|{re.escape(FEEDS)}"), **answer)
    with pytest.raises(kind):
        ASK[what](amazon)
    assert len(sent(mocked)) == 1


def test_taking_a_report_back_is_answered_by_nothing(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.delete(f"{REPORTS}/1", body=b"")
    reports.cancel(amazon, "1")
    mocked.get(f"{REPORTS}/1", body=b"")
    with pytest.raises(OutcomeUnknown, match="without the promised JSON"):
        reports.get(amazon, "1")


def test_an_app_in_draft_reads_reports_and_sends_no_feed(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    draft = client(http, quotas, draft=True)
    for forbidden in (
        lambda: feeds.upload(draft, FEED.content_type, io.BytesIO(b"{}")),
        lambda: feeds.create(draft, FEED, "d1"),
    ):
        with pytest.raises(ConfigurationError, match="app status of this channel is draft"):
            forbidden()
    assert len(mocked.calls) == 0
    grant(mocked)
    mocked.post(REPORTS, json={"reportId": "1"}, status=202)
    assert reports.create(draft, WANTED) == "1"


# -- addresses -------------------------------------------------------------------------------------------------------


def test_an_address_is_not_shown(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(REPORT_DOCUMENT, json={"reportDocumentId": "d1", "url": f"{S3}?secret", "compressionAlgorithm": "GZIP"})
    got = reports.address(amazon, "d1")
    assert got.packed and got.url == f"{S3}?secret"
    assert "secret" not in repr(got)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"reportDocumentId": "d1"}, "without the promised"),
        ({"url": S3}, "without the promised"),
        ({"reportDocumentId": "d1", "url": 7}, "without the promised"),
        ({"reportDocumentId": "d1", "url": S3, "compressionAlgorithm": "ZSTD"}, "does not know .'ZSTD'"),
    ],
)
def test_an_address_that_is_none_is_told(body: dict[str, Any], words: str, amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(REPORT_DOCUMENT, json=body)
    with pytest.raises(RemoteError, match=words):
        reports.address(amazon, "d1")


@pytest.mark.parametrize(
    "url", ["http://tortuga.example/d1", "http://127.0.0.1:8080/", "https://localhost/", "ftp://x"]
)
def test_a_document_lies_nowhere_but_with_amazon(url: str, amazon: AmazonClient, mocked: Mock) -> None:
    mocked.assert_all_requests_are_fired = False
    with pytest.raises(RemoteError, match="not one of Amazon's"), amazon.download(url, packed=False):
        raise AssertionError
    with pytest.raises(RemoteError, match="not one of Amazon's"):
        amazon.upload(url, io.BytesIO(b"x"), "text/plain")


def test_a_sandbox_on_this_machine_has_its_documents_here(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    here = client(http, quotas)
    here._base = "http://127.0.0.1:5000"
    mocked.get("http://127.0.0.1:5000/d1", body=b"text", headers={"Content-Length": "4"})
    with here.download("http://127.0.0.1:5000/d1", packed=False) as document:
        assert document.stream.read() == b"text"
    with pytest.raises(RemoteError, match="not one of Amazon's"), here.download(S3, packed=False):
        raise AssertionError


def found(amazon: AmazonClient) -> bytes:
    with signed.opened(amazon, lambda: reports.address(amazon, "d1")) as document:
        return document.stream.read()


def test_an_address_whose_time_is_over_is_asked_for_afresh_once(amazon: AmazonClient, mocked: Mock) -> None:
    expired = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
    for number in (1, 2):
        mocked.get(REPORT_DOCUMENT, json={"reportDocumentId": "d1", "url": f"{S3}?{number}"})
    mocked.get(f"{S3}?1", body=expired, status=403)
    mocked.get(f"{S3}?2", body=b"text", headers={"Content-Length": "4"})
    assert found(amazon) == b"text"
    for number in (3, 4):
        mocked.get(REPORT_DOCUMENT, json={"reportDocumentId": "d1", "url": f"{S3}?{number}"})
        mocked.get(f"{S3}?{number}", body=expired, status=403)
    with pytest.raises(Rejected, match="403 AccessDenied"):
        found(amazon)


def test_other_refusals_are_not_tried_again_here(amazon: AmazonClient, mocked: Mock) -> None:
    for status, kind in ((404, Rejected), (503, RemoteBusy)):
        mocked.get(REPORT_DOCUMENT, json={"reportDocumentId": "d1", "url": f"{S3}?{status}"})
        mocked.get(f"{S3}?{status}", status=status)
        with pytest.raises(kind):
            found(amazon)


def test_a_document_is_brought_to_where_amazon_wants_it(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.post(PLACE, json={"feedDocumentId": "d1", "url": f"{S3}?X-Amz-Signature=1"}, status=201)
    mocked.put(S3, status=200)
    assert feeds.upload(amazon, FEED.content_type, io.BytesIO(b"{}")) == "d1"
    request = mocked.calls[-1].request
    assert request.headers["Content-Type"] == FEED.content_type and request.headers["Content-Length"] == "2"
    assert not {"x-amz-access-token", "x-amz-date", "authorization"} & {name.lower() for name in request.headers}


def test_refusals_name_the_request_and_no_address(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(REPORT_DOCUMENT, status=404, json=errors("NotFound", "No."), headers={"x-amzn-RequestId": REQUEST_ID})
    with pytest.raises(Rejected, match=REQUEST_ID):
        reports.address(amazon, "d1")


def test_requests_that_ask_for_the_same_are_the_same() -> None:
    assert WANTED.body() == {"reportType": WANTED.type, "marketplaceIds": [GERMANY]}
    windowed = replace(WANTED, start=NIGHT, end=NIGHT.replace(hour=9), options={"a": "b"})
    assert windowed.body() == {
        **WANTED.body(),
        "reportOptions": {"a": "b"},
        "dataStartTime": "2026-11-23T00:00:00.000Z",
        "dataEndTime": "2026-11-23T09:00:00.000Z",
    }
