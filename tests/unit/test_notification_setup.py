"""Setting notifications up: which token, at which endpoint, and what somebody else has made in the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import responses
from sqlmodel import col, update

from core.actor import LOCAL_ADMIN
from core.database import Database
from core.errors import Rejected
from core.model.account import SellerAccount
from core.model.channel import Channel
from core.notifications import actions
from core.workspace import Workspace
from tests.unit.builders import connect_channel
from tests.unit.test_receiving import ARN, named

HOSTS = {"eu": "https://sellingpartnerapi-eu.amazon.com", "na": "https://sellingpartnerapi-na.amazon.com"}
KINDS = ("ORDER_CHANGE", "FEED_PROCESSING_FINISHED", "REPORT_PROCESSING_FINISHED")
CONFLICT = {"errors": [{"code": "Conflict", "message": "It exists already."}]}


class Amazon:
    """Both endpoints with destinations and subscriptions of their own; notes who asked with which token."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.places: dict[str, list[dict[str, Any]]] = {host: [] for host in HOSTS.values()}
        self.subscribed: dict[tuple[str, str, str], dict[str, str]] = {}
        self.asked: list[tuple[str, str, str, str]] = []
        self.race = False
        mock.post("https://api.amazon.com/auth/o2/token", body="")
        mock.replace(responses.CallbackResponse("POST", "https://api.amazon.com/auth/o2/token", self._token))
        for host in HOSTS.values():
            places = f"{host}/notifications/v1/destinations"
            mock.add_callback("GET", places, self._answer(host, self._list))
            mock.add_callback("POST", places, self._answer(host, self._create))
            for kind in KINDS:
                at = f"{host}/notifications/v1/subscriptions/{kind}"
                mock.add_callback("GET", at, self._answer(host, self._read))
                mock.add_callback("POST", at, self._answer(host, self._subscribe))

    def _token(self, request: Any) -> tuple[int, dict[str, str], str]:
        from urllib.parse import parse_qs

        form = parse_qs(request.body if isinstance(request.body, str) else request.body.decode())
        token = (form.get("scope") or form["refresh_token"])[0]
        return 200, {}, _json({"access_token": token, "expires_in": 3600})

    def _answer(self, host: str, act: Any) -> Any:
        def answer(request: Any) -> tuple[int, dict[str, str], str]:
            token, path = request.headers["x-amz-access-token"], request.path_url.partition("?")[0]
            what = path.removeprefix("/notifications/v1/")
            self.asked.append((request.method, host, what, token))
            status, body = act(host, what.rpartition("/")[2], token, request)
            return status, {}, _json(body)

        return answer

    def _list(self, host: str, *_: Any) -> tuple[int, Any]:
        hidden, self.race = self.race, False
        return 200, {"payload": [] if hidden else self.places[host]}

    def _create(self, host: str, *_: Any) -> tuple[int, Any]:
        if self.places[host]:
            return 409, CONFLICT
        made = {"destinationId": f"place at {host}", "name": "x", "resource": {"sqs": {"arn": ARN}}}
        self.places[host].append(made)
        return 200, {"payload": made}

    def _read(self, host: str, kind: str, token: str, request: Any) -> tuple[int, Any]:
        found = self.subscribed.get((host, kind, token))
        reads = sum(one == ("GET", host, f"subscriptions/{kind}", token) for one in self.asked)
        if found is None or (found.get("hidden") and reads % 2):
            return 404, {"errors": [{"code": "NotFound", "message": "None."}]}
        return 200, {"payload": found}

    def _subscribe(self, host: str, kind: str, token: str, request: Any) -> tuple[int, Any]:
        if (host, kind, token) in self.subscribed:
            return 409, CONFLICT
        place = self.places[host][0]["destinationId"]
        made = {"subscriptionId": f"{kind} of {token}", "payloadVersion": "1.0", "destinationId": place}
        self.subscribed[host, kind, token] = made
        return 200, {"payload": made}


def _json(body: Any) -> str:
    import json

    return json.dumps(body)


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Amazon]:
    class Readable:
        def arn(self) -> str:
            return ARN

        def lets_amazon_send(self) -> bool:
            return True

        def close(self) -> None: ...

    monkeypatch.setattr(actions, "Queue", lambda *_: Readable())
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Amazon(mock)


def connect(database: Database, name: str, region: str, marketplace_id: str) -> None:
    """A channel of a seller account of its own in a region."""
    channel = connect_channel(database, name=name, marketplace_id=marketplace_id)
    with database.write() as session:
        account = SellerAccount(app_id=1, region=region, api_mode="live", seller_id="S", refresh_token=f"seller {name}")
        session.add(account)
        session.flush()
        session.exec(update(Channel).where(col(Channel.id) == channel.id).values(account_id=account.id))
    named(database, channel, queue_arn=ARN)


def set_up(workspace: Workspace, name: str) -> actions.Standing:
    return actions.set_up(workspace, LOCAL_ADMIN, name)


def test_each_region_has_its_own_by_the_right_tokens(workspace: Workspace, amazon: Amazon) -> None:
    """Destinations by the application's own token, subscriptions by the seller's, at the endpoint of the region."""
    connect(workspace.database, "de", "eu", "A1PA6795UKMFR9")
    connect(workspace.database, "us", "na", "ATVPDKIKX0DER")
    for name, region in (("de", "eu"), ("us", "na")):
        amazon.asked.clear()
        assert set_up(workspace, name).ok
        assert {host for _, host, _, _ in amazon.asked} == {HOSTS[region]}
        tokens = {(what.partition("/")[0], token) for _, _, what, token in amazon.asked}
        assert tokens == {("destinations", "sellingpartnerapi::notifications"), ("subscriptions", f"seller {name}")}
    assert [len(places) for places in amazon.places.values()] == [1, 1] and len(amazon.subscribed) == 6


def test_what_somebody_has_made_in_the_same_moment_is_used(workspace: Workspace, amazon: Amazon) -> None:
    """409: another process was faster, or the answer of the time before was lost."""
    connect(workspace.database, "de", "eu", "A1PA6795UKMFR9")
    first = set_up(workspace, "de")
    for subscription in amazon.subscribed.values():
        subscription["hidden"] = "from the first look"
    amazon.race = True
    amazon.asked.clear()
    second = set_up(workspace, "de")
    assert second.ok and second.document() == first.document()
    posts = [what for method, _, what, _ in amazon.asked if method == "POST"]
    assert posts == ["destinations", *[f"subscriptions/{kind}" for kind in KINDS]]


def test_a_queue_that_amazon_cannot_use_is_told_with_the_policy(
    workspace: Workspace, amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(workspace.database, "de", "eu", "A1PA6795UKMFR9")
    denied = {"errors": [{"code": "InvalidInput", "message": "Cannot send to the queue."}]}
    monkeypatch.setattr(Amazon, "_create", lambda *_: (400, denied))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        Amazon(mock)
        with pytest.raises(Rejected) as caught:
            set_up(workspace, "de")
    assert '"Principal": {"AWS": "arn:aws:iam::437568002678:root"}' in caught.value.next_step
    assert ARN in caught.value.next_step
