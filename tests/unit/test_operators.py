"""Administration of operators, and what the audit shows to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.actor import LOCAL_ADMIN, Actor
from core.documents import as_json
from core.errors import ConfigurationError, CrossdockError, RightsError, UsageError
from core.model.operator import Operator
from core.people import operators
from core.people.audit import list_entries, record
from core.people.login import actor_of
from core.workspace import Workspace
from tests.unit.builders import FR, add_job, connect_channel

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def vera(workspace: Workspace) -> Actor:
    """A vendor of company 1, whose channel is `de`."""
    connect_channel(workspace.database)
    operators.add(workspace, LOCAL_ADMIN, "vera", role="vendor", store="main", company_id=1)
    with workspace.database.read() as session:
        return actor_of(session.get_one(Operator, 1))


def names(workspace: Workspace, actor: Actor = LOCAL_ADMIN) -> list[str]:
    return [view.name for view in operators.list_operators(workspace, actor)]


def test_the_first_admin_chose_the_password_and_others_have_to_change_theirs(workspace: Workspace) -> None:
    assert not operators.has_admin(workspace.database)
    first = operators.add(workspace, LOCAL_ADMIN, "Alice", role="admin", password="correct horse")
    second = operators.add(workspace, LOCAL_ADMIN, "bob", role="admin", password="battery staple")
    assert (first.name, first.must_change_password, second.must_change_password) == ("alice", False, True)
    assert operators.has_admin(workspace.database)
    document = as_json(second)
    assert document["created_at"] == second.created_at.isoformat()
    assert not {"password_hash", "token_hash"} & document.keys()


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"name": ""}, "A name has"),
        ({"name": "-rf"}, "A name has"),
        ({"name": "a b"}, "A name has"),
        ({"name": "[red]"}, "A name has"),
        ({"name": "x" * 41}, "A name has"),
        ({"name": "system", "role": "admin"}, "the program's own"),
        ({"name": "admin"}, "the program's own"),
        ({"role": "root"}, "role"),
        ({"store": None}, "one company of one store"),
        ({"company_id": None}, "one company of one store"),
        ({"company_id": 0}, "number of a vendor"),
        ({"store": "other"}, "no such store"),
        ({"role": "admin"}, "bound to none"),
        ({"password": "short"}, "at least 10"),
    ],
)
def test_wrong_accounts_are_refused_and_nothing_is_saved(
    workspace: Workspace, options: dict[str, object], wrong: str
) -> None:
    connect_channel(workspace.database)
    account: dict[str, object] = {"name": "vera", "role": "vendor", "store": "main", "company_id": 7} | options
    with pytest.raises(UsageError, match=wrong):
        operators.add(workspace, LOCAL_ADMIN, **account)  # type: ignore[arg-type]
    assert names(workspace) == []


def test_a_name_is_given_once(workspace: Workspace) -> None:
    operators.add(workspace, LOCAL_ADMIN, "alice", role="admin")
    with pytest.raises(UsageError, match="of this name"):
        operators.add(workspace, LOCAL_ADMIN, "ALICE", role="admin")


def test_the_last_enabled_admin_stays(workspace: Workspace) -> None:
    operators.add(workspace, LOCAL_ADMIN, "alice", role="admin")
    operators.add(workspace, LOCAL_ADMIN, "bob", role="admin")
    assert operators.set_enabled(workspace, LOCAL_ADMIN, "bob", False).disabled
    with pytest.raises(ConfigurationError, match="last enabled admin"):
        operators.set_enabled(workspace, LOCAL_ADMIN, "alice", False)
    with pytest.raises(ConfigurationError, match="last enabled admin"):
        operators.remove(workspace, LOCAL_ADMIN, "alice")
    operators.remove(workspace, LOCAL_ADMIN, "bob")
    operators.add(workspace, LOCAL_ADMIN, "carl", role="admin")
    operators.remove(workspace, LOCAL_ADMIN, "alice")
    assert names(workspace) == ["carl"]


def test_a_vendor_administers_nobody_and_each_attempt_is_audited(workspace: Workspace, vera: Actor) -> None:
    operators.add(workspace, LOCAL_ADMIN, "alice", role="admin")
    attempts = [
        lambda: operators.add(workspace, vera, "eve", role="admin"),
        lambda: operators.set_password(workspace, vera, "alice", "correct horse"),
        lambda: operators.issue_token(workspace, vera, "alice"),
        lambda: operators.revoke_token(workspace, vera, "alice"),
        lambda: operators.set_enabled(workspace, vera, "alice", False),
        lambda: operators.remove(workspace, vera, "alice"),
    ]
    for attempt in attempts:
        with pytest.raises(RightsError, match="vera may not"):
            attempt()
    with pytest.raises(UsageError, match="no such operator"):
        operators.show(workspace, vera, "alice")
    assert names(workspace, vera) == ["vera"]
    entries = list_entries(workspace.database, LOCAL_ADMIN, operator="vera")
    assert [entry.action for entry in entries] == ["refused"] * 7
    assert entries[0].subject == "operator alice"


def test_unknown_operators_are_told(workspace: Workspace) -> None:
    for attempt in (operators.show, operators.issue_token, operators.revoke_token, operators.remove):
        with pytest.raises(CrossdockError, match="no such operator"):
            attempt(workspace, LOCAL_ADMIN, "nobody")
    assert list_entries(workspace.database, LOCAL_ADMIN) == []


def test_the_audit_can_be_narrowed(workspace: Workspace) -> None:
    operators.add(workspace, LOCAL_ADMIN, "alice", role="admin")
    operators.issue_token(workspace, LOCAL_ADMIN, "alice")
    database = workspace.database
    assert [entry.action for entry in list_entries(database, LOCAL_ADMIN)] == ["operator.token", "operator.add"]
    assert [entry.action for entry in list_entries(database, LOCAL_ADMIN, limit=1)] == ["operator.token"]
    assert list_entries(database, LOCAL_ADMIN, operator="bob") == []
    assert len(list_entries(database, LOCAL_ADMIN, subject="operator alice")) == 2
    assert list_entries(database, LOCAL_ADMIN, since=clock.now() + timedelta(seconds=1)) == []


def test_a_vendor_sees_what_happened_to_their_own(workspace: Workspace, vera: Actor) -> None:
    database = workspace.database
    other = connect_channel(database, name="fr", marketplace_id=FR, company_id=2)
    job = add_job(database, other)
    with database.write() as session:
        record(session, LOCAL_ADMIN, "channel.edit", "channel de")
        record(session, LOCAL_ADMIN, "channel.edit", "channel fr")
        record(session, LOCAL_ADMIN, "order.hold", "order 1", channel="de")
        record(session, LOCAL_ADMIN, "order.hold", "order 2", channel="fr")
        record(session, LOCAL_ADMIN, "job.cancel", f"job {job}")
        record(session, vera, "refused", "channel de", attempt="see")
    seen = [(entry.action, entry.subject) for entry in list_entries(database, vera)]
    assert seen == [("order.hold", "order 1"), ("channel.edit", "channel de"), ("operator.add", "operator vera")]


def test_a_channel_name_that_changed_hands_hides_its_past(workspace: Workspace, vera: Actor) -> None:
    database = workspace.database
    with database.write() as session:
        record(session, LOCAL_ADMIN, "channel.delete", "channel new")
    connect_channel(database, name="new", marketplace_id=FR, connected_at=clock.now() + timedelta(seconds=1))
    assert all(entry.subject != "channel new" for entry in list_entries(database, vera))
