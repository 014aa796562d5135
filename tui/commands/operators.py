"""`crossdock operator …`

Passwords come from a prompt without echo or from standard input, never from the command line, where every user of
the machine could read them.
"""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from core.errors import UsageError
from core.people import login, operators
from tui.commands.common import Json, OperatorName, Yes, agree, command, fields, group, session, show, tell
from tui.commands.table import table

app = group("operator", "Operators: add, list, passwd, token, disable, enable, delete.")

Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read it from standard input, one line per password.")]


@command(app, "add", "operator add alice --role admin", "operator add vera --store main --company 7")
def add(
    name: str,
    role: Annotated[str, typer.Option(metavar="admin|vendor", help="What the operator may do.")] = "vendor",
    store: Annotated[str | None, typer.Option(metavar="NAME", help="The store of a vendor.")] = None,
    company: Annotated[int | None, typer.Option(metavar="ID", help="The company of a vendor in the store.")] = None,
    password_stdin: Stdin = False,
    no_password: Annotated[bool, typer.Option("--no-password", help="Only a token will let them act.")] = False,
    as_json: Json = False,
) -> None:
    """Add an operator; the password has to be changed at the first login."""
    with session() as (workspace, actor):
        password = None if no_password else _new_password(password_stdin)
        view = operators.add(workspace, actor, name, role=role, store=store, company_id=company, password=password)
    show(view, fields(view), as_json=as_json)


@command(app, "list")
def list_all(as_json: Json = False) -> None:
    """All operators."""
    with session() as (workspace, actor):
        views = operators.list_operators(workspace, actor)
    rows = [(v.name, v.role, v.store or "", v.company_id or "", _state(v)) for v in views]
    empty = ["There are no operators yet; you act as the local admin. Add one with: crossdock operator add NAME"]
    lines = table(rows, ("name", "role", "store", "company", "state")) if rows else empty
    show({"operators": views}, lines, as_json=as_json)


@command(app, "passwd")
def passwd(name: OperatorName, password_stdin: Stdin = False, as_json: Json = False) -> None:
    """Change your own password (the old one first), or give somebody else a new one."""
    with session() as (workspace, actor):
        if actor.operator_id is not None and actor.name == login.normalized(name):
            old = _line() if password_stdin else _hidden("Old password: ")
            login.change_password(workspace, name, old, _new_password(password_stdin))
        else:
            operators.show(workspace, actor, name)  # before anybody types a password
            operators.set_password(workspace, actor, name, _new_password(password_stdin))
    show({"operator": name, "changed": True}, [f"The password of {name} is changed."], as_json=as_json)


@command(app, "token", "operator token vera", "operator token vera --revoke")
def token(
    name: OperatorName,
    revoke: Annotated[bool, typer.Option("--revoke", help="Make the token void instead.")] = False,
    as_json: Json = False,
) -> None:
    """Issue a token for headless use, shown this once; the one before is void."""
    with session() as (workspace, actor):
        if revoke:
            operators.revoke_token(workspace, actor, name)
            show({"operator": name, "revoked": True}, [f"The token of {name} is void."], as_json=as_json)
            return
        issued = operators.issue_token(workspace, actor, name)
    tell("Keep it safe: it is shown this once.")
    show({"operator": name, "token": issued}, [issued], as_json=as_json)


@command(app, "disable")
def disable(name: OperatorName, as_json: Json = False) -> None:
    """Keep an operator out: neither password nor token works any more."""
    _set_enabled(name, False, as_json)


@command(app, "enable")
def enable(name: OperatorName, as_json: Json = False) -> None:
    """Let a disabled or locked operator in again."""
    _set_enabled(name, True, as_json)


@command(app, "delete", "operator delete NAME", "operator delete NAME --yes")
def delete(name: OperatorName, yes: Yes = False, as_json: Json = False) -> None:
    """Delete an account; what it did stays in the audit."""
    with session() as (workspace, actor):
        view = operators.show(workspace, actor, name)
        told = [f"Operator {view.name} ({view.role}) goes with password and token. What they did stays in the audit."]
        agree(told, f"Delete operator {view.name}?", yes=yes)
        operators.remove(workspace, actor, name)
    show({"deleted": name}, [f"Operator {name} is deleted."], as_json=as_json)


def _set_enabled(name: str, enabled: bool, as_json: bool) -> None:
    with session() as (workspace, actor):
        view = operators.set_enabled(workspace, actor, name, enabled)
    show(view, fields(view), as_json=as_json)


def _state(view: operators.OperatorView) -> str:
    if view.disabled:
        return "disabled"
    if view.locked_until:
        return f"locked until {view.locked_until.isoformat(timespec='seconds')}"
    ways = ["password"] * view.has_password + ["token"] * view.has_token
    return ", ".join(ways) or "cannot log in: neither password nor token"


def _new_password(from_stdin: bool) -> str:
    if from_stdin:
        return _line()
    password = _hidden("New password: ")
    if _hidden("Repeat password: ") != password:
        raise UsageError("The two are not the same.", next_step="Try again.")
    return password


def _line() -> str:
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        raise UsageError("Standard input is not UTF-8.") from None
    if not line:
        raise UsageError("Standard input holds no password.")
    return line.rstrip("\r\n")


def _hidden(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask at.", next_step="Use --password-stdin.")
    try:
        return getpass.getpass(prompt, stream=sys.stderr)
    except EOFError:
        raise UsageError("No password was given.") from None
