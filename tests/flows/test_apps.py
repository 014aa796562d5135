"""Amazon applications from the command line: added, changed, shown without their secret, rotated."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core import clock
from core.actor import LOCAL_ADMIN
from core.errors import RemoteBusy, UsageError
from core.notifications import rotation
from core.settings import load
from core.workspace import opened
from sandbox.sandbox import Sandbox
from tests.flows.line import Line


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    with Sandbox(orders=5, other_orders=0, products=10) as sandbox:
        yield Line(sandbox, monkeypatch)


def test_an_app_is_added_changed_and_shown_without_its_secret(line: Line) -> None:
    app = line.documents["app"]
    added = line.json("app", "add", "--from", "-", document=app)
    assert {key: added[key] for key in app} == app | {"client_secret": "set"}
    assert (added["revision"], added["channels"], added["warnings"]) == (1, 0, [])
    changed = line.json("app", "edit", "--from", "-", document={"name": app["name"], "draft_app": True, "revision": 1})
    assert (changed["draft_app"], changed["revision"]) == (True, 2)
    assert line.json("app", "list")["apps"] == [changed] == [line.json("app", "show", app["name"])]
    for words in (("app", "list"), ("app", "show", app["name"])):
        assert app["client_secret"] not in line.run(*words).output
    stale = line.run("app", "edit", "--from", "-", document={"name": app["name"], "region": "na", "revision": 1})
    assert stale.exit_code == 2 and "admin has changed draft_app meanwhile" in stale.stderr


def test_a_secret_that_amazon_refuses_is_not_kept(line: Line) -> None:
    app = line.documents["app"]
    wrong = app | {"client_secret": "amzn1.oa2-cs.v1.0000"}
    done = line.run("app", "add", "--from", "-", document=wrong)
    assert done.exit_code == 3 and "client secret" in done.stderr
    assert line.json("app", "list") == {"apps": []}
    assert line.json("app", "add", "--from", "-", "--no-verify", document=wrong)["client_secret"] == "set"
    edited = line.run("app", "edit", "--from", "-", document={"name": app["name"], "client_secret": "another"})
    assert edited.exit_code == 3
    fixed = line.json("app", "edit", "--from", "-", document={key: app[key] for key in ("name", "client_secret")})
    assert fixed["previous_secret_kept"] and fixed["revision"] == 2


def test_an_odd_secret_is_a_note_and_no_error(line: Line) -> None:
    done = line.run("app", "add", "--from", "-", "--no-verify", document=line.documents["app"] | {"client_secret": "x"})
    assert done.exit_code == 0 and "Note: The client secret has not the form" in done.stderr


def test_one_application_is_one_app_and_stays_itself(line: Line) -> None:
    app = line.documents["app"]
    line.json("store", "add", "--from", "-", document=line.documents["store"])
    line.json("app", "add", "--from", "-", document=app)
    again = line.json("app", "add", "--from", "-", document=app | {"name": "other"}, code=2)
    assert list(again["error"]["fields"]) == ["client_id"]
    line.json("channel", "add", "--from", "-", document=line.documents["public_channel"])
    moved = {"name": app["name"], "api_mode": "sandbox", "client_id": line.documents["draft_app"]["client_id"]}
    refused = line.json("app", "edit", "--from", "-", "--no-verify", document=moved, code=2)
    assert set(refused["error"]["fields"]) == {"api_mode", "client_id"}
    assert line.json("app", "show", app["name"])["channels"] == 1


def test_rotation_explains_what_happens_and_what_is_missing(line: Line) -> None:
    line.json("app", "add", "--from", "-", document=line.documents["app"])
    unenrolled = line.run("app", "rotate", "public")
    assert unenrolled.exit_code == 3 and "Application Client New Secret" in unenrolled.stderr
    line.sandbox.set_application("public", {"enrolled": True})
    with opened(load()) as workspace:
        clock.install("61,1", workspace.settings.home)
        line.sandbox.clock.advance(61)
        assert "seven days" in rotation.ask(workspace, LOCAL_ADMIN, "public").message
        with pytest.raises(UsageError, match="has not arrived yet"):
            rotation.ask(workspace, LOCAL_ADMIN, "public")
        with pytest.raises(RemoteBusy, match="used up until"):
            rotation.ask(workspace, LOCAL_ADMIN, "public", again=True)
        assert rotation.state(workspace, LOCAL_ADMIN, "public").is_open
    new = line.sandbox.credentials()["app"]["client_secret"]
    assert new != line.documents["app"]["client_secret"]
    line.json("app", "edit", "--from", "-", document={"name": "public", "client_secret": new})
    standing = line.json("app", "rotate", "public", "--state")
    assert standing["message"] == "The new secret is in use."
    line.json("app", "add", "--from", "-", document=line.documents["sandbox_app"])
    done = line.run("app", "rotate", line.documents["sandbox_app"]["name"])
    assert done.exit_code == 3 and "live apps only" in done.stderr
    assert line.run("app", "rotate", "nobody").exit_code == 2


def test_global_settings_are_checked_against_what_exists(line: Line) -> None:
    days = {"personal_data.shipped_days": 30, "personal_data.open_days": 90, "retention.log_days": 90}
    days |= {"retention.history_days": 365, "retention.audit_days": 730, "retention.order_days": 1095}
    empty = {"app_mode": "private", "public_app": None, "payments.cod": None, "payments.prepaid": None} | days
    assert line.json("settings", "show")["settings"] == empty
    none_yet = line.json("settings", "set", "payments.cod", "6", code=2)
    assert "store add" in none_yet["error"]["fix"]
    line.json("store", "add", "--from", "-", document=line.documents["store"])
    line.json("app", "add", "--from", "-", document=line.documents["app"])
    line.json("settings", "set", "payments.cod", "6")
    line.json("settings", "set", "public_app", line.documents["app"]["name"])
    line.json("settings", "set", "app_mode", "public")
    filled = line.json("settings", "set", "payments.prepaid", "2")["settings"]
    assert filled == {"app_mode": "public", "public_app": "public", "payments.cod": 6, "payments.prepaid": 2} | days
    assert line.json("settings", "set", "payments.cod", "")["settings"]["payments.cod"] is None
    for key, value in (
        ("app_mode", "hybrid"), ("public_app", "x"), ("payments.prepaid", "9999"), ("colour", "red"),
        ("personal_data.shipped_days", "31"), ("personal_data.shipped_days", "0"), ("personal_data.open_days", "x"),
        ("retention.audit_days", "364"),
    ):  # fmt: skip
        assert line.json("settings", "set", key, value, code=2)["error"]["fields"] or key == "colour"
    # A channel that tells neither app mode nor app is one of the usual app.
    channel = line.documents["public_channel"]
    bare = {key: channel[key] for key in ("name", "store", "company_id", "country")}
    added = line.json("channel", "add", "--from", "-", document=bare)
    assert (added["app_mode"], added["app"], added["state"]) == ("public", "public", "needs_authorization")
