"""A report is asked for once, waited for outside of the worker, used again while it is young, and read whole."""

from __future__ import annotations

import hashlib
import signal
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlmodel import select

from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.flows import again
from core.jobs import lifecycle
from core.leases import release, take
from core.model.cursor import Cursor
from core.model.job import JobState
from core.sync.asking import Asking
from sandbox.amazon.processing import Result
from tests.sync.reading import LISTINGS, READING, ROWS, Reader
from tests.unit.builders import ELSEWHERE

GERMANY = "A1PA6795UKMFR9"


def rows(count: int) -> str:
    """What a job must have seen of a report of so many rows."""
    text = "".join(f"{number:012d}\t{'x' * 86}\n" for number in range(count)).encode()
    return f"saw {len(text)} bytes utf-8 {hashlib.sha256(text).hexdigest()}"


def listings(reader: Reader) -> list[str]:
    (work,) = reader.made()
    text = "".join(work.make().document).encode("cp1252", "replace")
    return [f"saw {len(text)} bytes cp1252 {hashlib.sha256(text).hexdigest()}"]


def test_a_report_is_waited_for_without_a_worker_and_read_whole(reader: Reader) -> None:
    job_id = reader.ask(type=LISTINGS)
    job = reader.step(job_id)
    assert (job.state, job.waiting_for) == (JobState.WAITING, f"Amazon to make {LISTINGS}")
    job = reader.run(job_id)
    assert job.state == JobState.SUCCEEDED
    assert reader.saw(job_id) == listings(reader)
    assert job.calls == {"getReports": 1, "createReport": 1, "getReport": 3, "getReportDocument": 1}


def test_a_report_that_takes_long_is_asked_after_less_and_less_often(reader: Reader) -> None:
    reader.shop.sandbox.set_pace({"work": 3600.0})
    reader.read(ROWS, rows="3")
    assert reader.waited[0] < 11
    assert [round(one) for one in reader.waited] == sorted(round(one) for one in reader.waited)
    assert 100 < reader.waited[-1] < 121
    assert reader.calls("getReport") < 45


def test_a_report_that_is_never_ready_ends_in_words(reader: Reader) -> None:
    reader.shop.sandbox.set_pace({"work": 1e9})
    job_id = reader.ask(type=ROWS, options={"rows": "3"})
    reader.step(job_id)
    reader.forward(13 * 3600)
    job = reader.step(job_id)
    assert job.state == JobState.FAILED
    assert f"{ROWS} is not ready 12 hours after it was asked for. Run it again later" in job.message


def test_a_young_report_is_used_again_and_an_old_one_is_not(reader: Reader) -> None:
    reader.read(ROWS, rows="5")
    reader.forward(20 * 60)
    job = reader.read(ROWS, rows="5")
    assert job.calls == {"getReportDocument": 1}
    assert reader.saw(job.id) == [rows(5)]
    reader.forward(11 * 60)
    reader.read(ROWS, rows="5")
    assert len(reader.made()) == 2


def test_other_options_are_another_report(reader: Reader) -> None:
    assert reader.saw(reader.read(ROWS, rows="5").id) == [rows(5)]
    assert reader.saw(reader.read(ROWS, rows="6").id) == [rows(6)]
    assert len(reader.made()) == 2


def test_a_recent_report_of_another_program_is_used_where_options_play_no_part(reader: Reader) -> None:
    sandbox = reader.shop.sandbox
    seller = sandbox.amazon.accounts[0].seller_id
    for kind in (LISTINGS, ROWS):
        sandbox.amazon.reports["live"].add(seller, kind, [GERMANY], lambda: Result("DONE", ("of another\n",)))
    reader.forward(60)
    job = reader.read()
    assert job.calls == {"getReports": 1, "getReportDocument": 1}
    assert reader.saw(job.id)[0].startswith("saw 11 bytes")
    assert reader.saw(reader.read(ROWS, rows="5").id) == [rows(5)]


def test_two_jobs_share_one_report(reader: Reader) -> None:
    first, second = (reader.ask(type=ROWS, options={"rows": "4"}) for _ in range(2))
    reader.step(first)
    reader.step(second)
    assert reader.run(second).state == reader.run(first).state == JobState.SUCCEEDED
    assert reader.saw(first) == reader.saw(second) == [rows(4)]
    assert reader.calls("createReport") == 1


def test_a_job_goes_on_with_its_report_however_old_it_is(reader: Reader) -> None:
    job_id = reader.ask(type=ROWS, options={"rows": "4"})
    reader.step(job_id)
    reader.forward(5 * 3600)
    assert reader.run(job_id).state == JobState.SUCCEEDED
    assert reader.calls("createReport") == 1


# -- nothing twice ---------------------------------------------------------------------------------------------------


def test_a_lost_answer_is_settled_by_looking(reader: Reader) -> None:
    reader.shop.fault("amazon", "createReport", "timeout_after", seconds=0)
    job = reader.read(ROWS, rows="4")
    assert job.state == JobState.SUCCEEDED
    assert (reader.calls("createReport"), len(reader.made())) == (1, 1)
    assert reader.saw(job.id) == [rows(4)]


@pytest.mark.parametrize("fault", ["drop", "error_500", "malformed"])
def test_what_has_no_clear_answer_is_looked_for_before_it_is_asked_for_again(reader: Reader, fault: str) -> None:
    reader.shop.fault("amazon", "createReport", fault)
    job = reader.read(ROWS, rows="4")
    assert job.state == JobState.SUCCEEDED
    assert len(reader.made()) == 1
    if fault == "malformed":  # it had arrived
        assert (reader.calls("createReport"), reader.calls("getReports")) == (1, 1)
    else:
        assert (reader.calls("createReport"), reader.calls("getReports")) == (2, 4)
        assert sum(reader.waited) > 120


def test_a_request_that_amazon_shows_late_is_found(reader: Reader) -> None:
    reader.shop.fault("amazon", "createReport", "timeout_after", seconds=0)
    job_id = reader.ask(type=ROWS, options={"rows": "4"})
    desk = reader.shop.sandbox.amazon.reports["live"]
    shown, desk.search = desk.search, lambda *_: ([], "")  # type: ignore[method-assign]
    assert reader.step(job_id).waiting_for == f"Amazon to show whether it has taken {ROWS}"
    desk.search = shown  # type: ignore[method-assign]
    assert reader.run(job_id).state == JobState.SUCCEEDED
    assert reader.calls("createReport") == 1


def test_two_lost_answers_at_once_each_find_their_own(reader: Reader) -> None:
    reader.shop.fault("amazon", "createReport", "timeout_after", seconds=0, times=2)
    jobs = {count: reader.ask(type=ROWS, options={"rows": str(count)}) for count in (3, 7)}
    for job_id in jobs.values():
        reader.step(job_id)
    for count, job_id in jobs.items():
        assert reader.run(job_id).state == JobState.SUCCEEDED
        assert reader.saw(job_id) == [rows(count)]
    assert len(reader.made()) == 2


def test_what_another_program_asks_for_meanwhile_is_not_taken_for_ours(reader: Reader) -> None:
    amazon = reader.shop.sandbox.amazon
    _, france = (place.marketplace_id for place in amazon.accounts[0].marketplaces[:2])
    reader.shop.fault("amazon", "createReport", "drop")
    job_id = reader.ask(type=ROWS, options={"rows": "4"})
    reader.step(job_id)
    for kind, place in ((ROWS, france), (LISTINGS, GERMANY)):
        amazon.reports["live"].add(amazon.accounts[0].seller_id, kind, [place], lambda: Result("CANCELLED"))
    assert reader.run(job_id).state == JobState.SUCCEEDED
    assert reader.saw(job_id) == [rows(4)]
    assert reader.calls("createReport") == 2


@pytest.mark.parametrize("operation", ["createReport", "document"])
def test_a_killed_worker_asks_for_nothing_twice(reader: Reader, operation: str) -> None:
    reader.shop.fault("amazon", operation, "slow", seconds=1.0)
    job_id = reader.ask(type=ROWS, options={"rows": "4"})
    if operation == "document":
        reader.step(job_id)
        reader.forward(60)
    worker = reader.worker(job_id)
    deadline = time.monotonic() + 30
    while not reader.shop.sandbox.faults.state()[0]["struck"] and time.monotonic() < deadline:
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(30) == -signal.SIGKILL
    time.sleep(1.0)  # Amazon goes on with what it was doing
    lifecycle.recover(reader.shop.workspace.database)
    assert reader.run(job_id).state == JobState.SUCCEEDED
    assert reader.saw(job_id) == [rows(4)]
    assert (reader.calls("createReport"), len(reader.made())) == (1, 1)


@pytest.mark.parametrize(("fault", "state"), [("429", JobState.WAITING), ("expired_token", JobState.WAITING)])
def test_what_was_surely_not_taken_needs_no_looking(reader: Reader, fault: str, state: JobState) -> None:
    reader.shop.fault("amazon", "createReport", fault)
    job = reader.read(ROWS, rows="4")
    assert job.state == JobState.SUCCEEDED
    assert (reader.calls("createReport"), reader.calls("getReports"), len(reader.made())) == (2, 0, 1)


def test_jobs_ask_one_after_the_other(reader: Reader) -> None:
    database = reader.shop.workspace.database
    account = registry.get(reader.shop.workspace, LOCAL_ADMIN, reader.shop.channel).account_id
    assert take(database, f"reports/seller {account}", ELSEWHERE)
    job_id = reader.ask(type=ROWS, options={"rows": "4"})
    assert reader.step(job_id).waiting_for == "another job that asks Amazon for reports"
    assert reader.made() == []
    release(database, f"reports/seller {account}", ELSEWHERE)
    assert reader.run(job_id).state == JobState.SUCCEEDED


def test_a_cancelled_job_ends_and_its_report_serves_the_next(reader: Reader) -> None:
    job_id = reader.ask(type=ROWS, options={"rows": "4"})
    reader.step(job_id)
    again.cancel(reader.shop.workspace.database, LOCAL_ADMIN, job_id, flows=(READING,))
    assert reader.step(job_id).state == JobState.CANCELLED
    assert reader.saw(reader.read(ROWS, rows="4").id) == [rows(4)]
    assert reader.calls("createReport") == 1


# -- what Amazon does not make ---------------------------------------------------------------------------------------


def test_a_report_without_data_is_none(reader: Reader) -> None:
    job = reader.read(ROWS, rows="0")
    assert job.state == JobState.SUCCEEDED
    assert reader.saw(job.id) == ["saw nothing"]
    assert any(f"Amazon made no report ({ROWS}): it has no data, or" in text for text in reader.log(job.id))
    reader.read(ROWS, rows="0")
    assert len(reader.made()) == 2, "another job asks again"


def test_a_fatal_report_says_why(reader: Reader) -> None:
    reader.shop.sandbox.set_pace({"outcomes": {ROWS: "FATAL"}})
    job = reader.read(ROWS, rows="4")
    assert job.state == JobState.FAILED
    assert f"Amazon could not make {ROWS} (Sandbox: this report or feed was told to fail.)." in job.message
    assert reader.made()[0].id in job.message and "run it again in half an hour" in job.message
    reader.shop.sandbox.set_pace({"outcomes": {}})
    assert reader.read(ROWS, rows="4").state == JobState.SUCCEEDED


# -- documents that arrive badly -------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("fault", ["reset", "drop", "error_500", "bad_checksum", "expired_url"])
def test_a_document_that_arrives_badly_is_read_again_and_never_short(reader: Reader, fault: str, packed: bool) -> None:
    reader.shop.sandbox.set_pace({"packed": packed})
    reader.shop.fault("amazon", "document", fault)
    job = reader.read(ROWS, rows="400")
    assert job.state == JobState.SUCCEEDED
    assert reader.saw(job.id) == [rows(400)]
    assert job.calls["getReportDocument"] == 2
    assert reader.calls("createReport") == 1


def test_gzip_without_its_end_is_no_document(reader: Reader) -> None:
    reader.shop.fault("amazon", "document", "malformed")
    job = reader.read(ROWS, rows="400")
    assert reader.saw(job.id) == [rows(400)]
    assert job.calls["getReportDocument"] == 2


def test_a_document_that_stays_broken_ends_in_words_without_its_address(reader: Reader) -> None:
    reader.shop.fault("amazon", "document", "reset", times=-1)
    job = reader.read(ROWS, rows="4")
    assert (job.state, job.exit_code) == (JobState.FAILED, 4)
    assert reader.saw(job.id) == []
    told = "\n".join([*reader.log(job.id), job.message])
    assert "The connection broke" in told
    assert "X-Amz" not in told and "/documents/" not in told


def test_a_report_that_amazon_has_forgotten_is_asked_for_anew_by_the_next_job(reader: Reader) -> None:
    job_id = reader.ask(type=ROWS, options={"rows": "4"})
    reader.step(job_id)
    reader.shop.sandbox.amazon.reports["live"].clear()
    job = reader.run(job_id)
    assert job.state == JobState.FAILED and "Run it again: Amazon does not have this report any more" in job.message
    assert reader.read(ROWS, rows="4").state == JobState.SUCCEEDED
    reader.shop.sandbox.amazon.shelf.clear()
    assert reader.read(ROWS, rows="4").state == JobState.FAILED
    assert reader.read(ROWS, rows="4").state == JobState.SUCCEEDED
    assert reader.calls("createReport") == 3


def test_a_document_that_is_refused_for_good_ends_the_job_and_asks_for_nothing_more(reader: Reader) -> None:
    reader.shop.fault("amazon", "document", "expired_url", times=-1)
    job = reader.read(ROWS, rows="4")
    assert (job.state, job.calls["createReport"], job.calls["getReportDocument"]) == (JobState.FAILED, 1, 2)
    assert "The document is refused (403 AccessDenied)" in job.message


def test_what_another_job_has_asked_for_meanwhile_is_not_forgotten(reader: Reader) -> None:
    """Two jobs find the same old report: the second to put it away must not put away what the first has asked for."""
    job_id = reader.ask(type=ROWS, options={"rows": "4"})
    reader.step(job_id)
    database = reader.shop.workspace.database
    with database.read() as session:
        row = session.exec(select(Cursor).where(Cursor.stream == "reports")).one()
    asking = Asking(
        SimpleNamespace(database=database),  # type: ignore[arg-type]
        int(row.owner.removeprefix("seller ")),
        "reports",
        since=lambda kind, moment: (),
        get=lambda report_id: reader.made()[0],
    )
    asked = asking.known(row.scope)
    assert asked is not None and asked.id == reader.made()[0].id
    asking.forget(row.scope, replace(asked, id="an older one"))
    assert asking.known(row.scope) == asked
    asking.forget(row.scope, asked)
    assert asking.known(row.scope) is None
