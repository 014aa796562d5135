"""Messages of a queue, whatever they hold and whatever fails while they are taken: nothing stops those beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select, update

from core import clock
from core.actor import LOCAL_ADMIN
from core.amazon.notifications import SECRET_EXPIRY
from core.apps import replace_secret
from core.database import Database
from core.errors import AuthorizationError, Unreachable
from core.flows import HEARS
from core.jobs.requests import Requested
from core.model.account import App, SellerAccount
from core.model.channel import Channel
from core.model.job import Job
from core.model.notification import Notification, NotificationQueue
from core.notifications import actions, secrets
from core.notifications.queue import Access, Message
from core.notifications.queues import Listening, access_of, forget_faults, queues, stale_faults, told_by
from core.notifications.receive import MOST_TRIES, receive
from core.notifications.unreadable import list_messages
from core.workspace import Workspace
from tests.unit.builders import connect_channel

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
ARN = "arn:aws:sqs:eu-west-1:123456789012:orders"
ORDER = "302-1234567-1234567"
ODD: list[Any] = [None, 7, -1.5, True, [], ["x"], {}, {"a": {"b": []}}, "", "x" * 300_000, "\x1b[31m\n", "9999-99-99"]


class FakeQueue:
    """Holds messages; deleting may fail."""

    def __init__(self, *bodies: Any, taken: int = 1) -> None:
        texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
        self.messages = [Message(f"m-{number}", f"h-{number}", text, taken) for number, text in enumerate(texts)]
        self.is_cut_off = False

    def receive(self, seconds: int) -> list[Message]:
        return list(self.messages)

    def delete(self, done: Sequence[Message]) -> None:
        if self.is_cut_off:
            raise Unreachable("AWS cannot be reached.")
        self.messages = [one for one in self.messages if one not in done]


def notice(kind: str = "ORDER_CHANGE", id: str = "n-1", **about: Any) -> dict[str, Any]:
    return {
        "NotificationType": kind,
        "Payload": {"Inner": about},
        "NotificationMetadata": {"NotificationId": id, "PublishTime": "2026-11-26T12:00:00Z"},
    }


def order(id: str = "n-1", order_id: str = ORDER, **about: Any) -> dict[str, Any]:
    return notice(id=id, SellerId="SELLER", AmazonOrderId=order_id, **about)


def named(database: Database, channel: Channel, **told: str) -> None:
    """Let a channel name a queue."""
    with database.write() as session:
        stored = session.get_one(Channel, channel.id)
        stored.notifications = {"queue_url": "", "queue_arn": "", "aws_access_key": "A", "aws_secret_key": "B"} | told
        session.add(stored)


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return connect_channel(workspace.database, pull_orders=True)


def of_another_seller(database: Database) -> Channel:
    """A channel of the seller OTHER."""
    other = connect_channel(database, name="fr", marketplace_id="A13V1IB3VIYZZH")
    with database.write() as session:
        account = SellerAccount(app_id=1, region="eu", api_mode="live", seller_id="OTHER", refresh_token="r")
        session.add(account)
        session.flush()
        session.exec(update(Channel).where(col(Channel.id) == other.id).values(account_id=account.id))
    return other


def take(
    workspace: Workspace, queue: FakeQueue, begun: list[Requested] | None = None, accounts: Sequence[int] = (1,)
) -> dict[str, int]:
    listening = Listening(Access(URL, "", "", ""), frozenset(accounts))
    begin = ([] if begun is None else begun).append
    return dict(receive(workspace, queue, listening, HEARS, begin, seconds=0))  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["kind", "id", "publish time", "seller", "order", "time", "marketplace", "payload"])
def test_no_value_in_any_field_stops_the_message_beside_it(workspace: Workspace, channel: Channel, place: str) -> None:
    for number, odd in enumerate([*ODD, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]):
        forged = order(id=f"forged-{place}-{number}")
        inner = forged["Payload"]["Inner"]
        match place:
            case "kind":
                forged["NotificationType"] = odd
            case "id":
                forged["NotificationMetadata"]["NotificationId"] = odd
            case "publish time":
                forged["NotificationMetadata"]["PublishTime"] = odd
            case "seller":
                inner["SellerId"] = odd
            case "order":
                inner["AmazonOrderId"] = odd
            case "time":
                inner["OrderChangeTrigger"] = {"TimeOfOrderChange": odd}
            case "marketplace":
                inner["Summary"] = {"MarketplaceId": odd}
            case "payload":
                forged["Payload"] = odd
        queue = FakeQueue(forged, order(id=f"good-{number}", order_id=f"302-1234567-{number:07}"))
        begun: list[Requested] = []
        counts = take(workspace, queue, begun)
        assert (counts["received"], queue.messages) == (2, [])
        assert counts["handled"] >= 1
    with workspace.database.read() as session:
        asked = {one for job in session.exec(select(Job)) for one in job.params["order_ids"]}
        assert all(len(one.notification_id) <= 200 for one in session.exec(select(Notification)))
    assert all(one.startswith("302-1234567-") for one in asked)


@pytest.mark.parametrize("kind", [*sorted(HEARS), "FEED_PROCESSING_FINISHED", SECRET_EXPIRY])
def test_odd_values_of_every_kind_are_ignored(workspace: Workspace, channel: Channel, kind: str) -> None:
    names = ("sku", "feedId", "reportId", "clientId", "clientSecretExpiryTime", "AmazonOrderId", "Summary")
    told = [notice(kind, f"n-{number}", **dict.fromkeys(names, odd)) for number, odd in enumerate(ODD)]
    queue = FakeQueue(*told)
    assert take(workspace, queue)["ignored"] == len(ODD)
    assert queue.messages == []


def test_a_job_is_begun_although_the_queue_cannot_be_reached_afterwards(workspace: Workspace, channel: Channel) -> None:
    queue, begun = FakeQueue(order()), list[Requested]()
    queue.is_cut_off = True
    with pytest.raises(Unreachable):
        take(workspace, queue, begun)
    assert len(begun) == 1
    queue.is_cut_off = False
    assert take(workspace, queue, begun) == {"received": 1, "ignored": 1}
    assert len(begun) == 1 and queue.messages == []


@pytest.mark.parametrize("step", ["_known", "_told", "_write_down"])
def test_no_message_is_deleted_before_what_it_means_is_written(
    workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def locked(*_: object) -> NoReturn:
        raise OperationalError("", None, Exception("database is locked"))

    queue, begun = FakeQueue(order(), taken=10 * MOST_TRIES), list[Requested]()
    with monkeypatch.context() as database:
        database.setattr(f"core.notifications.receive.{step}", locked)
        with suppress(OperationalError):
            take(workspace, queue, begun)
    assert len(queue.messages) == 1
    take(workspace, queue, begun)
    assert queue.messages == [] and len({one.job_id for one in begun}) == 1


def test_what_changed_after_a_job_had_begun_is_read_by_another(workspace: Workspace, channel: Channel) -> None:
    begun: list[Requested] = []
    take(workspace, FakeQueue(order("n-1")), begun)
    with workspace.database.write() as session:
        session.exec(update(Job).values(started_at=clock.now(), state="running"))
    take(workspace, FakeQueue(order("n-2")), begun)
    assert begun[0].job_id != begun[1].job_id


def test_one_that_cannot_be_acted_upon_does_not_take_others_with_it(
    workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = HEARS["ORDER_CHANGE"]

    def broken(workspace: Workspace, channel: Channel, notices: Sequence[Any]) -> Any:
        if any(one.id == "poison" for one in notices):
            raise RuntimeError("a fault of the program")
        return heard(workspace, channel, notices)

    monkeypatch.setitem(HEARS, "ORDER_CHANGE", broken)  # type: ignore[arg-type]
    queue = FakeQueue(order("good"), order("poison"), taken=MOST_TRIES)
    assert take(workspace, queue) == {"received": 2, "handled": 1, "unreadable": 1, "ignored": 0}


# -- client secrets -------------------------------------------------------------------------------------------------


def new_secret(secret: str = "new", client_id: str = "client") -> dict[str, Any]:
    told = {"clientId": client_id, "newClientSecret": secret, "newClientSecretExpiryTime": "2030-01-01T00:00:00Z"}
    return notice("APPLICATION_OAUTH_CLIENT_NEW_SECRET", **told)


def app_of(workspace: Workspace) -> App:
    with workspace.database.read() as session:
        return session.exec(select(App).where(col(App.client_id) == "client")).one()


def test_a_secret_waits_in_the_queue_as_long_as_amazon_cannot_be_asked(
    workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise Unreachable("Amazon cannot be reached.")

    monkeypatch.setattr(secrets, "try_secret", cut_off)
    queue = FakeQueue(new_secret(), taken=10 * MOST_TRIES)
    take(workspace, queue)
    assert len(queue.messages) == 1
    monkeypatch.setattr(secrets, "try_secret", lambda *_: None)
    assert take(workspace, queue)["handled"] == 1
    assert (app_of(workspace).client_secret, app_of(workspace).previous_secret) == ("new", "secret")


@pytest.mark.parametrize("crash", ["try_secret", "replace_secret", "record"])
def test_a_crash_at_any_step_leaves_the_message_and_the_next_look_takes_the_secret_once(
    workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch, crash: str
) -> None:
    monkeypatch.setattr(secrets, "try_secret", lambda *_: None)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    queue = FakeQueue(new_secret())
    with monkeypatch.context() as dying:
        dying.setattr(secrets, crash, killed)
        with pytest.raises(KeyboardInterrupt):
            take(workspace, queue)
    assert len(queue.messages) == 1 and app_of(workspace).client_secret == "secret"
    with monkeypatch.context() as dying:  # it is stored, and the message is still there
        dying.setattr(queue, "delete", killed)
        with pytest.raises(KeyboardInterrupt):
            take(workspace, queue)
    take(workspace, queue)
    stored = app_of(workspace)
    assert (stored.client_secret, stored.previous_secret, queue.messages) == ("new", "secret", [])


def test_a_secret_that_comes_by_the_queue_of_another_application_is_taken(
    workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "try_secret", lambda *_: None)
    queue = FakeQueue(new_secret())
    assert take(workspace, queue, accounts=(99,))["handled"] == 1
    assert app_of(workspace).client_secret == "new"


def test_a_secret_of_no_application_here_is_kept_and_said(workspace: Workspace, channel: Channel) -> None:
    named(workspace.database, channel, queue_url=URL)
    queue = FakeQueue(new_secret(client_id="amzn1.application-oa2-client.other"), taken=MOST_TRIES)
    assert take(workspace, queue)["unreadable"] == 1
    with workspace.database.read() as session:
        kept = session.exec(select(Notification)).one()
    assert "new client secret" in kept.reason and kept.body is not None
    (shown,) = list_messages(workspace, LOCAL_ADMIN, "de")
    assert "amzn1.application-oa2-client.other" in shown.reason


def test_the_end_of_a_former_secret_is_not_that_of_the_present_one(workspace: Workspace, channel: Channel) -> None:
    with workspace.database.write() as session:
        app = session.exec(select(App)).one()
        replace_secret(app, "entered by hand")
        session.add(app)
    told = {"clientId": "client", "clientSecretExpiryTime": "2026-12-01T00:00:00Z"}
    assert take(workspace, FakeQueue(notice("APPLICATION_OAUTH_CLIENT_SECRET_EXPIRY", **told)))["ignored"] == 1
    assert app_of(workspace).secret_expires_at is None


@pytest.mark.parametrize(("days", "is_taken"), [(100, True), (180, True), (400, False), (1_000_000, False)])
def test_an_end_that_no_secret_lives_to_see_silences_no_alarm(
    workspace: Workspace, channel: Channel, days: int, is_taken: bool
) -> None:
    ends = clock.now() + timedelta(days=days)
    told = {"clientId": "client", "clientSecretExpiryTime": ends.isoformat()}
    counts = take(workspace, FakeQueue(notice("APPLICATION_OAUTH_CLIENT_SECRET_EXPIRY", **told)))
    assert counts.get("handled", 0) == is_taken
    assert app_of(workspace).secret_expires_at == (ends if is_taken else None)


def test_a_former_secret_that_is_refused_does_not_park_the_new_one(workspace: Workspace, channel: Channel) -> None:
    from core.amazon.tokens import SecretRefused

    begun = clock.now() - timedelta(minutes=1)
    with workspace.database.write() as session:
        app = session.exec(select(App)).one()
        replace_secret(app, "entered by hand")
        session.add(app)
    assert not workspace.park_app(1, SecretRefused("The client is refused."), begun)
    assert workspace.park_app(1, SecretRefused("The client is refused."), clock.now())
    with workspace.database.read() as session:
        assert session.exec(select(SellerAccount)).one().state == "needs_secret"


# -- which queue, and for whom --------------------------------------------------------------------------------------


def test_one_queue_by_url_and_by_arn_is_one_for_all_that_name_it(workspace: Workspace, channel: Channel) -> None:
    other = of_another_seller(workspace.database)
    named(workspace.database, channel, queue_url=URL)
    named(workspace.database, other, queue_arn=ARN)
    with workspace.database.read() as session:
        found = queues(session)
    assert {one.access.address for one in found} == {ARN}
    assert all(one.accounts == {1, 2} for one in found)


def test_wrong_keys_of_one_channel_close_the_queue_to_no_other(workspace: Workspace, channel: Channel) -> None:
    other = connect_channel(workspace.database, name="fr", marketplace_id="A13V1IB3VIYZZH")
    named(workspace.database, channel, queue_url=URL, aws_secret_key="wrong")
    named(workspace.database, other, queue_url=URL)
    with workspace.database.read() as session:
        assert [one.access.secret_key for one in queues(session)] == ["wrong", "B"]


def test_what_one_channel_says_in_an_older_form_closes_no_queue_of_others(
    workspace: Workspace, channel: Channel
) -> None:
    other = connect_channel(workspace.database, name="fr", marketplace_id="A13V1IB3VIYZZH")
    named(workspace.database, channel, queue_url=URL, aws_secret_key="a key with spaces")
    named(workspace.database, other, queue_url=URL)
    with workspace.database.read() as session:
        assert [one.access.secret_key for one in queues(session)] == ["B"]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (URL, ARN),
        ("https://eu-west-1.queue.amazonaws.com/123456789012/orders", ARN),
        ("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q", "arn:aws-cn:sqs:cn-north-1:123456789012:q"),
        ("http://127.0.0.1:4566/123456789012/orders", "http://127.0.0.1:4566/123456789012/orders"),
    ],
)
def test_a_queue_is_known_by_its_arn_however_it_was_entered(url: str, address: str) -> None:
    access = Access(url, "", "", "")
    assert access.address == address
    assert access.region == (address.split(":")[3] if address.startswith("arn:") else "us-east-1")


def test_polling_acts_for_every_seller_whose_channel_names_the_queue(
    workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = of_another_seller(workspace.database)
    for one in (channel, other):
        named(workspace.database, one, queue_url=URL)
    told = notice(SellerId="OTHER", AmazonOrderId=ORDER)
    queue = FakeQueue(told)
    monkeypatch.setattr(queue, "close", lambda: None, raising=False)
    monkeypatch.setattr(actions, "Queue", lambda *_: queue)
    received = actions.poll(workspace, LOCAL_ADMIN, "de", HEARS, seconds=0)
    assert received.counts["handled"] == 1 and len(received.asked) == 1


def test_the_fault_of_a_queue_that_nobody_names_any_more_is_forgotten(workspace: Workspace) -> None:
    with workspace.database.write() as session:
        session.add(NotificationQueue(address="mistyped", fault="There is no such queue."))
        session.add(NotificationQueue(address=ARN, fault="AWS cannot be reached."))
    with workspace.database.write() as session:
        forget_faults(session, stale_faults(session, {ARN}))
        rows = session.exec(select(NotificationQueue).order_by(col(NotificationQueue.id))).all()
    assert [row.fault for row in rows] == ["", "AWS cannot be reached."]


def test_keys_of_which_one_is_missing_are_said_so(workspace: Workspace, channel: Channel) -> None:
    named(workspace.database, channel, queue_url=URL, aws_secret_key="")
    with workspace.database.read() as session:
        stored = session.get_one(Channel, channel.id)
        access, told = access_of(session, stored), told_by(stored)
    standing = actions.Standing()
    assert told is not None
    actions._look_at_queue(workspace, told, access, standing)
    assert "only one of the two" in standing.checks[0].message and not standing.ok


@pytest.mark.parametrize(
    ("arn", "place"),
    [
        ("arn:aws:events:eu-west-1:123456789012:event-bus/amazon", ("eu-west-1", "123456789012")),
        (
            "arn:aws:events:us-east-1::event-source/aws.partner/sellingpartnerapi.amazon.com/123456789012/amzn1.x",
            ("us-east-1", "123456789012"),
        ),
    ],
)
def test_the_event_bus_is_told_by_region_and_account(arn: str, place: tuple[str, str]) -> None:
    found = actions._BUS.fullmatch(arn)
    assert found and found.groups() == place


def test_eventbridge_without_its_arn_is_a_check_and_no_fault(workspace: Workspace) -> None:
    told = actions.Notifications(queue_url=URL, delivery="eventbridge")
    standing = actions.Standing()

    class Client:
        def call(self, *_: object) -> dict[str, Any]:
            return {"payload": []}

    assert actions._destinations(Client(), told, "", standing, creates=False) == {}  # type: ignore[arg-type]
    assert [check.ok for check in standing.checks] == [False]


def test_an_authorization_error_of_a_new_secret_is_no_passing_one(
    workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AuthorizationError("Amazon does not take this client secret.")

    monkeypatch.setattr(secrets, "try_secret", refused)
    assert take(workspace, FakeQueue(new_secret(), taken=MOST_TRIES))["unreadable"] == 1
