"""The stream of a seller's orders: windows, pages, tokens and watermarks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from core.amazon import orders as api
from core.amazon.operations import Operation
from core.amazon.orders import OrderQuery
from core.database import Database
from core.errors import Rejected, RemoteError, Unreachable, WaitUntil
from core.jobs import context as context_module
from core.jobs import lifecycle
from core.jobs.context import Cancelled, JobContext
from core.leases import take
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.job import JobEvent, JobItem
from core.model.order import AmazonOrder
from core.orders import pull as module
from core.orders.pull import (
    FIRST_WINDOW,
    OVERLAP,
    SKEW,
    is_read_since,
    pull_range,
    pull_single,
    pull_stream,
    reset_position,
    stream_lease,
)
from core.sync.dirty import mark_dirty
from tests.unit.builders import (
    DE,
    FR,
    NOON,
    FakeClock,
    add_job,
    connect_channel,
    get_job,
    order_document,
    running,
)

OWNER = "another-host/1/1/a"
Answer = dict[str, Any] | Exception | Callable[[], dict[str, Any]]


class FakeAmazon:
    """Answers calls from a script and notes what was asked; more calls than scripted are an error."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.calls: list[dict[str, str]] = []
        self.orders_asked: list[str] = []

    def call(
        self, operation: Operation, params: dict[str, str] | None = None, *, path: dict[str, str] | None = None
    ) -> dict[str, Any]:
        self.calls.append(dict(params or {}))
        if path:
            self.orders_asked.append(path["order_id"])
        assert self.script, f"call {len(self.calls)} is one too many"
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    @property
    def tokens(self) -> list[str | None]:
        return [call.get("paginationToken") for call in self.calls]


def page(
    *order_ids: str, token: str | None = None, bound: str | None = "2026-11-23T11:58:00Z", **more: Any
) -> dict[str, Any]:
    body: dict[str, Any] = {"orders": [order_document(orderId=order_id, **more) for order_id in order_ids]}
    if token:
        body["pagination"] = {"nextToken": token}
    if bound:
        body["lastUpdatedBefore"] = bound
    return body


def refused(status: int = 400) -> Rejected:
    return Rejected("no", subject="Amazon", status=status)


@pytest.fixture
def channel(database: Database, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setattr(context_module, "FLUSH_EVERY", -1.0)
    return connect_channel(database)


def begin(database: Database, channel: Channel | None = None, owner: str = OWNER) -> JobContext:
    """A running job that holds the lease of the stream."""
    context = running(database, add_job(database, channel), owner)
    assert take(database, stream_lease(1), owner)
    return context


def stream(context: JobContext, *script: Answer) -> FakeAmazon:
    client = FakeAmazon(*script)
    pull_stream(context, client, 1, DE)  # type: ignore[arg-type]
    assert client.script == [], "the stream ended too early"
    return client


def cursor(database: Database, scope: str) -> Cursor | None:
    with database.read() as session:
        return session.exec(select(Cursor).where(col(Cursor.scope) == scope)).first()


def watermark(database: Database, marketplace: str = DE) -> datetime | None:
    found = cursor(database, marketplace)
    return found.position if found else None


def set_watermark(database: Database, position: datetime, marketplace: str = DE) -> None:
    with database.write() as session:
        session.add(Cursor(owner="seller 1", stream="orders", scope=marketplace, position=position))


def order_ids(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(session.exec(select(AmazonOrder.order_id)).all())


def log_of(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.exec(select(JobEvent.text)).all())


# -- the window -----------------------------------------------------------------------------------------------------


def test_L7_the_stream_asks_by_last_update_from_thirty_days_before_the_connection(
    database: Database, channel: Channel
) -> None:
    client = stream(begin(database), page())
    assert client.calls[0]["lastUpdatedAfter"] == api.iso(NOON - FIRST_WINDOW)
    assert client.calls[0]["marketplaceIds"] == DE
    assert "lastUpdatedBefore" not in client.calls[0]
    assert not [name for name in client.calls[0] if "tatus" in name]


def test_the_first_window_begins_where_the_channel_says(database: Database, channel: Channel) -> None:
    with database.write() as session:
        session.merge(channel).settings = {"orders_from": "2026-01-01T01:00:00+01:00"}
    assert stream(begin(database), page()).calls[0]["lastUpdatedAfter"] == "2026-01-01T00:00:00.000Z"


def test_L5_a_later_window_overlaps_the_one_before(database: Database, channel: Channel) -> None:
    set_watermark(database, NOON - timedelta(hours=5))
    client = stream(begin(database), page())
    assert client.calls[0]["lastUpdatedAfter"] == api.iso(NOON - timedelta(hours=5) - OVERLAP)


def test_L8_a_long_outage_is_read_from_its_beginning(database: Database, channel: Channel) -> None:
    set_watermark(database, NOON - timedelta(days=300))
    client = stream(begin(database), page())
    assert client.calls[0]["lastUpdatedAfter"] == api.iso(NOON - timedelta(days=300) - OVERLAP)


def test_the_watermark_is_the_bound_that_amazon_states(database: Database, channel: Channel) -> None:
    stream(begin(database), page("1", bound="2026-11-23T12:51:07.250+01:00"))
    assert watermark(database) == datetime(2026, 11, 23, 11, 51, 7, 250_000, tzinfo=UTC)


def test_L6_without_a_stated_bound_the_watermark_stays_behind_the_clock(database: Database, channel: Channel) -> None:
    stream(begin(database), page("1", bound=None))
    assert watermark(database) == NOON - timedelta(minutes=2)


def test_a_window_never_moves_the_watermark_back(database: Database, channel: Channel) -> None:
    set_watermark(database, NOON)
    stream(begin(database), page(bound="2026-11-23T08:00:00Z"))
    assert watermark(database) == NOON


# -- a watermark that cannot be true --------------------------------------------------------------------------------


@pytest.mark.parametrize("bound", ["2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-23T13:00:00Z"])
def test_a_bound_after_the_present_is_not_believed(database: Database, channel: Channel, bound: str) -> None:
    stream(begin(database), page("1", bound=bound))
    assert watermark(database) == NOON + SKEW
    assert stream(begin(database), page()).calls[0]["lastUpdatedAfter"] == api.iso(NOON + SKEW - OVERLAP)


def test_a_bound_before_the_window_does_not_move_the_watermark_there(database: Database, channel: Channel) -> None:
    set_watermark(database, NOON - timedelta(hours=5))
    stream(begin(database), page("1", bound="1970-01-01T00:00:00Z"))
    assert watermark(database) == NOON - timedelta(hours=5)


def finished(database: Database, channel: Channel, hours: int, state: str = "succeeded", **params: Any) -> None:
    add_job(database, channel, state=state, created_at=NOON - timedelta(hours=hours), params=params)


def test_a_watermark_in_the_future_heals_from_the_last_import_of_all_that_was_new(
    database: Database, channel: Channel
) -> None:
    set_watermark(database, datetime(2099, 1, 1, tzinfo=UTC))
    finished(database, channel, hours=50)
    finished(database, channel, hours=40, state="finished_with_problems")
    finished(database, channel, hours=30, state="failed")
    finished(database, channel, hours=20, order_ids=["1"])
    finished(database, channel, hours=10, **{"from": "2026-11-01T00:00:00Z"})
    finished(database, channel, hours=-10)
    client = stream(begin(database), refused(), page("1"))
    assert client.calls[1]["lastUpdatedAfter"] == api.iso(NOON - timedelta(hours=40) - OVERLAP)
    # With all data sets: it was not those that Amazon refused.
    assert client.calls[1]["includedData"] == client.calls[0]["includedData"]
    assert watermark(database) == NOON - timedelta(minutes=2)
    assert any("lies in the future" in text for text in log_of(database))
    assert order_ids(database) == ["1"]


def test_without_an_import_to_go_by_a_watermark_in_the_future_heals_from_the_beginning(
    database: Database, channel: Channel
) -> None:
    set_watermark(database, datetime(2099, 1, 1, tzinfo=UTC))
    assert stream(begin(database), refused(), page()).calls[1]["lastUpdatedAfter"] == api.iso(NOON - FIRST_WINDOW)
    assert watermark(database) == NOON - timedelta(minutes=2)


def test_a_future_window_that_amazon_answers_with_an_earlier_bound_heals_from_the_beginning(
    database: Database, channel: Channel
) -> None:
    set_watermark(database, datetime(2099, 1, 1, tzinfo=UTC))
    finished(database, channel, hours=1)  # it may have been content with nothing
    client = stream(begin(database), page(), page("1"))
    assert client.calls[1]["lastUpdatedAfter"] == api.iso(NOON - FIRST_WINDOW)
    assert watermark(database) == NOON - timedelta(minutes=2)


def test_a_clock_that_is_behind_moves_no_watermark_that_amazon_takes(
    database: Database, channel: Channel, fake_clock: FakeClock
) -> None:
    set_watermark(database, NOON)
    fake_clock.forward(-5 * 3600)
    client = stream(begin(database), page("1", bound="2026-11-23T12:30:00Z"))
    assert client.calls[0]["lastUpdatedAfter"] == api.iso(NOON - OVERLAP)
    assert watermark(database) == NOON


def test_a_refusal_that_no_watermark_explains_is_still_an_error(database: Database, channel: Channel) -> None:
    set_watermark(database, datetime(2099, 1, 1, tzinfo=UTC))
    with pytest.raises(Rejected):
        stream(begin(database), refused(), *[refused()] * 3)


def test_nobody_counts_as_read_by_a_watermark_in_the_future(database: Database, channel: Channel) -> None:
    set_watermark(database, datetime(2099, 1, 1, tzinfo=UTC))
    with database.read() as session:
        assert not is_read_since(session, 1, DE, NOON)


def test_a_stream_that_was_reset_is_read_again_from_there(database: Database, channel: Channel) -> None:
    set_watermark(database, NOON)
    stream(begin(database), page("1"))
    for start, expected in ((NOON - timedelta(days=3), NOON - timedelta(days=3)), (None, NOON - FIRST_WINDOW)):
        with database.write() as session:
            assert reset_position(session, channel, start) == expected
        assert stream(begin(database), page()).calls[0]["lastUpdatedAfter"] == api.iso(expected)
    with database.write() as session:
        reset_position(session, channel, NOON)
    assert watermark(database) == NOON


def test_without_channels_that_pull_nothing_is_asked(database: Database, channel: Channel) -> None:
    with database.write() as session:
        session.merge(channel).settings = {"pull_orders": False}
    assert stream(begin(database)).calls == []


def test_disabled_channels_are_not_read(database: Database, channel: Channel) -> None:
    connect_channel(database, name="fr", marketplace_id=FR)
    with database.write() as session:
        session.merge(channel).enabled = False
    assert stream(begin(database), page()).calls[0]["marketplaceIds"] == FR


# -- pages ----------------------------------------------------------------------------------------------------------


def test_L1_G1_pages_are_read_until_there_is_no_token_and_parameters_are_resent(
    database: Database, channel: Channel
) -> None:
    client = stream(begin(database), page("1", token="a"), page("2", token="b"), page("3"))
    assert order_ids(database) == ["1", "2", "3"]
    assert client.tokens == [None, "a", "b"]
    assert len({tuple(sorted((k, v) for k, v in c.items() if k != "paginationToken")) for c in client.calls}) == 1
    assert watermark(database) == datetime(2026, 11, 23, 11, 58, tzinfo=UTC)
    found = cursor(database, "")
    assert found is not None
    assert found.window == {}


def test_L1_an_empty_page_with_a_token_is_not_the_end(database: Database, channel: Channel) -> None:
    stream(begin(database), page(token="a"), page(token="b"), page("1"))
    assert order_ids(database) == ["1"]


@pytest.mark.parametrize("body", [{}, {"orders": None}, {"orders": {}}, {"payload": {"Orders": []}}])
def test_L2_a_page_without_its_list_is_never_an_empty_page(
    database: Database, channel: Channel, body: dict[str, Any]
) -> None:
    with pytest.raises(RemoteError):
        stream(begin(database), body)
    assert watermark(database) is None


def test_G2_the_same_page_under_a_new_token_restarts_the_window(database: Database, channel: Channel) -> None:
    again = (page("1", token="a"), page("1", token="b"))
    client = stream(begin(database), *again, page("1", token="c"), page("2"))
    assert client.tokens == [None, "a", None, "c"]
    assert order_ids(database) == ["1", "2"]


def test_G2_a_page_that_is_repeated_for_ever_ends_in_an_error(database: Database, channel: Channel) -> None:
    with pytest.raises(RemoteError, match="repeats pages"):
        # Each restart reads the first page, and then finds it repeated.
        stream(begin(database), *(page("1", token=str(number)) for number in range(8)))
    assert watermark(database) is None


def test_a_last_page_like_the_one_before_is_taken(database: Database, channel: Channel) -> None:
    stream(begin(database), page("1", token="a"), page("1"))
    assert watermark(database) is not None


def test_L9_an_unreadable_order_is_logged_and_holds_nothing_up(database: Database, channel: Channel) -> None:
    body = page("1")
    body["orders"].append({"orderId": "2", "salesChannel": {"marketplaceId": DE}})
    body["orders"].append({"orderId": "3", "salesChannel": {"marketplaceId": FR}})
    stream_context = begin(database)
    stream(stream_context, body)
    stream_context.flush()
    assert order_ids(database) == ["1", "2", "3"]
    assert watermark(database) is not None
    with database.read() as session:
        told = session.exec(select(JobEvent.subject, JobEvent.text).where(col(JobEvent.subject) != "")).all()
    assert [subject for subject, text in told if "cannot be read" in text] == ["order 2"], "3 is another channel's"
    assert get_job(database, stream_context.job_id).done == 2


def test_known_orders_of_the_jobs_marketplace_are_unchanged_items(database: Database, channel: Channel) -> None:
    french = {"salesChannel": {"channelName": "AMAZON", "marketplaceId": FR}}
    body = page("1", "2")
    body["orders"] += page("3", **french)["orders"]
    stream(begin(database), body)
    with database.write() as session:
        for row in session.exec(select(AmazonOrder).where(col(AmazonOrder.order_id) != "2")).all():
            row.dirty = False
    context = begin(database)
    stream(context, body)
    with database.read() as session:
        found = session.exec(select(JobItem.subject, JobItem.result).where(JobItem.job_id == context.job_id)).all()
    assert found == [("order 1", "unchanged")]
    assert get_job(database, context.job_id).done == 2


# -- resuming -------------------------------------------------------------------------------------------------------


def cut_off(database: Database, *script: Answer) -> None:
    """A job that reads some pages and then finds Amazon gone."""
    with pytest.raises(Unreachable):
        stream(begin(database), *script, Unreachable("gone"))
    # The tests below go on as the same job in another worker.
    with database.write() as session:
        open_window = session.exec(select(Cursor).where(col(Cursor.scope) == "")).one()
        open_window.window = {**open_window.window, "job": open_window.window["job"] + 1}
        session.add(open_window)


def test_G3_another_worker_goes_on_with_the_stored_token(database: Database, channel: Channel) -> None:
    cut_off(database, page("1", token="a"), page("2", token="b"))
    assert order_ids(database) == ["1", "2"]
    assert watermark(database) is None
    client = stream(begin(database), page("3"))
    assert client.tokens == ["b"]
    assert order_ids(database) == ["1", "2", "3"]
    assert watermark(database) is not None


def test_G2_a_token_that_is_too_old_restarts_the_window_from_its_beginning(
    database: Database, channel: Channel, fake_clock: FakeClock
) -> None:
    cut_off(database, page("1", token="a"))
    fake_clock.forward(api.TOKEN_LIFE)
    client = stream(begin(database), page("1", "2"))
    assert client.tokens == [None]
    assert client.calls[0]["lastUpdatedAfter"] == api.iso(NOON - FIRST_WINDOW)


def test_a_token_is_used_as_long_as_it_lives(database: Database, channel: Channel, fake_clock: FakeClock) -> None:
    cut_off(database, page("1", token="a"))
    fake_clock.forward(api.TOKEN_LIFE - 1)
    assert stream(begin(database), page("2")).tokens == ["a"]


def test_a_token_of_another_query_is_not_sent(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(database, page("1", token="a"))
    monkeypatch.setattr(api, "LADDER", ((*api.DATA_SETS, "NEW"), *api.LADDER[1:]))
    assert stream(begin(database), page("1", "2")).tokens == [None]


def test_G2_a_refused_token_restarts_the_window_and_says_so(database: Database, channel: Channel) -> None:
    context = begin(database)
    client = stream(context, page("1", token="a"), refused(), page("1", token="b"), page("2"))
    assert client.tokens == [None, "a", None, "b"]
    assert order_ids(database) == ["1", "2"]
    assert any("page token" in text for text in log_of(database))


def test_C5_a_refused_first_page_is_asked_for_with_fewer_data_sets(database: Database, channel: Channel) -> None:
    client = stream(begin(database), refused(), page("1", token="a"), page("2"))
    sets = [call["includedData"].split(",") for call in client.calls]
    assert "PAYMENT" in sets[0]
    assert [set(one) for one in sets[1:]] == [set(api.FEWER_DATA_SETS)] * 2
    assert client.tokens == [None, None, "a"]
    with database.read() as session:
        assert session.exec(select(AmazonOrder.partial)).all() == [True, True]


def test_C5_the_next_window_asks_for_everything_again(database: Database, channel: Channel) -> None:
    stream(begin(database), refused(), page("1"))
    assert "PAYMENT" in stream(begin(database), page("1")).calls[0]["includedData"]


def test_L3_C5_without_their_status_orders_are_kept_but_do_not_count_as_read(
    database: Database, channel: Channel
) -> None:
    context = begin(database)
    client = stream(context, refused(), refused(), page("1", token="a"), page("2"))
    context.flush()
    assert [set(call["includedData"].split(",")) for call in client.calls[2:]] == [set(api.BARE_DATA_SETS)] * 2
    assert order_ids(database) == ["1", "2"]
    assert any("no status" in text for text in log_of(database))
    assert watermark(database) is None
    again = stream(begin(database), page("1", "2"))
    assert again.calls[0]["lastUpdatedAfter"] == client.calls[0]["lastUpdatedAfter"]
    assert watermark(database) is not None


def test_what_is_refused_with_the_fewest_data_sets_too_is_an_error(database: Database, channel: Channel) -> None:
    with pytest.raises(Rejected):
        stream(begin(database), refused(), refused(), refused())
    assert watermark(database) is None


def test_other_refusals_are_not_answered_with_fewer_data_sets(database: Database, channel: Channel) -> None:
    with pytest.raises(Rejected):
        stream(begin(database), refused(404))


def test_L3_G3_page_and_cursor_move_together_or_not_at_all(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(database, page("1", token="a"))
    context = begin(database)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(context, "save", broken)
    with pytest.raises(RuntimeError):
        stream(context, page("2"))
    assert order_ids(database) == ["1"]
    assert watermark(database) is None
    found = cursor(database, "")
    assert found is not None
    assert found.window["token"] == "a"


def test_a_cancelled_job_stops_between_two_pages_and_keeps_the_first(database: Database, channel: Channel) -> None:
    context = begin(database)

    def cancelled() -> dict[str, Any]:
        with database.write() as session:
            session.get_one(lifecycle.Job, context.job_id).cancel_requested = True
        return page("1", token="a")

    with pytest.raises(Cancelled):
        stream(context, cancelled)
    assert order_ids(database) == ["1"]


def test_a_job_that_lost_the_stream_stores_nothing_more(
    database: Database, channel: Channel, fake_clock: FakeClock
) -> None:
    context = begin(database)

    def taken_over() -> dict[str, Any]:
        fake_clock.forward(60)
        assert take(database, stream_lease(1), "another-host/2/2/b")
        return page("1")

    with pytest.raises(WaitUntil):
        stream(context, taken_over)
    assert order_ids(database) == []
    assert watermark(database) is None


def test_every_page_renews_the_lease_of_the_stream(database: Database, channel: Channel, fake_clock: FakeClock) -> None:
    def slow(body: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        def answer() -> dict[str, Any]:
            fake_clock.forward(20)
            assert not take(database, stream_lease(1), "another-host/2/2/b")
            return body

        return answer

    stream(begin(database), slow(page("1", token="a")), slow(page("2", token="b")), slow(page("3")))


# -- several marketplaces -------------------------------------------------------------------------------------------


def test_marketplaces_that_are_equally_far_share_one_call(database: Database, channel: Channel) -> None:
    connect_channel(database, name="fr", marketplace_id=FR)
    set_watermark(database, NOON - timedelta(hours=5))
    set_watermark(database, NOON - timedelta(hours=9), FR)
    client = stream(begin(database), page("1"))
    assert set(client.calls[0]["marketplaceIds"].split(",")) == {DE, FR}
    assert client.calls[0]["lastUpdatedAfter"] == api.iso(NOON - timedelta(hours=9) - OVERLAP)
    assert watermark(database) == watermark(database, FR) == datetime(2026, 11, 23, 11, 58, tzinfo=UTC)


def test_L10_a_marketplace_that_joined_later_catches_up_before_all_go_on_together(
    database: Database, channel: Channel
) -> None:
    set_watermark(database, NOON - timedelta(hours=5))
    connect_channel(database, name="fr", marketplace_id=FR)
    client = stream(begin(database), page("1", token="a"), page("2"), page("3"))
    assert [call["marketplaceIds"] for call in client.calls[:2]] == [FR, FR]
    assert client.calls[0]["lastUpdatedAfter"] == api.iso(NOON - FIRST_WINDOW)
    assert set(client.calls[2]["marketplaceIds"].split(",")) == {DE, FR}
    assert client.calls[2]["lastUpdatedAfter"] == api.iso(NOON - timedelta(hours=5) - OVERLAP)
    assert watermark(database) == watermark(database, FR)


def test_a_job_that_is_cut_off_while_one_catches_up_goes_on_to_the_others(database: Database, channel: Channel) -> None:
    set_watermark(database, NOON - timedelta(hours=5))
    connect_channel(database, name="fr", marketplace_id=FR)
    cut_off(database, page("1", token="a"))
    client = stream(begin(database), page("2"), page("3"))
    assert client.calls[0]["marketplaceIds"] == FR
    assert set(client.calls[1]["marketplaceIds"].split(",")) == {DE, FR}


def test_L11_windows_do_not_go_on_for_ever(
    database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_WINDOWS", 3)
    set_watermark(database, NOON)
    connect_channel(database, name="fr", marketplace_id=FR)
    old = (NOON - timedelta(days=20)).isoformat()
    stream(begin(database), page(bound=old), page(bound=old), page(bound=old))


def test_L6_reading_is_known_to_be_done_only_behind_the_blind_spot(database: Database, channel: Channel) -> None:
    with database.read() as session:
        assert not is_read_since(session, 1, DE, NOON)
    stream(begin(database), page(bound="2026-11-23T11:58:00Z"))
    with database.read() as session:
        assert is_read_since(session, 1, DE, NOON)
        assert not is_read_since(session, 1, DE, NOON + timedelta(milliseconds=1))
        assert not is_read_since(session, 1, FR, NOON)


def test_reading_is_not_done_while_a_window_is_open(database: Database, channel: Channel) -> None:
    set_watermark(database, NOON)
    cut_off(database, page("1", token="a"))
    with database.read() as session:
        assert not is_read_since(session, 1, DE, NOON)


# -- ranges and single orders ---------------------------------------------------------------------------------------

RANGE = OrderQuery(created_after=NOON - timedelta(days=3), created_before=NOON, marketplace_ids=(DE,))


def read_range(context: JobContext, *script: Answer) -> FakeAmazon:
    client = FakeAmazon(*script)
    pull_range(context, client, 1, RANGE, DE)  # type: ignore[arg-type]
    assert client.script == []
    return client


def test_a_range_is_read_to_its_end_and_moves_no_watermark(database: Database, channel: Channel) -> None:
    client = read_range(begin(database), page("1", token="a"), page("2"))
    assert client.calls[0]["createdAfter"] == api.iso(NOON - timedelta(days=3))
    assert client.calls[0]["createdBefore"] == api.iso(NOON)
    assert "lastUpdatedAfter" not in client.calls[0]
    assert client.tokens == [None, "a"]
    assert order_ids(database) == ["1", "2"]
    assert watermark(database) is None


def test_a_range_goes_on_with_the_token_of_its_job(database: Database, channel: Channel) -> None:
    context = begin(database)
    with pytest.raises(Unreachable):
        read_range(context, page("1", token="a"), Unreachable("gone"))
    with database.write() as session:
        lifecycle.release(session, context.job_id, OWNER)
    client = read_range(running(database, context.job_id), page("2"))
    assert client.tokens == ["a"]
    assert order_ids(database) == ["1", "2"]


def test_a_refused_token_restarts_the_range(database: Database, channel: Channel) -> None:
    client = read_range(begin(database), page("1", token="a"), refused(), page("1", token="b"), page("2"))
    assert client.tokens == [None, "a", None, "b"]


def read_single(context: JobContext, wanted: list[str], *script: Answer) -> FakeAmazon:
    client = FakeAmazon(*script)
    pull_single(context, client, 1, wanted, DE)  # type: ignore[arg-type]
    assert client.script == []
    return client


def single(order_id: str) -> dict[str, Any]:
    return {"order": order_document(orderId=order_id)}


def test_named_orders_are_read_one_by_one(database: Database, channel: Channel) -> None:
    client = read_single(begin(database), ["1", "2"], single("1"), single("2"))
    assert client.orders_asked == ["1", "2"]
    assert order_ids(database) == ["1", "2"]


def test_an_order_that_amazon_does_not_know_fails_alone(database: Database, channel: Channel) -> None:
    context = begin(database)
    read_single(context, ["1", "2"], refused(404), single("2"))
    assert order_ids(database) == ["2"]
    with database.read() as session:
        (item,) = session.exec(select(JobItem)).all()
    assert (item.subject, item.result, item.code) == ("order 1", "failed", "order_unknown")
    assert item.fix


def test_C5_a_single_order_is_asked_for_with_fewer_data_sets_as_well(database: Database, channel: Channel) -> None:
    client = read_single(begin(database), ["1"], refused(), refused(), single("1"))
    assert [set(call["includedData"].split(",")) for call in client.calls] == [set(one) for one in api.LADDER]
    with database.read() as session:
        assert session.exec(select(AmazonOrder.partial)).all() == [True]


def test_orders_that_were_read_are_not_read_again_after_a_restart(database: Database, channel: Channel) -> None:
    context = begin(database)
    with pytest.raises(Unreachable):
        read_single(context, ["1", "2", "3"], single("1"), refused(404), Unreachable("gone"))
    with database.write() as session:
        lifecycle.release(session, context.job_id, OWNER)
    assert read_single(running(database, context.job_id), ["1", "2", "3"], single("3")).orders_asked == ["3"]


def test_a_changed_mapping_marks_the_orders_of_its_marketplace(database: Database, channel: Channel) -> None:
    french = {"salesChannel": {"channelName": "AMAZON", "marketplaceId": FR}}
    body = page("1")
    body["orders"] += page("2", **french)["orders"]
    stream(begin(database), body)
    with database.write() as session:
        for row in session.exec(select(AmazonOrder)).all():
            row.dirty = False
    with database.write() as session:
        mark_dirty(session, 1, DE)
    with database.read() as session:
        assert session.exec(select(AmazonOrder.order_id).where(col(AmazonOrder.dirty))).all() == ["1"]
