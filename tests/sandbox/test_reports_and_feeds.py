"""Reports and feeds of the sandbox: they take their time, come in pages, and lie at addresses that end."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from sandbox.world.listing import build_listings
from sandbox.world.marketplaces import DE
from tests.sandbox.amazon_client import AmazonClient, error

BASE, FEEDS = "/reports/2021-06-30", "/feeds/2021-06-30"
GERMANY, FRANCE = "A1PA6795UKMFR9", "A13V1IB3VIYZZH"
LISTINGS, ROWS = "GET_MERCHANT_LISTINGS_ALL_DATA", "GET_SANDBOX_ROWS"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(orders=5, other_orders=0, products=12, quota_scale=0, sellers=2) as sandbox:
        yield sandbox


@pytest.fixture
def client(running: Sandbox) -> AmazonClient:
    running.forget_work()
    running.faults.clear()
    running.set_application("private", {"roles": sorted(running.applications()[0]["roles"])})
    return AmazonClient(running).login()


def post(client: AmazonClient, path: str, **body: Any) -> requests.Response:
    return client.http.post(client.sandbox.amazon_url + path, json=body)


def ask(client: AmazonClient, kind: str = ROWS, places: tuple[str, ...] = (GERMANY,), **more: Any) -> str:
    answer = post(client, f"{BASE}/reports", reportType=kind, marketplaceIds=list(places), **more)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["reportId"])


def look(client: AmazonClient, report_id: str) -> dict[str, Any]:
    return dict(client.get(f"{BASE}/reports/{report_id}").json())


def document(client: AmazonClient, report_id: str) -> requests.Response:
    place = client.get(f"{BASE}/documents/{look(client, report_id)['reportDocumentId']}").json()
    return requests.get(place["url"], timeout=10)


def test_a_report_takes_its_time(client: AmazonClient) -> None:
    report_id = ask(client, reportOptions={"rows": "3"})
    seen = []
    for seconds in (0, 6, 15):
        client.sandbox.clock.advance(seconds)
        seen.append(look(client, report_id)["processingStatus"])
    assert seen == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    got = document(client, report_id)
    assert gzip.decompress(got.content).decode().splitlines()[2] == f"{2:012d}\t{'x' * 86}"
    assert "reportDocumentId" not in look(client, ask(client))


def test_listings_are_those_of_the_world(client: AmazonClient) -> None:
    client.sandbox.set_pace({"packed": False})
    report_id = ask(client, LISTINGS)
    client.sandbox.clock.advance(60)
    got = document(client, report_id)
    assert got.headers["Content-Type"] == "text/plain;charset=Cp1252"
    header, *rows = [line.split("\t") for line in got.content.decode("cp1252").splitlines()]
    found = {row[header.index("seller-sku")]: row[header.index("price")] for row in rows}
    assert found == {one.sku: str(one.price) for one in build_listings(client.sandbox.world.products, DE)}


def test_a_list_is_filtered_and_comes_in_pages(client: AmazonClient) -> None:
    made = [ask(client, places=(place,)) for place in (GERMANY, FRANCE, GERMANY, GERMANY)]
    ask(client, LISTINGS)
    path = f"{BASE}/reports"
    page = client.get(path, reportTypes=ROWS, pageSize="3").json()
    assert [one["reportId"] for one in page["reports"]] == made[:0:-1]
    token = page["nextToken"]
    assert error(client.get(path, nextToken=token, reportTypes=ROWS))[0] == 400
    rest = client.get(path, nextToken=token).json()
    assert [one["reportId"] for one in rest["reports"]] == made[:1] and "nextToken" not in rest
    assert error(client.get(path, nextToken=token))[0] == 400, "a token is good once"
    only = client.get(path, reportTypes=f"{ROWS},{LISTINGS}", marketplaceIds=FRANCE).json()
    assert [one["reportId"] for one in only["reports"]] == [made[1]]
    assert client.get(path, reportTypes=ROWS, processingStatuses="DONE,FATAL").json() == {"reports": []}
    client.sandbox.clock.advance(60)
    assert len(client.get(path, reportTypes=ROWS, processingStatuses="DONE").json()["reports"]) == 4
    since = look(client, ask(client))["createdTime"]
    assert len(client.get(path, reportTypes=ROWS, createdSince=since).json()["reports"]) == 1
    for wrong in ({}, {"reportTypes": ROWS, "pageSize": "101"}, {"reportTypes": ROWS, "createdSince": "today"}):
        assert client.get(path, **wrong).status_code == 400


def test_what_is_wrong_with_a_request_is_told(client: AmazonClient) -> None:
    right = {"reportType": ROWS, "marketplaceIds": [GERMANY]}
    for wrong in (
        {"reportType": "GET_NOTHING"},
        {"marketplaceIds": []},
        {"marketplaceIds": ["nowhere"]},
        {"reportOptions": {"rows": 3}},
        {"dataStartTime": "2999-01-01T00:00:00Z"},
        {"dataEndTime": "yesterday"},
        {"colour": "red"},
    ):
        assert post(client, f"{BASE}/reports", **right | wrong).status_code == 400, wrong
    assert client.http.post(f"{client.sandbox.amazon_url}{BASE}/reports", data="{").status_code == 400


def test_a_report_is_taken_back_while_it_is_in_the_queue(client: AmazonClient) -> None:
    first, second = ask(client), ask(client)
    url = f"{client.sandbox.amazon_url}{BASE}/reports/"
    assert client.http.delete(url + first).status_code == 200
    client.sandbox.clock.advance(6)
    assert client.http.delete(url + second).status_code == 400
    assert look(client, first)["processingStatus"] == "CANCELLED"


def test_what_has_no_data_or_is_asked_for_too_soon_is_cancelled(client: AmazonClient) -> None:
    client.sandbox.set_pace({"min_interval": 1800})
    empty, first, again, other = (ask(client, reportOptions={"rows": rows}) for rows in ("0", "5", "5", "6"))
    client.sandbox.clock.advance(60)
    seen = [look(client, one)["processingStatus"] for one in (empty, first, again, other)]
    assert seen == ["CANCELLED", "DONE", "CANCELLED", "DONE"]


def test_the_pace_is_steered_by_the_control_interface(client: AmazonClient) -> None:
    url = f"{client.sandbox.store_url}/_sandbox/processing"
    shown = requests.post(url, json={"work": 100, "outcomes": {ROWS: "FATAL"}}, timeout=10).json()
    assert shown == requests.get(url, timeout=10).json() == {**shown, "work": 100, "outcomes": {ROWS: "FATAL"}}
    report_id = ask(client)
    client.sandbox.clock.advance(60)
    assert look(client, report_id)["processingStatus"] == "IN_PROGRESS"
    client.sandbox.clock.advance(60)
    assert look(client, report_id)["processingStatus"] == "FATAL"
    assert b"told to fail" in gzip.decompress(document(client, report_id).content)
    for wrong in ({"colour": "red"}, {"outcomes": {ROWS: "LOST"}}):
        assert requests.post(url, json=wrong, timeout=10).status_code == 400
    requests.delete(url, timeout=10)
    assert requests.get(url, timeout=10).json()["work"] == 15
    assert client.get(f"{BASE}/reports/{report_id}").status_code == 404


def test_nobody_sees_the_reports_of_another(client: AmazonClient) -> None:
    report_id = ask(client)
    client.sandbox.clock.advance(60)
    document_id = look(client, report_id)["reportDocumentId"]
    other = AmazonClient(client.sandbox, client.sandbox.amazon.accounts[1].seller_id).login()
    assert other.get(f"{BASE}/reports/{report_id}").status_code == 404
    assert other.get(f"{BASE}/documents/{document_id}").status_code == 404
    assert other.get(f"{BASE}/reports", reportTypes=ROWS).json() == {"reports": []}


def test_without_a_role_there_is_no_report(client: AmazonClient) -> None:
    client.sandbox.set_application("private", {"roles": ["Direct-to-Consumer Shipping (Restricted)"]})
    body = {"reportType": ROWS, "marketplaceIds": [GERMANY]}
    assert post(client, f"{BASE}/reports", **body).status_code == 403
    client.sandbox.set_application("private", {"roles": ["Inventory and Order Tracking", "Product Listing"]})
    assert post(client, f"{BASE}/reports", **body).status_code == 202


# -- addresses -------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(client: AmazonClient) -> str:
    """Where a report lies."""
    report_id = ask(client)
    client.sandbox.clock.advance(60)
    return str(client.get(f"{BASE}/documents/{look(client, report_id)['reportDocumentId']}").json()["url"])


def code(answer: requests.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"].startswith("application/xml")
    return answer.status_code, answer.text.partition("<Code>")[2].partition("</Code>")[0]


def test_an_address_ends_after_five_minutes(client: AmazonClient, place: str) -> None:
    assert requests.get(place, timeout=10).status_code == 200
    client.sandbox.clock.advance(301)
    assert code(requests.get(place, timeout=10)) == (403, "AccessDenied")
    client.sandbox.clock.advance(-301)
    assert requests.get(place, timeout=10).status_code == 200


def test_an_address_is_good_for_what_it_was_signed_for(client: AmazonClient, place: str) -> None:
    signature = (403, "SignatureDoesNotMatch")
    assert code(requests.get(place.replace("Signature=", "Signature=0"), timeout=10)) == signature
    assert code(requests.get(place.partition("?")[0], timeout=10)) == signature
    assert code(requests.put(place, b"x", timeout=10)) == signature
    assert code(requests.get(place, headers={"Authorization": "Bearer x"}, timeout=10)) == (400, "InvalidArgument")
    assert code(requests.get(place, headers={"x-amz-access-token": "x"}, timeout=10)) == (403, "AccessDenied")


def test_documents_break_on_demand(client: AmazonClient, place: str) -> None:
    whole = requests.get(place, timeout=10).content
    for kind in ("expired_url", "bad_checksum", "reset", "malformed"):
        client.sandbox.faults.add(Rule("amazon", "document", kind))
    assert code(requests.get(place, timeout=10)) == (403, "AccessDenied")
    assert requests.get(place, timeout=10).headers["Content-MD5"] == "AAAAAAAAAAAAAAAAAAAAAA=="
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(place, timeout=10)
    cut = requests.get(place, timeout=10).content
    assert whole.startswith(cut) and len(cut) < len(whole)
    entries = client.sandbox.ledger.entries(operation="document")
    assert entries and all("?" not in one.path for one in entries), "an address is a secret"


def test_an_answer_is_lost_after_the_work(client: AmazonClient) -> None:
    client.sandbox.faults.add(Rule("amazon", "createReport", "timeout_after", seconds=0))
    with pytest.raises(requests.exceptions.ConnectionError):
        ask(client)
    assert len(client.get(f"{BASE}/reports", reportTypes=ROWS).json()["reports"]) == 1


# -- feeds -----------------------------------------------------------------------------------------------------------


def test_a_feed_is_made_of_an_uploaded_document(client: AmazonClient) -> None:
    kind = "application/json; charset=UTF-8"
    made = post(client, f"{FEEDS}/documents", contentType=kind).json()
    body = {
        "feedType": "JSON_LISTINGS_FEED",
        "marketplaceIds": [GERMANY],
        "inputFeedDocumentId": made["feedDocumentId"],
    }
    assert post(client, f"{FEEDS}/feeds", **body).status_code == 400, "nothing was uploaded"
    header = {"sellerId": client.channel["seller_id"], "version": "2.0"}
    data = json.dumps({"header": header, "messages": [{"messageId": 1, "sku": "A", "operationType": "DELETE"}]})
    wrong = {"Content-Type": kind, "Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}
    assert code(requests.put(made["url"], data, headers=wrong, timeout=10)) == (400, "BadDigest")
    assert code(requests.put(made["url"], data, headers={"Content-Type": "text/plain"}, timeout=10))[0] == 403
    assert requests.put(made["url"], data, headers={"Content-Type": kind}, timeout=10).status_code == 200
    feed_id = post(client, f"{FEEDS}/feeds", **body).json()["feedId"]
    assert client.get(f"{FEEDS}/feeds/{feed_id}").json()["processingStatus"] == "IN_QUEUE"
    client.sandbox.clock.advance(60)
    feed = client.get(f"{FEEDS}/feeds/{feed_id}").json()
    place = client.get(f"{FEEDS}/documents/{feed['resultFeedDocumentId']}").json()
    report = json.loads(gzip.decompress(requests.get(place["url"], timeout=10).content))
    assert (feed["processingStatus"], report["summary"]["messagesAccepted"]) == ("DONE", 1)
    assert post(client, f"{FEEDS}/feeds", **body | {"feedType": "POST_PRODUCT_DATA"}).status_code == 400
    assert [one["feedId"] for one in client.get(f"{FEEDS}/feeds", feedTypes=body["feedType"]).json()["feeds"]] == [
        feed_id
    ]
