"""Who is there: passwords, locks and tokens."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from core.actor import LOCAL_ADMIN
from core.errors import RightsError, UsageError
from core.model.operator import Operator
from core.people import operators, passwords
from core.people.audit import list_entries
from core.people.login import Locked, PasswordToChange, acting, change_password, login
from core.settings import Settings
from core.workspace import Workspace, opened
from tests.unit.builders import FakeClock, connect_channel, in_threads

PASSWORD = "correct horse"
OTHER = "battery staple"


@pytest.fixture(autouse=True)
def _alice(workspace: Workspace, quick_hashes: None) -> None:
    operators.add(workspace, LOCAL_ADMIN, "alice", role="admin", password=PASSWORD)


def fail(workspace: Workspace, name: str = "alice", times: int = 1) -> str:
    """Give a wrong password; returns what was answered last."""
    answer = ""
    for _ in range(times):
        with pytest.raises(RightsError) as caught:
            login(workspace, name, "not the one")
        answer = str(caught.value)
    return answer


def actions(workspace: Workspace) -> list[tuple[str, str]]:
    return [(entry.action, entry.subject) for entry in list_entries(workspace.database, LOCAL_ADMIN)]


def with_environment(workspace: Workspace, operator: str = "", token: str | None = None) -> Settings:
    return Settings(home=workspace.settings.home, operator=operator, token=token)


# -- passwords ------------------------------------------------------------------------------------------------------


def test_the_right_password_lets_in_and_is_audited(workspace: Workspace) -> None:
    actor = login(workspace, " Alice ", PASSWORD)
    assert (actor.name, actor.is_admin) == ("alice", True)
    assert actions(workspace)[0] == ("login", "operator alice")
    assert operators.show(workspace, LOCAL_ADMIN, "alice").last_login_at is not None


def test_a_vendor_logs_in_with_their_company_only(workspace: Workspace) -> None:
    connect_channel(workspace.database)
    operators.add(workspace, LOCAL_ADMIN, "vera", role="vendor", store="main", company_id=7, password=PASSWORD)
    with pytest.raises(PasswordToChange):
        login(workspace, "vera", PASSWORD)
    actor = change_password(workspace, "vera", PASSWORD, OTHER)
    assert (actor.is_admin, actor.store_id, actor.company_id) == (False, 1, 7)
    assert login(workspace, "vera", OTHER) == actor


def test_hashes_are_argon2id_with_the_parameters_of_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    stored = passwords.hash_password(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.is_password(PASSWORD, stored)
    assert not passwords.is_password(OTHER, stored)
    assert stored != passwords.hash_password(PASSWORD)


def test_the_same_letters_typed_in_two_ways_are_the_same_password() -> None:
    assert passwords.is_password("Mu\u0308nchen 1972", passwords.hash_password("München 1972"))


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "alice", "tab\tin the middle"])
def test_bad_passwords_are_refused_without_repeating_them(workspace: Workspace, password: str) -> None:
    with pytest.raises(UsageError) as caught:
        operators.set_password(workspace, LOCAL_ADMIN, "alice", password)
    assert not password or password not in str(caught.value)
    assert login(workspace, "alice", PASSWORD)


def test_the_name_is_no_password(workspace: Workspace) -> None:
    operators.add(workspace, LOCAL_ADMIN, "maximilian", role="admin")
    for password in ("maximilian", "MAXIMILIAN", "nailimixam"):
        with pytest.raises(UsageError, match="must not be the name"):
            operators.set_password(workspace, LOCAL_ADMIN, "maximilian", password)


def test_changing_needs_the_old_password_and_another_new_one(workspace: Workspace) -> None:
    with pytest.raises(RightsError):
        change_password(workspace, "alice", "not the one", OTHER)
    with pytest.raises(UsageError, match="old password"):
        change_password(workspace, "alice", PASSWORD, PASSWORD)
    change_password(workspace, "alice", PASSWORD, OTHER)
    fail_with_old = pytest.raises(RightsError)
    with fail_with_old:
        login(workspace, "alice", PASSWORD)
    assert login(workspace, "alice", OTHER)


def test_a_password_by_an_admin_has_to_be_changed(workspace: Workspace) -> None:
    operators.set_password(workspace, LOCAL_ADMIN, "alice", OTHER)
    assert operators.show(workspace, LOCAL_ADMIN, "alice").must_change_password
    with pytest.raises(PasswordToChange):
        login(workspace, "alice", OTHER)


# -- locks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_five_wrong_ones_lock_for_growing_times(workspace: Workspace, fake_clock: FakeClock, name: str) -> None:
    assert "Name or password is wrong." in fail(workspace, name, 5)
    for minutes in (1, 5, 15, 60, 60):
        assert "Too many wrong passwords" in fail(workspace, name, 3)
        with pytest.raises(Locked) as caught:
            login(workspace, name, PASSWORD)
        assert caught.value.until == fake_clock.now() + timedelta(minutes=minutes)
        fake_clock.forward(60 * minutes)
        assert "Name or password is wrong." in fail(workspace, name)


def test_the_lock_ends_and_a_login_forgets_the_failures(workspace: Workspace, fake_clock: FakeClock) -> None:
    fail(workspace, times=5)
    fake_clock.forward(61)
    assert login(workspace, "alice", PASSWORD)
    fail(workspace, times=4)
    assert login(workspace, "alice", PASSWORD)


def test_a_lock_that_a_clock_far_ahead_has_set_is_none(workspace: Workspace, fake_clock: FakeClock) -> None:
    fake_clock.forward(1e8)
    fail(workspace, times=5)
    fake_clock.forward(-1e8)
    assert login(workspace, "alice", PASSWORD)


def test_known_unknown_and_disabled_names_are_answered_alike(workspace: Workspace, fake_clock: FakeClock) -> None:
    operators.add(workspace, LOCAL_ADMIN, "bob", role="admin", password=PASSWORD)
    operators.add(workspace, LOCAL_ADMIN, "carl", role="admin")
    operators.set_enabled(workspace, LOCAL_ADMIN, "bob", False)
    answers = [[fail(workspace, name) for _ in range(7)] for name in ("alice", "nobody", "carl", "")]
    with pytest.raises(RightsError) as caught:
        login(workspace, "bob", PASSWORD)  # the right one
    assert len({tuple(answer) for answer in answers}) == 1
    assert str(caught.value) == answers[0][0]


def test_unknown_names_cost_as_much_as_known_ones(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    verify = passwords.Argon2id.verify_phc_encoded

    def counting(password: bytes, stored: str) -> None:
        checked.append(stored.rsplit("$", 2)[0])
        verify(password, stored)

    monkeypatch.setattr(passwords, "Argon2id", type("Counting", (), {"verify_phc_encoded": staticmethod(counting)}))
    fail(workspace, "alice")
    fail(workspace, "nobody")
    assert len(checked) == 2
    assert checked[0] == checked[1]


def test_failures_and_locks_are_audited_without_what_was_typed(workspace: Workspace) -> None:
    fail(workspace, "alice", 6)
    fail(workspace, "my secret password")
    found = actions(workspace)
    assert found[:6] == [
        ("login.failed", "operator (unknown)"),
        ("login.locked", "operator alice"),
        *[("login.failed", "operator alice")] * 4,
    ]
    assert list_entries(workspace.database, LOCAL_ADMIN)[1].detail == {"failures": 5, "locked_seconds": 60}
    assert "my secret password" not in str(list_entries(workspace.database, LOCAL_ADMIN))


def test_many_attempts_at_once_are_not_free(workspace: Workspace) -> None:
    answers: list[str] = []
    attempt = lambda: answers.append(fail(workspace))  # noqa: E731
    with in_threads(*[attempt] * 12):
        pass
    assert sum("Name or password" in answer for answer in answers) == 5


def test_an_admin_ends_a_lock(workspace: Workspace) -> None:
    fail(workspace, times=5)
    operators.set_enabled(workspace, LOCAL_ADMIN, "alice", True)
    assert login(workspace, "alice", PASSWORD)


# -- headless -------------------------------------------------------------------------------------------------------


def test_without_anything_the_local_admin_acts(workspace: Workspace) -> None:
    assert acting(workspace) is LOCAL_ADMIN


@pytest.mark.parametrize("operator", ["alice", "Alice", ""])
def test_a_token_lets_its_operator_act(workspace: Workspace, operator: str) -> None:
    token = operators.issue_token(workspace, LOCAL_ADMIN, "alice")
    assert token.startswith("cdk_")
    with opened(with_environment(workspace, operator, token)) as other:
        assert acting(other).operator_id == 1


def test_tokens_are_stored_hashed_and_replaced(workspace: Workspace, home: Path) -> None:
    first = operators.issue_token(workspace, LOCAL_ADMIN, "alice")
    second = operators.issue_token(workspace, LOCAL_ADMIN, "alice")
    with workspace.database.read() as session:
        stored = session.exec(select(Operator.token_hash)).one()
    assert stored is not None
    assert len(stored) == 64
    assert second not in stored
    with opened(with_environment(workspace, "alice", first)) as other, pytest.raises(RightsError):
        acting(other)


@pytest.mark.parametrize("case", ["none", "wrong", "of another", "revoked", "disabled", "locked", "unknown", "deleted"])
def test_who_may_not_act_is_refused(workspace: Workspace, case: str) -> None:
    operators.add(workspace, LOCAL_ADMIN, "bob", role="admin")
    token: str | None = operators.issue_token(workspace, LOCAL_ADMIN, "bob")
    name = "bob"
    if case == "none":
        token = None
    elif case == "wrong":
        token = f"{token}x"
    elif case == "of another":
        token = operators.issue_token(workspace, LOCAL_ADMIN, "alice")
    elif case == "revoked":
        operators.revoke_token(workspace, LOCAL_ADMIN, "bob")
    elif case == "disabled":
        operators.set_enabled(workspace, LOCAL_ADMIN, "bob", False)
    elif case == "locked":
        fail(workspace, "bob", 5)
    elif case == "deleted":
        operators.remove(workspace, LOCAL_ADMIN, "bob")
    else:
        name = "eve"
    with opened(with_environment(workspace, name, token)) as other, pytest.raises(RightsError) as caught:
        acting(other)
    assert caught.value.exit_code == 3
    assert not token or token not in str(caught.value)
