"""What every flow may rely on, shown by one that is none of the program's own: nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from dataclasses import replace

import pytest
from sqlmodel import Session, col, select

from core import clock
from core.actor import LOCAL_ADMIN
from core.errors import AuthorizationError, UsageError
from core.flows import again, runner
from core.jobs import lifecycle
from core.jobs.requests import request
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import Job, JobState
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.model.store import Store
from core.stop_writes import stop_writes
from core.subjects import Owner, Subject
from core.sync.flow import Writes
from core.sync.outbox import NewIntent, post
from tests.sync.conftest import Toys
from tests.sync.toy import MAKE, THINGS, TOYS, ToStore

NAMES = tuple(f"{letter}{number}" for letter in "abc" for number in range(5))


def problems(toys: Toys) -> list[tuple[str, str, str]]:
    with toys.workspace.database.read() as session:
        query = select(Problem.owner, Problem.subject, Problem.code).where(col(Problem.resolved_at).is_(None))
        return sorted(session.exec(query).all())


def dirty(toys: Toys) -> set[str]:
    with toys.workspace.database.read() as session:
        return set(session.connection().execute(THINGS.select().where(THINGS.c.dirty)).scalars(1).all())


def post_foreign(toys: Toys, kind: str, flow: str = "toys") -> None:
    """An open intent of an earlier job."""
    with toys.workspace.database.write() as session:
        intents = [NewIntent(Subject("thing", "strange"), kind, {"name": "strange"}, ["letter a"])]
        post(session, toys.channel, ended_job(session), Owner.store(toys.channel.store_id), flow, intents)


def ended_job(session: Session) -> int:
    job = Job(kind="things.make", state=JobState.FAILED)
    session.add(job)
    session.flush()
    return stored_id(job.id)


def test_both_directions_get_everything_once(toys: Toys) -> None:
    job = toys.make(*NAMES)
    assert job.state == JobState.SUCCEEDED
    assert toys.remote.once(*NAMES)
    assert toys.make(*NAMES).state == JobState.SUCCEEDED
    assert toys.remote.once(*NAMES), "a second job sends nothing"


def test_an_item_may_be_held_for_several_reasons_and_the_others_go_on(toys: Toys) -> None:
    job = toys.make("a1", "unlucky 13")
    assert job.state == JobState.FINISHED_WITH_PROBLEMS
    assert toys.remote.once("a1")
    assert problems(toys) == [("channel 1", "thing unlucky 13", "sad"), ("channel 1", "thing unlucky 13", "unlucky")]
    assert dirty(toys) == {"unlucky 13"}


@pytest.mark.parametrize("kills", [(1, 4), pytest.param((2, 7, 9), marks=pytest.mark.long)])
@pytest.mark.parametrize("made", [True, False], ids=["after it was made", "before it was made"])
def test_a_killed_worker_loses_nothing_and_makes_nothing_twice(toys: Toys, kills: tuple[int, ...], made: bool) -> None:
    job_id = toys.ask(*NAMES)
    for call in kills:
        worker = toys.worker(job_id)
        die_at(toys, call, worker, made)
        assert worker.wait(60) == -signal.SIGKILL
        lifecycle.recover(toys.workspace.database)
    toys.remote.before, toys.remote.after = lambda remote, name: 0, lambda remote, name: True
    assert toys.run(job_id).state == JobState.SUCCEEDED
    assert toys.remote.once(*NAMES)


def die_at(toys: Toys, call: int, worker: subprocess.Popen[bytes], made: bool) -> None:
    """Let the worker die in the middle of a call: before or after the remote has made the thing."""

    def kill() -> bool:
        if toys.remote.calls < call:
            return False
        os.kill(worker.pid, signal.SIGKILL)
        return True

    toys.remote.before = lambda remote, name: 503 if not made and kill() else 0
    toys.remote.after = lambda remote, name: not (made and kill())


def test_what_is_made_but_not_answered_is_looked_for_instead_of_made_again(toys: Toys) -> None:
    silent = set(NAMES[::3])
    toys.remote.after = lambda remote, name: name not in silent
    assert toys.make(*NAMES).state == JobState.SUCCEEDED
    assert toys.remote.once(*NAMES)


def test_what_never_arrived_is_made_again(toys: Toys) -> None:
    lost = {("store", "a1"), ("seller", "b2")}

    def lose(remote: str, name: str) -> int:
        found = (remote, name) in lost
        lost.discard((remote, name))
        return 500 if found else 0

    toys.remote.before = lose
    assert toys.make(*NAMES).state == JobState.SUCCEEDED
    assert toys.remote.once(*NAMES)


def test_a_cancelled_job_sends_nothing_more_and_its_items_are_planned_again(toys: Toys) -> None:
    job_id = toys.ask(*NAMES)

    def cancel_at_the_third(remote: str, name: str) -> bool:
        if toys.remote.calls == 3:
            again.cancel(toys.workspace.database, LOCAL_ADMIN, job_id, flows=(TOYS,))
        threading.Event().wait(0.3)  # a job looks twice a second whether it is cancelled
        return True

    toys.remote.after = cancel_at_the_third
    assert toys.run(job_id).state == JobState.CANCELLED
    sent = sum(toys.remote.made["store"].values())
    assert 3 <= sent < len(NAMES)
    assert dirty(toys) >= set(NAMES) - set(toys.remote.made["store"])
    toys.remote.after = lambda remote, name: True
    assert toys.make().state == JobState.SUCCEEDED
    assert toys.remote.once(*NAMES)


def test_once_writes_are_stopped_no_further_call_is_made_until_they_are_allowed(toys: Toys) -> None:
    names = NAMES[:5]  # they share a lock, so that no two are on their way together

    def stop_at_the_second(remote: str, name: str) -> bool:
        if toys.remote.calls == 2:
            stop_writes(toys.workspace, LOCAL_ADMIN, True)
        return True

    toys.remote.after = stop_at_the_second
    job_id = toys.ask(*names)
    assert runner.run(toys.workspace, job_id, flows=(TOYS,)) == JobState.WAITING
    assert "stopped" in toys.job(job_id).waiting_for
    assert toys.remote.calls == 2
    toys.remote.after = lambda remote, name: True
    stop_writes(toys.workspace, LOCAL_ADMIN, False)
    assert toys.run(job_id).state == JobState.SUCCEEDED
    assert toys.remote.once(*names)


def test_a_retry_runs_what_was_refused_and_nothing_else(toys: Toys) -> None:
    toys.remote.before = lambda remote, name: 400 if name == "b1" else 0
    job = toys.make("a1", "b1")
    assert toys.problems(job.id) == {"thing b1": "thing_refused"}
    toys.remote.before = lambda remote, name: 0
    calls = toys.remote.calls
    asked = again.retry(toys.workspace.database, LOCAL_ADMIN, job.id, flows=(TOYS,))
    assert toys.run(asked.job_id).state == JobState.SUCCEEDED
    assert toys.remote.once("a1", "b1")
    assert toys.remote.calls - calls == 2
    assert problems(toys) == []
    with pytest.raises(UsageError):
        again.retry(toys.workspace.database, LOCAL_ADMIN, asked.job_id, flows=(TOYS,))


def test_an_intent_of_a_kind_that_nobody_knows_is_told_and_stops_nothing(toys: Toys) -> None:
    post_foreign(toys, "thing.to_the_moon")
    job = toys.make("a1", "a2")
    assert toys.problems(job.id) == {"thing strange": "kind_unknown"}
    assert toys.remote.once("a1", "a2")
    assert problems(toys) == [("channel 1", "thing strange", "kind_unknown")]


def test_a_flow_whose_sender_fails_stops_no_other_at_the_same_remote(toys: Toys) -> None:
    class Broken(ToStore):
        kinds = frozenset({"thing.broken"})

        def ready(self) -> None:
            raise AuthorizationError("It is not let in.", subject="the broken flow")

    post_foreign(toys, "thing.broken", flow="broken")
    broken = replace(TOYS, name="broken", jobs=(), writes=(Writes("store", Broken.kinds, Broken),))
    assert toys.run(toys.ask("a1", "b1"), (broken, TOYS)).state == JobState.SUCCEEDED
    assert toys.remote.once("a1", "b1")


def test_a_remote_that_is_down_stops_nothing_at_the_other(toys: Toys) -> None:
    clock.install("0,100", toys.home)  # ten pauses, each longer than the one before
    other = replace(MAKE, name="things.make_too")
    flows = (replace(TOYS, jobs=(MAKE, other)),)
    toys.remote.before = lambda remote, name: 503 if remote == "seller" else 0
    first = toys.ask("a1")
    assert runner.run(toys.workspace, first, flows=flows) == JobState.WAITING
    params = {"names": ["b1"]}
    second = request(toys.workspace.database, LOCAL_ADMIN, other, toys.channel, params).job_id
    assert runner.run(toys.workspace, second, flows=flows) == JobState.WAITING
    assert toys.remote.made == {"store": {"a1": 1, "b1": 1}, "seller": {}}
    toys.remote.before = lambda remote, name: 0
    assert toys.run(first, flows).state == toys.run(second, flows).state == JobState.SUCCEEDED
    assert toys.remote.once("a1", "b1")


def test_a_write_that_the_quota_keeps_back_waits_by_itself_and_is_not_looked_for(toys: Toys) -> None:
    refusals = iter([429] * 6)
    toys.remote.before = lambda remote, name: next(refusals, 0) if remote == "seller" and name == "b1" else 0
    job = toys.make("a1", "b1", "c1")
    assert job.state == JobState.SUCCEEDED
    assert toys.remote.once("a1", "b1", "c1")
    with toys.workspace.database.read() as session:
        intent = session.exec(select(OutboxIntent).where(col(OutboxIntent.subject) == "thing b1")).all()[-1]
    assert (intent.attempts, intent.evidence) == (7, {})


def test_two_stores_of_a_seller_may_have_something_open_about_the_same_subject(toys: Toys) -> None:
    second = Channel(**toys.channel.model_dump(exclude={"id", "name", "marketplace_id", "store_id"}), name="fr")
    with toys.workspace.database.write() as session:
        store = Store(name="second", url="https://two.example", email="x@two.example", api_key="k", currency="EUR")
        session.add(store)
        session.flush()
        second.marketplace_id, second.store_id = "A13V1IB3VIYZZH", stored_id(store.id)
        session.add(second)
        session.flush()
        job_id = ended_job(session)
        for channel in (toys.channel, second, toys.channel):
            intents = [NewIntent(Subject("thing", "a1"), "thing.to_seller", {"name": channel.name})]
            assert post(session, channel, job_id, Owner.seller(toys.channel.account_id), "toys", intents) == set()
        found = session.exec(select(OutboxIntent.store_id).order_by(col(OutboxIntent.store_id))).all()
    assert found == [1, 2], "the third takes the place of the first, and leaves the other store's alone"
