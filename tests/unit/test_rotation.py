"""Rotation of a client secret whatever fails at whatever step: none is lost, and Amazon is never asked twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from sqlmodel import select

from core import apps, clock
from core.actor import LOCAL_ADMIN
from core.errors import AuthorizationError, CrossdockError, OutcomeUnknown, RemoteBusy, Unreachable, UsageError
from core.model.account import App, SecretRotation
from core.model.channel import Channel
from core.notifications import rotation, secrets
from core.notifications.receive import MOST_TRIES
from core.notifications.unreadable import list_messages, try_again
from core.workspace import Workspace
from tasks.worker import Worker
from tests.unit.builders import FakeClock, connect_channel
from tests.unit.test_receiving import URL, FakeQueue, named, new_secret, take

DAY = 86_400.0


@pytest.fixture
def asked(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A shop whose Amazon makes a secret whenever it is asked, and takes every one."""
    named(workspace.database, connect_channel(workspace.database), queue_url=URL)
    calls: list[str] = []
    monkeypatch.setattr(Workspace, "amazon_for", lambda *_, **__: None)
    monkeypatch.setattr(rotation, "rotate_client_secret", lambda client, subject: calls.append(subject))
    monkeypatch.setattr(secrets, "try_secret", lambda *_: None)
    yield calls


def fails(error: BaseException) -> Any:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


def ask(workspace: Workspace, **options: bool) -> rotation.Rotation:
    return rotation.ask(workspace, LOCAL_ADMIN, name_of(workspace), **options)


def state(workspace: Workspace) -> rotation.Rotation:
    return rotation.state(workspace, LOCAL_ADMIN, name_of(workspace))


def steps(workspace: Workspace) -> list[str]:
    return [step.state for step in state(workspace).steps]


def forget(workspace: Workspace) -> None:
    with workspace.database.write() as session:
        apps.forget_former_secrets(session)


def name_of(workspace: Workspace) -> str:
    return stored(workspace).name


def stored(workspace: Workspace) -> App:
    with workspace.database.read() as session:
        return session.exec(select(App)).one()


def test_each_step_is_shown_as_it_is_done(workspace: Workspace, fake_clock: FakeClock, asked: list[str]) -> None:
    assert state(workspace).can_ask and steps(workspace) == ["waiting"] * 5
    assert ask(workspace).is_open and not state(workspace).can_ask
    assert steps(workspace) == ["done", "now", "waiting", "waiting", "waiting"]
    take(workspace, FakeQueue(new_secret()))
    assert steps(workspace) == ["done", "done", "done", "done", "now"]
    assert not state(workspace).can_ask
    fake_clock.forward(8 * DAY)
    forget(workspace)
    assert steps(workspace) == ["done"] * 5 and state(workspace).can_ask


def test_asked_once_nobody_asks_again_before_the_secret_is_in_use(workspace: Workspace, asked: list[str]) -> None:
    ask(workspace)
    with pytest.raises(UsageError, match="has not arrived yet"):
        ask(workspace)
    assert len(asked) == 1
    take(workspace, FakeQueue(new_secret()))
    ask(workspace)
    assert len(asked) == 2


@pytest.mark.parametrize("death", [KeyboardInterrupt(), OutcomeUnknown("No answer.")], ids=["killed", "no answer"])
def test_an_unknown_outcome_counts_as_asked(
    workspace: Workspace, asked: list[str], death: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(rotation, "rotate_client_secret", fails(death))
        with pytest.raises(type(death)):
            ask(workspace)
    with pytest.raises(UsageError, match="would end the secret in use"):
        ask(workspace)
    assert asked == [] and "not known" in state(workspace).steps[0].words
    take(workspace, FakeQueue(new_secret()))
    assert stored(workspace).client_secret == "new" and not state(workspace).is_open


@pytest.mark.parametrize("refusal", [RemoteBusy("Later."), Unreachable("No route."), AuthorizationError("Denied.")])
def test_after_a_refusal_one_may_ask_again_but_not_for_what_was_asked_before(
    workspace: Workspace, asked: list[str], refusal: CrossdockError, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as refusing:
        refusing.setattr(rotation, "rotate_client_secret", fails(refusal))
        with pytest.raises(type(refusal)):
            ask(workspace)
    ask(workspace)
    with monkeypatch.context() as refusing:
        refusing.setattr(rotation, "rotate_client_secret", fails(refusal))
        with pytest.raises(type(refusal)):
            ask(workspace, again=True)
    with pytest.raises(UsageError):
        ask(workspace)
    assert len(asked) == 1


@pytest.mark.parametrize("step", ["_keep", "switch", "try_secret", "replace_secret", "record", "note_deleted"])
def test_a_crash_at_any_step_loses_no_secret(
    workspace: Workspace, asked: list[str], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    ask(workspace)
    queue = FakeQueue(new_secret())
    with monkeypatch.context() as dying:
        dying.setattr(secrets, step, fails(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            take(workspace, queue)
    is_gone = queue.messages == []
    assert is_gone == (step == "note_deleted")
    assert stored(workspace).client_secret == ("new" if is_gone else "secret")
    take(workspace, queue)
    app = stored(workspace)
    assert (app.client_secret, app.previous_secret, queue.messages) == ("new", "secret", [])
    assert not state(workspace).is_open and len(asked) == 1


def test_a_secret_outlives_its_message_while_amazon_cannot_be_asked(
    workspace: Workspace, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that gives a message up after some looks (a dead-letter queue) takes nothing with it."""
    with monkeypatch.context() as outage:
        outage.setattr(secrets, "try_secret", fails(Unreachable("Amazon cannot be reached.")))
        take(workspace, FakeQueue(new_secret()))
        secrets.try_waiting(workspace)
    assert stored(workspace).client_secret == "secret" and steps(workspace)[2] == "failed"
    with pytest.raises(UsageError, match="about to be tried"):
        ask(workspace, again=True)
    worker = Worker(workspace.settings)
    worker._try_secrets()
    worker._beside["secrets"].join()
    worker.workspace.close()
    assert (stored(workspace).client_secret, state(workspace).is_open) == ("new", False)


def test_a_forged_secret_makes_way_for_the_one_that_amazon_takes(
    workspace: Workspace, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as outage:
        outage.setattr(secrets, "try_secret", fails(Unreachable("Amazon cannot be reached.")))
        take(workspace, FakeQueue(new_secret("forged")))

    def choosy(workspace: Workspace, app: App, secret: str) -> None:
        if secret == "forged":
            raise AuthorizationError("Amazon does not take this client secret.")

    monkeypatch.setattr(secrets, "try_secret", choosy)
    take(workspace, FakeQueue(new_secret()))
    assert (stored(workspace).client_secret, stored(workspace).previous_secret) == ("new", "secret")


def test_a_forged_secret_that_comes_later_replaces_none_that_waits(
    workspace: Workspace, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "try_secret", fails(Unreachable("Amazon cannot be reached.")))
    take(workspace, FakeQueue(new_secret()))
    late = FakeQueue(new_secret("forged"))
    take(workspace, late)
    with workspace.database.read() as session:
        assert session.exec(select(SecretRotation)).one().secret == "new"
    assert len(late.messages) == 1


def test_a_forged_secret_that_amazon_refuses_keeps_nobody_from_rotating(
    workspace: Workspace, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as refusing:
        refusing.setattr(secrets, "try_secret", fails(AuthorizationError("Amazon does not take it.")))
        take(workspace, FakeQueue(new_secret("forged")))
        assert state(workspace).can_ask
        ask(workspace)
        take(workspace, FakeQueue(new_secret("forged")))
    assert state(workspace).fault == "Amazon does not take it."
    with pytest.raises(UsageError, match="has not arrived yet"):
        ask(workspace)
    take(workspace, FakeQueue(new_secret()))
    assert stored(workspace).client_secret == "new" and state(workspace).fault == ""


def test_one_entered_by_hand_ends_the_waiting(workspace: Workspace, asked: list[str]) -> None:
    ask(workspace)
    same = {"name": name_of(workspace), "client_secret": "secret"}
    apps.edit(workspace, LOCAL_ADMIN, same, verify=False)
    assert state(workspace).is_open
    apps.edit(workspace, LOCAL_ADMIN, same | {"client_secret": "new"}, verify=False)
    assert not state(workspace).is_open
    assert take(workspace, FakeQueue(new_secret()))["ignored"] == 1
    assert stored(workspace).previous_secret == "secret"


def test_the_former_secret_goes_when_amazon_takes_it_no_more(
    workspace: Workspace, fake_clock: FakeClock, asked: list[str]
) -> None:
    """As Amazon tells, where it does; otherwise a week after it was replaced."""
    ends = clock.now() + timedelta(days=3)
    body = new_secret()
    body["Payload"]["Inner"]["oldClientSecretExpiryTime"] = ends.isoformat()
    take(workspace, FakeQueue(body))
    for days, is_there in ((2, True), (2, False)):
        fake_clock.forward(days * DAY)
        forget(workspace)
        assert (stored(workspace).previous_secret is not None) == is_there
    by_hand = {"name": name_of(workspace), "client_secret": "newest"}
    apps.edit(workspace, LOCAL_ADMIN, by_hand, verify=False)
    for days, is_there in ((6, True), (2, False)):
        fake_clock.forward(days * DAY)
        forget(workspace)
        assert (stored(workspace).previous_secret is not None) == is_there


def test_a_secret_that_was_refused_too_often_is_taken_when_it_is_tried_again(
    workspace: Workspace, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as refusing:
        refusing.setattr(secrets, "try_secret", fails(AuthorizationError("Not yet.")))
        assert take(workspace, FakeQueue(new_secret(), taken=MOST_TRIES))["unreadable"] == 1
        (kept,) = list_messages(workspace, LOCAL_ADMIN)
        assert (kept.type, "Not yet." in kept.reason) == ("APPLICATION_OAUTH_CLIENT_NEW_SECRET", True)
        assert try_again(workspace, LOCAL_ADMIN, {kept.id}, {}, print) == 0
    assert try_again(workspace, LOCAL_ADMIN, {kept.id}, {}, print) == 1
    assert list_messages(workspace, LOCAL_ADMIN) == [] and stored(workspace).client_secret == "new"


def test_without_a_queue_it_is_entered_by_hand(workspace: Workspace, asked: list[str]) -> None:
    with workspace.database.write() as session:
        channel = session.exec(select(Channel)).one()
        channel.enabled = False
        session.add(channel)
    assert not state(workspace).can_ask and state(workspace).queue == ""
