"""When a channel may be deleted, and when what is known of it is still needed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import removal
from core.channels.views import list_channels
from core.errors import ConfigurationError
from core.model.job import Job, JobState
from core.model.outbox import SENDING, UNKNOWN, WAITING, OutboxIntent
from core.workspace import Workspace
from tests.unit.builders import FR, add_job, connect_channel, order_intent


@pytest.mark.parametrize(("state", "word"), [(WAITING, "under way"), (SENDING, "under way"), (UNKNOWN, "took effect")])
def test_a_channel_with_open_writes_stays(workspace: Workspace, state: str, word: str) -> None:
    """What is known of such a write is all that keeps the order from being made twice."""
    channel = connect_channel(workspace.database)
    with workspace.database.write() as session:
        order = {"subject": "order 1", "kind": "order.create"}
        session.add(order_intent(store_id=1, channel_id=channel.id or 0, state=state, **order))
    with pytest.raises(ConfigurationError, match=word):
        removal.remove(workspace, LOCAL_ADMIN, "de")
    with workspace.database.read() as session:
        assert session.exec(select(OutboxIntent.state)).all() == [state]


def test_a_channel_whose_job_runs_stays_and_one_whose_jobs_wait_goes(workspace: Workspace) -> None:
    channel = connect_channel(workspace.database)
    connect_channel(workspace.database, name="fr", marketplace_id=FR)
    later = clock.now() + timedelta(hours=1)
    add_job(workspace.database, channel, state=JobState.WAITING, not_before=later)
    running = add_job(workspace.database, channel, state=JobState.RUNNING, owner="host/1/1/a")
    with pytest.raises(ConfigurationError, match=f"Job {running} of it is running"):
        removal.remove(workspace, LOCAL_ADMIN, "de")
    with pytest.raises(ConfigurationError, match="orders of its seller are being read"):
        removal.remove(workspace, LOCAL_ADMIN, "fr")
    with workspace.database.write() as session:
        job = session.get_one(Job, running)
        job.state = JobState.CANCELLED
        session.add(job)
    removal.remove(workspace, LOCAL_ADMIN, "de")
    assert [view.name for view in list_channels(workspace, LOCAL_ADMIN)] == ["fr"]
    with workspace.database.read() as session:
        assert session.exec(select(Job)).all() == []
