"""Faults that were found once and shall not come back, by the part of the program that they were in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import platformdirs
import psutil
import pytest
from hypothesis import HealthCheck, settings
from sqlmodel import select

from core import vault
from core.actor import LOCAL_ADMIN
from core.channels.documents import ChannelSettings
from core.database import Database
from core.documents import check, load_json
from core.errors import ConfigurationError, RemoteError, UsageError
from core.flows.again import cancel, retry
from core.identity import is_known_dead, new_owner
from core.jobs import lifecycle
from core.migrations import runner as migrations
from core.migrations.runner import open_database
from core.model.channel import Channel
from core.model.order import AmazonOrderItem
from core.money import parse_amount
from core.orders.document import MalformedOrder, read
from core.orders.plan.amounts import charged
from core.orders.plan.decide import Create, plan_order
from core.orders.plan.staff_notes import staff_notes
from core.orders.pull import pull_range
from core.quota import QuotaBook, UsagePlan
from core.redaction import redact
from core.settings import Settings, load
from core.stores import StoreDocument
from core.sync.decisions import Hold
from tests.unit.builders import (
    DE,
    NOON,
    ORDER_ID,
    PRODUCTS,
    FakeClock,
    add_job,
    breakdown,
    connect_channel,
    d,
    get_job,
    item_document,
    money,
    order,
    order_document,
    rules,
)
from tests.unit.test_clock import real  # noqa: F401
from tests.unit.test_order_rows import rows, store
from tests.unit.test_pull_orders import RANGE, FakeAmazon, begin, channel, page, refused, stream, watermark  # noqa: F401

ROOT = Path(__file__).parents[2]
OWNER = "another-host/1/1/a"
shared_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


# test_migrations.py: foreign keys are NOT off during a migration: a batch migration deletes the children


def test_rebuilding_a_parent_table_keeps_its_children(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel_ = connect_channel(database)
    job_id = add_job(database, channel_)
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "core" / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "next.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = 'next'\ndown_revision = '{migrations.HEAD}'\nbranch_labels = None\ndepends_on = None\n"
        "def upgrade():\n"
        "    with op.batch_alter_table('channel', recreate='always') as batch:\n"
        "        batch.add_column(sa.Column('note', sa.String(), nullable=True))\n"
        "def downgrade():\n    pass\n"
    )
    monkeypatch.setattr(migrations, "HEAD", "next")
    monkeypatch.setattr(migrations, "__file__", str(folder / "runner.py"))
    migrations.ensure_schema(database)
    assert get_job(database, job_id).channel_id == channel_.id


# test_order_document.py: one odd document stops the whole page


@pytest.mark.parametrize("total", ["20.00", ["20.00"], 20, True])
def test_a_grand_total_that_is_no_money_is_unreadable(total: Any) -> None:
    with pytest.raises(MalformedOrder):
        read(order_document(proceeds={"grandTotal": total}))


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_time_beyond_the_calendar_is_unreadable(time: str) -> None:
    with pytest.raises(MalformedOrder):
        read(order_document(createdTime=time))


def test_a_text_that_no_database_takes_does_not_stop_the_page(database: Database, fake_clock: FakeClock) -> None:
    connect_channel(database)
    odd = order_document(item_document(breakdown("ITEM", "20.00"), sku="LAMP\ud800"), orderId="111-2")
    store(database, odd, order_document())
    assert sorted(rows(database)) == ["111-2", ORDER_ID]


def test_an_id_that_no_database_takes_does_not_stop_the_page(database: Database, fake_clock: FakeClock) -> None:
    connect_channel(database)
    store(database, {"orderId": "111-\ud800"}, order_document())
    assert ORDER_ID in rows(database)


def test_payments_without_a_method_do_not_count_as_methods() -> None:
    item = item_document(breakdown("ITEM", "20.00"), breakdown("COD_FEE", "2.00"))
    decision = plan_order(order(item, total="22.00", payment={"paymentExecutions": [{}]}), rules(), PRODUCTS)
    assert isinstance(decision, Create)
    assert decision.order.payment_id == 6


# test_plan_orders.py: lines finer than a cent change the total


def test_amounts_finer_than_a_cent_never_change_amazons_total() -> None:
    items = [item_document(breakdown("ITEM", "10.005"), number=1), item_document(breakdown("ITEM", "10.005"), number=2)]
    decision = plan_order(order(*items, total="20.01"), rules(), PRODUCTS)
    assert isinstance(decision, Hold) or (isinstance(decision, Create) and decision.order.total == d("20.01"))


# test_details.py


def test_a_sku_with_a_line_break_forges_no_marker() -> None:
    item = item_document(breakdown("ITEM", "20.00"), sku="A\namazon_order_id=111-0000000-0000000")
    item["fulfillment"]["packing"] = {"giftOption": {"giftMessage": "Hi"}}
    source = order(item)
    amounts = charged(source)
    assert amounts is not None
    lines = staff_notes(source, amounts, rules(), ()).splitlines()
    assert len([line for line in lines if line.startswith("amazon_order_id=")]) == 1


# test_order_rows.py


def test_an_unreadable_order_heals_when_amazon_sends_it_right_without_a_new_date(
    database: Database, fake_clock: FakeClock
) -> None:
    connect_channel(database)
    store(database, order_document(proceeds={"grandTotal": money("N/A")}))
    fake_clock.forward(600)
    store(database, order_document())
    assert rows(database)[ORDER_ID].fault == ""


def test_a_partial_copy_of_the_same_update_does_not_replace_a_complete_one(
    database: Database, fake_clock: FakeClock
) -> None:
    connect_channel(database)
    store(database, order_document())
    without = order_document()
    del without["payment"]
    store(database, without, partial=True)
    row = rows(database)[ORDER_ID]
    assert not row.partial
    assert row.raw is not None
    assert "payment" in row.raw


def test_items_that_left_an_order_leave_the_mirror(database: Database, fake_clock: FakeClock) -> None:
    connect_channel(database)
    both = [item_document(breakdown("ITEM", "10.00"), number=n) for n in (1, 2)]
    store(database, order_document(*both))
    store(database, order_document(both[0], total="10.00", lastUpdatedTime="2026-11-20T10:00:00Z"))
    with database.read() as session:
        assert len(session.exec(select(AmazonOrderItem)).all()) == 1


# test_pull_orders.py


class Endless(FakeAmazon):
    """Answers every call by a rule, and gives up after thirty."""

    def __init__(self, rule: Callable[[dict[str, str]], dict[str, Any]]) -> None:
        super().__init__()
        self.rule = rule

    def call(self, operation: Any, params: Any = None, *, path: Any = None) -> dict[str, Any]:
        self.calls.append(dict(params or {}))
        assert len(self.calls) <= 30, "it never ends"
        return self.rule(self.calls[-1])


def test_a_range_that_amazon_gives_with_fewer_data_sets_only_is_read_to_its_end(
    database: Database,
    channel: Channel,  # noqa: F811
) -> None:
    def rule(call: dict[str, str]) -> dict[str, Any]:
        if "PAYMENT" in call["includedData"]:
            raise refused()
        return page("2") if call.get("paginationToken") == "a" else page("1", token="a")

    pull_range(begin(database), Endless(rule), 1, RANGE, DE)  # type: ignore[arg-type]
    assert sorted(rows(database)) == ["1", "2"]
    assert all(row.partial for row in rows(database).values())


def test_tokens_that_are_refused_again_and_again_end_in_an_error(database: Database, channel: Channel) -> None:  # noqa: F811
    def rule(call: dict[str, str]) -> dict[str, Any]:
        if call.get("paginationToken"):
            raise refused()
        return page("1", token="a")

    from core.orders.pull import pull_stream

    with pytest.raises(RemoteError):
        pull_stream(begin(database), Endless(rule), 1, DE)  # type: ignore[arg-type]


def test_a_job_that_goes_on_with_an_old_window_reads_what_came_since(
    database: Database,
    channel: Channel,  # noqa: F811
    fake_clock: FakeClock,
) -> None:
    from core.errors import Unreachable

    with pytest.raises(Unreachable):
        stream(begin(database), page("1", token="a"), Unreachable("gone"))
    fake_clock.forward(20 * 3600)
    client = FakeAmazon(page("2"), page("3", bound="2026-11-24T07:58:00Z"))
    from core.orders.pull import pull_stream

    pull_stream(begin(database), client, 1, DE)  # type: ignore[arg-type]
    assert len(client.calls) == 2, "the newest twenty hours were not asked for"


def test_a_later_bound_of_a_later_page_does_not_move_the_watermark_past_the_first(
    database: Database,
    channel: Channel,  # noqa: F811
) -> None:
    stream(
        begin(database),
        page("1", token="a", bound="2026-11-23T08:00:00Z"),
        page("2", bound="2026-11-23T11:58:00Z"),
    )
    found = watermark(database)
    assert found is not None
    assert found <= NOON - timedelta(hours=4)


# test_job_runner.py


# test_job_requests.py


def test_cancelling_a_running_job_that_pauses_before_it_looks_does_not_wait_for_the_pause(
    database: Database, fake_clock: FakeClock
) -> None:
    job_id = add_job(database, connect_channel(database))
    lifecycle.claim(database, job_id, OWNER)
    cancel(database, LOCAL_ADMIN, job_id)
    with database.write() as session:
        lifecycle.pause(session, job_id, OWNER, NOON + timedelta(hours=1), "quota")
    assert lifecycle.due(database) == [job_id]


def test_retrying_a_job_without_channel_is_a_clear_error(database: Database, fake_clock: FakeClock) -> None:
    with pytest.raises(UsageError, match="channel is gone"):
        retry(database, LOCAL_ADMIN, add_job(database, state="failed"))


# test_quota.py


def starts_of(book: QuotaBook, fake: FakeClock, key: str, plan: UsagePlan, pauses: list[float]) -> list[float]:
    starts = []
    for pause in pauses:
        fake.forward(pause)
        starts.append(fake.now().timestamp() - NOON.timestamp() + book.reserve(key, plan, longest=1e9))
    return sorted(starts)


def worst(plan: UsagePlan, starts: list[float]) -> float:
    return max(
        last - first + 1 - plan.burst - plan.rate * (end - begin)
        for first, begin in enumerate(starts)
        for last, end in enumerate(starts[first:], first)
    )


def test_after_a_pause_no_more_calls_start_at_once_than_the_bucket_holds(
    database: Database, fake_clock: FakeClock
) -> None:
    plan, book = UsagePlan(5.0, 5), QuotaBook(database)
    book.reserve("k", plan)
    book.refused("k", plan, retry_after=15)
    starts = starts_of(book, fake_clock, "k", plan, [0.0] * 60)
    assert worst(plan, starts) <= 1e-6


def test_a_prefix_is_no_pattern(database: Database, fake_clock: FakeClock) -> None:
    book = QuotaBook(database)
    book.reserve("live/app-1/SELLER/x", UsagePlan(1, 5))
    book.reserve("live/app_1/SELLER/x", UsagePlan(1, 5))
    assert [level.key for level in book.levels("live/app_1/")] == ["live/app_1/SELLER/x"]


# test_identity.py


def test_a_corrected_system_clock_makes_nobody_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = new_owner()
    told = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: told(self) + 1.0)
    assert not is_known_dead(owner)


def test_a_forked_process_has_an_identity_of_its_own() -> None:
    code = (
        "import os; from core.identity import new_owner; new_owner(); r, w = os.pipe(); pid = os.fork();\n"
        "if pid == 0:\n    os.write(w, new_owner().split('/')[1].encode()); os._exit(0)\n"
        "os.waitpid(pid, 0); print(int(os.read(r, 20)) == pid)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "True"


# test_clock.py


# test_settings.py


def test_a_home_below_the_users_is_where_its_config_is_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CROSSDOCK_HOME", "~/dock")
    assert load().home == tmp_path / "dock"


def test_a_relative_home_does_not_move_with_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSDOCK_HOME", "dock")
    assert load().home == tmp_path / "dock"


def test_an_empty_home_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_HOME", "")
    assert load().home == Path(platformdirs.user_data_dir("crossdock", appauthor=False))


@pytest.mark.parametrize("name", ["KEY", "KEY_FILE", "LOG_LEVEL", "TOKEN"])
def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = load()
    monkeypatch.setenv(f"CROSSDOCK_{name}", "")
    assert load() == before


def test_a_refused_address_does_not_show_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_LWA_URL", "ftp://user:planted@lwa.example")
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert "planted" not in str(caught.value)


# test_redaction.py


@pytest.mark.parametrize(
    "planted",
    [
        "redis://:planted1@localhost:6379/0",
        '{\\"client_secret\\": \\"planted1\\"}',
        '{"client_secret": "x,planted1"}',
        '{"password": "x planted1"}',
        "aws_secret_key=planted1",
        '{"aws_secret_key": "planted1"}',
        "clientSecret=planted1",
        "token Atzr%7Cplanted1",
        "postgresql://u:pa@planted1@db/x",
        "https://bucket/x?X-Amz-Signature=planted1&X-Amz-Expires=300",
        "https://bucket/x?X-Amz-Security-Token=planted1",
        "Authorization: Basic  planted1planted1",
    ],
)
def test_secrets_in_other_forms_are_masked_too(planted: str) -> None:
    assert "planted1" not in redact(planted)


# test_money.py


@pytest.mark.parametrize("value", ["1_000", "١٢", "１２"])
def test_amounts_are_written_in_plain_digits(value: str) -> None:
    with pytest.raises(ValueError):
        parse_amount(value)


# test_documents.py, test_channel_documents.py, test_store_documents.py


@pytest.mark.parametrize("text_", ['{"a": ' + "1" * 5000 + "}", '{"a": ' + "[" * 100_000, '{"a": NaN}'])
def test_odd_json_is_a_usage_error(text_: str) -> None:
    with pytest.raises(UsageError):
        load_json(text_, "document")


def test_a_wrong_merge_of_settings_names_them() -> None:
    dates = {"orders_from": "2026-02-01T00:00:00Z", "orders_to": "2026-01-01T00:00:00Z"}
    with pytest.raises(UsageError) as caught:
        check(ChannelSettings, dates, "channel document")
    assert not caught.value.what.startswith(":")


@pytest.mark.parametrize(
    "value", [{"shipping": {"default": 0}}, {"shipping": {"default": -4}}, {"payments": {"cod": True}}]
)
def test_ids_are_positive_whole_numbers(value: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        check(ChannelSettings, value, "channel document")


def test_a_refused_store_address_does_not_show_its_password() -> None:
    with pytest.raises(UsageError) as caught:
        check(
            StoreDocument, {"name": "a", "url": "ftp://u:planted@h", "email": "a@b.c", "api_key": "k"}, "store document"
        )
    assert "planted" not in str(caught.value)


# test_database.py


def test_a_file_that_is_no_database_is_told(home: Path) -> None:
    home.mkdir()
    (home / "crossdock.db").write_text("this is no database, but it is long enough to look like one" * 50)
    with pytest.raises(ConfigurationError):
        open_database(Settings())


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://db/x", "postgresql+nodriver://db/x", "postgresql+psycopg://db:port/x"]
)
def test_a_database_url_that_cannot_be_used_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", url)
    with pytest.raises(ConfigurationError):
        open_database(Settings())


# test_vault.py


def test_a_start_that_was_killed_while_making_the_key_does_not_stop_the_next(home: Path) -> None:
    home.mkdir()
    (home / f"key.{os.getpid()}").write_text("")
    vault.open_vault(Settings())


# test_retention.py
