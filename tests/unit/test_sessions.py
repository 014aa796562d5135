"""When a session is over: it sees and does nothing more, whoever comes to its account, its name or its key later."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import select

from core import doctor, stores
from core.actor import LOCAL_ADMIN, Actor
from core.errors import RightsError, UsageError
from core.model.operator import Operator
from core.people import operators, rights
from core.people.login import acting, change_password, login
from core.settings import Settings
from core.workspace import Workspace, opened
from tests.unit import test_rights
from tests.unit.test_rights import Shop

PASSWORD = "correct horse"
OTHER = "battery staple"

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def it(workspace: Workspace) -> Shop:
    """Two companies in one store; alice (admin) and vera (vendor) have passwords that they chose."""
    shop = Shop(workspace)
    operators.add(workspace, LOCAL_ADMIN, "zoe", role="admin")  # the last key
    for name in ("alice", "vera"):
        operators.set_password(workspace, LOCAL_ADMIN, name, OTHER)
        change_password(workspace, name, OTHER, PASSWORD)
    return shop


def session_of(it: Shop, name: str) -> Actor:
    return login(it.workspace, name, PASSWORD)


def with_token(it: Shop, name: str) -> Actor:
    token = operators.issue_token(it.workspace, LOCAL_ADMIN, name)
    with opened(Settings(home=it.workspace.settings.home, token=token)) as other:
        return acting(other)


def is_alive(it: Shop, actor: Actor) -> bool:
    """By the narrowest right that an admin and the vendor of company 1 both have."""
    try:
        rights.require_company(it.database, actor, 1, 1, "look")
    except RightsError:
        return False
    return True


def delete(it: Shop, name: str) -> None:
    operators.remove(it.workspace, LOCAL_ADMIN, name)


def delete_and_add_another(it: Shop, name: str) -> None:
    delete(it, name)
    operators.add(it.workspace, LOCAL_ADMIN, "eve", role="admin")


def delete_and_add_again(it: Shop, name: str) -> None:
    with it.database.read() as session:
        key = session.exec(select(Operator.id).where(Operator.name == name)).one()
    delete(it, name)
    vendor = {"role": "vendor", "store": "main", "company_id": 1}
    operators.add(it.workspace, LOCAL_ADMIN, name, **(vendor if name == "vera" else {"role": "admin"}))
    with it.database.write() as session:  # as after a restoration: even the key may be the same
        session.connection().exec_driver_sql(f"UPDATE operator SET id = {key} WHERE name = '{name}'")


def disable(it: Shop, name: str) -> None:
    operators.set_enabled(it.workspace, LOCAL_ADMIN, name, False)


def disable_and_enable(it: Shop, name: str) -> None:
    disable(it, name)
    operators.set_enabled(it.workspace, LOCAL_ADMIN, name, True)


def give_a_password(it: Shop, name: str) -> None:
    operators.set_password(it.workspace, LOCAL_ADMIN, name, OTHER)


def change_it_elsewhere(it: Shop, name: str) -> None:
    change_password(it.workspace, name, PASSWORD, OTHER)


def revoke(it: Shop, name: str) -> None:
    operators.revoke_token(it.workspace, LOCAL_ADMIN, name)


def issue(it: Shop, name: str) -> None:
    operators.issue_token(it.workspace, LOCAL_ADMIN, name)


Ending = Callable[[Shop, str], None]

ENDS_ALL: list[Ending] = [
    delete,
    delete_and_add_another,
    delete_and_add_again,
    disable,
    disable_and_enable,
    give_a_password,
    change_it_elsewhere,
]


@pytest.mark.parametrize("name", ["alice", "vera"])
@pytest.mark.parametrize("end", ENDS_ALL)
def test_what_ends_an_account_ends_its_sessions_for_good(it: Shop, name: str, end: Ending) -> None:
    sessions = [session_of(it, name), with_token(it, name)]
    assert all(is_alive(it, actor) for actor in sessions)
    end(it, name)
    assert not any(is_alive(it, actor) for actor in sessions)


@pytest.mark.parametrize("end", [revoke, issue])
def test_the_end_of_a_token_ends_what_was_begun_with_it_and_nothing_else(it: Shop, end: Ending) -> None:
    by_password, by_token = session_of(it, "alice"), with_token(it, "alice")
    end(it, "alice")
    assert (is_alive(it, by_password), is_alive(it, by_token)) == (True, False)


def test_whoever_changes_the_password_stays_and_others_are_not_disturbed(it: Shop) -> None:
    others = session_of(it, "vera")
    stays = change_password(it.workspace, "alice", PASSWORD, OTHER)
    operators.set_enabled(it.workspace, LOCAL_ADMIN, "alice", True)  # ends a lock, no session
    assert is_alive(it, stays)
    assert is_alive(it, others)


def test_a_key_that_was_deleted_is_not_given_again(it: Shop) -> None:
    keys = []
    for name in ("bob", "carl"):
        operators.add(it.workspace, LOCAL_ADMIN, name, role="admin")
        with it.database.read() as session:
            keys.append(session.exec(select(Operator.id).where(Operator.name == name)).one())
        operators.remove(it.workspace, LOCAL_ADMIN, name)
    assert len(set(keys)) == 2


@pytest.mark.parametrize("name", ["alice", "vera"])
def test_a_session_that_is_over_meets_closed_doors_everywhere(it: Shop, name: str) -> None:
    dead = session_of(it, name)
    disable_and_enable(it, name)
    for case in test_rights.REFUSED:
        if case[0] is doctor.examine:  # it is a command of its own, whose session begins and ends with it
            continue
        with pytest.raises((RightsError, UsageError)):
            case[1](it, dead)
            pytest.fail(test_rights.named(case))
    for case in test_rights.NAMED + test_rights.EMPTY:
        assert not case[1](it, dead), test_rights.named(case)
    assert operators.list_operators(it.workspace, dead) == []
    assert stores.list_stores(it.workspace, dead) == []


def test_what_a_session_is_bound_to_is_never_shown(it: Shop) -> None:
    actor = with_token(it, "alice")
    assert actor.epoch
    assert actor.token_hash
    assert actor.epoch not in repr(actor)
    assert actor.token_hash not in repr(actor)
