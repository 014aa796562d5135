"""Reports and feeds on the wire, judged by the official models; and Amazon's own client beside ours."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import spapi
from jsonschema import Draft202012Validator  # type: ignore[import-untyped,unused-ignore]
from spapi.models.feeds_v2021_06_30.create_feed_document_specification import CreateFeedDocumentSpecification
from spapi.models.feeds_v2021_06_30.create_feed_specification import CreateFeedSpecification
from spapi.models.reports_v2021_06_30.create_report_specification import CreateReportSpecification
from sqlmodel import delete

from core.amazon import feeds, reports
from core.amazon.feeds import FeedRequest
from core.amazon.processing import Processing
from core.amazon.reports import ReportRequest
from core.amazon.tokens import Credentials
from core.amazon.transport import Account, AmazonClient
from core.errors import AuthorizationError, CrossdockError, Rejected
from core.model.quota import Quota
from core.quota import QuotaWait
from sandbox import sandbox as served
from sandbox.amazon.processing import Desk, Result
from sandbox.sandbox import Sandbox
from tests.contract import swagger
from tests.contract.conftest import Recorder
from tests.contract.witness import Witness
from tests.flows.kit import Shop, shop
from tests.sync.reading import FEED, LISTINGS, ROWS, Reader

GERMANY = "A1PA6795UKMFR9"
JSON = "application/json; charset=UTF-8"
OPERATIONS = {
    "createReport",
    "getReports",
    "getReport",
    "cancelReport",
    "getReportDocument",
    "createFeedDocument",
    "createFeed",
    "getFeeds",
    "getFeed",
    "getFeedDocument",
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Witness, Sandbox]]:
    """What passed while reports were read and feeds sent, answers were lost, and everything was refused."""
    if not swagger.present():
        pytest.skip(swagger.ABSENT)
    witness, build = Witness(), served.create_amazon_app
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(served, "create_amazon_app", lambda *parts: witness.wrap(build(*parts)))
        with shop(tmp_path_factory.mktemp("home"), orders=5, other_orders=0, products=20) as it:
            it.sandbox.set_quota_scale(0)
            reader = Reader(it)
            _work(reader)
            _pages(it)
            _refusals(it)
            yield witness, it.sandbox


def _work(reader: Reader) -> None:
    for operation in ("createReport", "createFeed"):
        reader.shop.fault("amazon", operation, "malformed")
    reader.read(LISTINGS)
    reader.read(ROWS, rows="0")
    reader.send()
    reader.send(text="{")
    reader.shop.sandbox.set_pace({"outcomes": {ROWS: "FATAL"}})
    reader.read(ROWS, rows="7")
    reader.shop.sandbox.set_pace({"outcomes": {}})


def _pages(it: Shop) -> None:
    """More than a page of either, with bounds; one is taken back."""
    client, start = _client(it), it.sandbox.clock.now()
    window = ReportRequest(ROWS, (GERMANY,), {"rows": "1"}, start - timedelta(days=9), start - timedelta(days=2))
    made = [reports.create(client, window) for _ in range(3)]
    reports.cancel(client, made[0])
    made += _many(it, it.sandbox.amazon.reports["live"], ROWS, start=window.start, end=window.end)
    found = list(reports.since(client, ROWS, start - timedelta(seconds=1)))
    assert [one.id for one in found] == made[::-1]
    assert (found[-1].status, found[0].status) == ("CANCELLED", "IN_QUEUE")
    assert {one.marketplace_ids for one in found} == {frozenset((GERMANY,))}
    assert all(abs(one.start - window.start) < timedelta(milliseconds=1) for one in found)  # type: ignore[operator]
    wanted = FeedRequest("JSON_LISTINGS_FEED", (GERMANY,), JSON)
    document_id = feeds.upload(client, JSON, io.BytesIO(json.dumps(FEED).encode()))
    sent = [feeds.create(client, wanted, document_id) for _ in range(3)]
    sent += _many(it, it.sandbox.amazon.feeds["live"], wanted.type)
    assert [one.id for one in feeds.since(client, wanted.type, start)] == sent[::-1]


def _many(it: Shop, desk: Desk, kind: str, **bounds: Any) -> list[str]:
    """A page full of them, for which nobody had to call."""
    seller = it.sandbox.amazon.accounts[0].seller_id
    works = [desk.add(seller, kind, [GERMANY], lambda: Result("CANCELLED"), **bounds) for _ in range(100)]
    return [one.id for one in works]


def _refusals(it: Shop) -> None:
    client, nothing = _client(it), "no id of ours"
    feed = FeedRequest("JSON_LISTINGS_FEED", (GERMANY,), JSON)
    calls: dict[str, Callable[[], Any]] = {
        "createReport": lambda: reports.create(client, ReportRequest("GET_NOTHING", (GERMANY,))),
        "getReports": lambda: list(reports.since(client, ROWS, it.sandbox.clock.now())),
        "getReport": lambda: reports.get(client, nothing),
        "cancelReport": lambda: reports.cancel(client, nothing),
        "getReportDocument": lambda: reports.address(client, nothing),
        "createFeedDocument": lambda: feeds.upload(client, JSON, io.BytesIO(b"{}")),
        "createFeed": lambda: feeds.create(client, feed, nothing),
        "getFeeds": lambda: list(feeds.since(client, feed.type, it.sandbox.clock.now())),
        "getFeed": lambda: feeds.get(client, nothing),
        "getFeedDocument": lambda: feeds.address(client, nothing),
    }
    for name, call in calls.items():
        if name not in ("createFeedDocument", "getReports", "getFeeds"):
            _refused(call, Rejected)
        it.fault("amazon", name, "error_500")
        _refused(call, CrossdockError)
    it.sandbox.set_application("private", {"denied": sorted(calls)})
    for call in calls.values():
        _refused(call, AuthorizationError)
    it.sandbox.set_application("private", {"denied": []})
    for name, call in calls.items():
        it.fault("amazon", name, "429_bare")
        _refused(call, QuotaWait)


def _refused(call: Callable[[], Any], *kinds: type[Exception]) -> None:
    with pytest.raises(kinds):
        call()


def _client(it: Shop) -> AmazonClient:
    channel = it.sandbox.credentials()["channel"]
    credentials = Credentials(*(channel[name] for name in ("client_id", "client_secret", "refresh_token")))
    account = Account("eu", "live", "quotas of its own", credentials)
    with it.workspace.database.write() as session:
        session.exec(delete(Quota))
    return it.workspace.amazon_for(account, should_stop=lambda: True)


def test_every_exchange_is_what_the_models_allow(seen: tuple[Witness, Sandbox]) -> None:
    ours = [one for one in seen[0].exchanges if one.name in OPERATIONS]
    spoilt = [one for one in ours if one.name in ("createReport", "createFeed") and one.status == 200]
    assert len(spoilt) == 2, "the answers that were broken on purpose"
    assert [problem for one in ours if one not in spoilt for problem in one.problems()] == []


def test_the_flow_met_every_kind_of_answer(seen: tuple[Witness, Sandbox]) -> None:
    statuses = {name: found - {200} for name, found in seen[0].statuses().items() if name in OPERATIONS}
    missing = {403, 404, 429, 500}
    refused = {403, 429, 500}
    assert statuses == {
        "createReport": {202, 400, *refused},
        "getReports": refused,
        "getReport": missing,
        "cancelReport": missing,
        "getReportDocument": missing,
        "createFeedDocument": {201, *refused},
        "createFeed": {202, 400, *refused},
        "getFeeds": refused,
        "getFeed": missing,
        "getFeedDocument": missing,
    }


def test_the_processing_report_is_the_one_of_amazons_schema(seen: tuple[Witness, Sandbox]) -> None:
    schema = json.loads((swagger.FOLDER / "schemas/feeds/listings-feed-processing-report-schema-v2.json").read_text())
    shelf = seen[1].amazon.shelf
    documents = [
        json.loads(gzip.decompress(shelf.get(seen[1].amazon.accounts[0].seller_id, work.document_id).data or b""))
        for work in seen[1].amazon.feeds["live"].works(seen[1].amazon.accounts[0].seller_id)
        if work.document_id
    ]
    assert {one["summary"]["messagesAccepted"] for one in documents} == {0, 1}
    for one in documents:
        assert [error.message for error in Draft202012Validator(schema).iter_errors(one)] == []


# -- what the models show --------------------------------------------------------------------------------------------


def example(name: str, status: str = "200") -> bytes:
    answer = swagger.operations()[name].document["responses"][status]
    return json.dumps(answer["x-amzn-api-sandbox"]["static"][0]["response"]).encode()


def test_the_examples_of_the_models_are_read(amazon: Recorder) -> None:
    since = datetime(2019, 1, 1, tzinfo=UTC)
    uses: dict[str, tuple[str, Callable[[AmazonClient], Any]]] = {
        "createReport": ("202", lambda it: reports.create(it, ReportRequest("X", (GERMANY,)))),
        "getReport": ("200", lambda it: reports.get(it, "1")),
        "getReportDocument": ("200", lambda it: reports.address(it, "1")),
        "createFeed": ("202", lambda it: feeds.create(it, FeedRequest("X", (GERMANY,), JSON), "1")),
        "getFeed": ("200", lambda it: feeds.get(it, "1")),
        "getFeedDocument": ("200", lambda it: feeds.address(it, "1")),
    }
    for name, (status, use) in uses.items():
        amazon.will_say(example(name, status), int(status))
        found = use(amazon.client)
        if isinstance(found, Processing):
            assert found.id and found.type and found.status and found.created.tzinfo
        else:
            assert found
    for name, listed in (("getReports", reports.since), ("getFeeds", feeds.since)):
        amazon.will_say(example(name))
        body = json.loads(example(name))
        if body.get("nextToken"):
            amazon.will_say(json.dumps({name.removeprefix("get").lower(): []}).encode())
        assert [one.id for one in listed(amazon.client, "X", since)]


# -- Amazon's own client ---------------------------------------------------------------------------------------------


def test_amazons_own_client_reads_a_report_and_sends_a_feed(seen: tuple[Witness, Sandbox]) -> None:
    sandbox = seen[1]
    channel = sandbox.credentials()["channel"]
    names = ("client_id", "client_secret", "refresh_token")
    config = spapi.SPAPIConfig(region="EU", **{name: channel[name] for name in names})
    token_url = f"{sandbox.lwa_url}/auth/o2/token"
    client = spapi.SPAPIClient(config, oauth_endpoint=token_url, endpoint=sandbox.amazon_url).api_client
    api = spapi.ReportsApi(client)
    wanted = CreateReportSpecification(report_type=LISTINGS, marketplace_ids=[GERMANY])
    report_id = api.create_report(body=wanted).report_id
    assert api.get_report(report_id).processing_status == "IN_QUEUE"
    sandbox.clock.advance(60)
    report = api.get_report(report_id)
    assert report.processing_status == "DONE"
    document = api.get_report_document(report.report_document_id)
    answer = requests.get(document.url, timeout=10)
    assert answer.headers["Content-Type"] == "text/plain;charset=Cp1252"
    lines = gzip.decompress(answer.content).decode("cp1252").splitlines()
    assert len(lines) == 1 + len(sandbox.world.products) and lines[0].startswith("item-name\t")
    encoded = api.get_report_document(report.report_document_id, enable_content_encoding_url_header=True)
    assert requests.get(encoded.url, timeout=10).text.splitlines() == lines

    api = spapi.FeedsApi(client)
    place = api.create_feed_document(body=CreateFeedDocumentSpecification(content_type=JSON))
    data = json.dumps(FEED).encode()
    assert requests.put(place.url, data, headers={"Content-Type": "text/plain"}, timeout=10).status_code == 403
    assert requests.put(place.url, data, headers={"Content-Type": JSON}, timeout=10).status_code == 200
    wanted = CreateFeedSpecification(
        feed_type="JSON_LISTINGS_FEED", marketplace_ids=[GERMANY], input_feed_document_id=place.feed_document_id
    )
    feed_id = api.create_feed(body=wanted).feed_id
    sandbox.clock.advance(60)
    assert api.get_feed(feed_id).processing_status == "DONE"
