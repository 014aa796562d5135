"""What goes when a channel, an app, a store or an operator is deleted, and that it asks before."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlmodel import select

from core.actor import LOCAL_ADMIN
from core.channels import removal
from core.model.account import App, SellerAccount
from core.model.cursor import Cursor
from core.model.job import Job
from core.model.order import AmazonOrder, AmazonOrderItem
from core.settings import load
from core.workspace import Workspace, opened
from sandbox.sandbox import Sandbox
from tests.flows.line import Line


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    with Sandbox(orders=6, other_orders=0, products=10) as sandbox:
        line = Line(sandbox, monkeypatch)
        line.connect()
        yield line


def count(workspace: Workspace, model: type) -> int:
    with workspace.database.read() as session:
        return len(session.exec(select(model)).all())


LEFT = (App, SellerAccount, AmazonOrder, AmazonOrderItem, Cursor, Job)


def test_with_the_last_channel_of_a_seller_goes_everything_of_them(line: Line) -> None:
    line.json("orders", "import", "--channel", "de", "--direct", "--plan-only")
    second = {"name": "fr", "seller_of": "de", "store": "demo", "company_id": 1, "country": "FR"}
    line.json("channel", "add", "--from", "-", document=second)
    with opened(load()) as workspace:
        orders = count(workspace, AmazonOrder)
        assert orders and count(workspace, AmazonOrderItem) and count(workspace, Cursor)
        told = removal.preview(workspace, LOCAL_ADMIN, "de")
        assert (told.orders, told.jobs, told.account, told.app) == (orders, 1, "", "")
        assert "other channels use it" in " ".join(told.sentences())
        line.json("channel", "delete", "de", "--yes")
        assert [count(workspace, model) for model in LEFT] == [1, 1, 0, 0, 0, 0]
        gone = line.json("channel", "delete", "fr", "--yes")["gone"]
        assert gone["account"].startswith("seller A1") and gone["app"].startswith("app private")
        assert [count(workspace, model) for model in LEFT] == [0] * len(LEFT)
    line.json("store", "delete", "demo", "--yes")


def test_an_app_goes_when_no_channel_uses_it(line: Line) -> None:
    line.json("app", "add", "--from", "-", document=line.documents["app"])
    line.json("settings", "set", "public_app", "public")
    line.json("channel", "add", "--from", "-", document=line.documents["public_channel"])
    used = line.json("app", "delete", "public", "--yes", code=2)["error"]
    assert "de-public" in used["message"] and "channel delete" in used["fix"]
    line.json("channel", "delete", "de-public", "--yes")
    assert line.run("app", "delete", "public").exit_code == 2
    assert line.json("app", "delete", "public", "--yes") == {"deleted": "public"}
    assert [app["mode"] for app in line.json("app", "list")["apps"]] == ["private"]
    assert line.json("settings", "show")["settings"]["public_app"] is None
    assert line.run("app", "delete", "public", "--yes").exit_code == 2


@pytest.mark.parametrize("words", ["channel delete de", "store delete demo", "operator delete bob", "app delete ours"])
def test_without_a_terminal_nothing_is_deleted_unless_told(line: Line, words: str) -> None:
    line.json("app", "add", "--from", "-", document=line.documents["app"] | {"name": "ours"})
    line.json("operator", "add", "bob", "--role", "vendor", "--store", "demo", "--company", "1", "--no-password")
    error = line.json(*words.split(), code=2)["error"]
    assert "--yes" in error["fix"]
    names = [one["name"] for group in ("channel", "store", "operator", "app") for one in _listed(line, group)]
    assert {"de", "demo", "bob", "ours"} <= set(names)


def _listed(line: Line, group: str) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = line.json(group, "list")[f"{group}s"]
    return listed


@pytest.mark.parametrize(("answer", "code"), [("y", 1), ("", 1), ("de", 0)])
def test_at_a_terminal_it_says_what_goes_and_asks_for_the_name(line: Line, answer: str, code: int) -> None:
    master, slave = pty.openpty()
    os.write(master, f"{answer}\n".encode())
    command = [sys.executable, "-m", "tui.cli", "channel", "delete", "de"]
    done = subprocess.run(command, stdin=slave, capture_output=True, text=True, timeout=60, check=False)
    os.close(master)
    os.close(slave)
    assert done.returncode == code, done.stderr
    assert "client id and secret, and the refresh token, go too" in done.stderr
    assert "Orders in the store stay." in done.stderr and "Delete channel de? Type de to go on:" in done.stderr
    assert len(line.json("channel", "list")["channels"]) == code
