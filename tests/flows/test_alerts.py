"""People elsewhere are told once of what needs them, by a command or by e-mail."""

from __future__ import annotations

import socketserver
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr
from sqlmodel import Session, select

from core import alerts, clock
from core.checks import Check
from core.errors import ConfigurationError, Unreachable
from core.model.account import App
from core.model.problem import Problem
from core.model.setting import GlobalSetting
from core.settings import Settings
from core.subjects import Owner, Subject
from core.sync.codes import Code, FixKind
from core.sync.decisions import Hold
from core.sync.problems import raise_problems, resolve_problems
from core.workspace import Workspace, opened
from tasks.worker import Worker

NEEDED = Hold(Code("sku_unknown", "Unknown SKU", FixKind.LINK), "No product carries it.", "Link it.")
PENDING = Hold(Code("pending", "Pending at Amazon", FixKind.WAIT), "It is pending.", "Nothing.")
OWNER = Owner.channel(1)


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    return tmp_path / "sent.txt"


@pytest.fixture
def workspace(home: Path, sent: Path) -> Iterator[Workspace]:
    script = sent.with_suffix(".py")
    script.write_text(f"import sys; open({str(sent)!r}, 'a').write(sys.stdin.read() + '=====')")
    with opened(Settings(home=home, alert_command=f"{sys.executable} {script}")) as it:
        yield it


def hold(session: Session, *orders: str, hold: Hold = NEEDED) -> None:
    owner = Owner.seller(1)  # of no channel, so that none has to be there
    raise_problems(session, owner, "orders", {Subject("order", one): [hold] for one in orders})


def told(workspace: Workspace, *broken: Check) -> bool:
    return alerts.tell(workspace, lambda: list(broken))


def later(workspace: Workspace, minutes: float) -> None:
    """Move the clock to so long after the beginning."""
    clock.install(f"{minutes * 60},1", workspace.settings.home)


def test_a_problem_is_told_once_and_again_when_it_is_back(workspace: Workspace, sent: Path) -> None:
    with workspace.database.write() as session:
        hold(session, "1", "2")
        hold(session, "3", hold=PENDING)
    assert told(workspace)
    text = sent.read_text()
    assert "2 things need you" in text and "2 × Unknown SKU" in text and "order 1: No product carries it." in text
    assert "pending" not in text.lower()
    later(workspace, 16)
    with workspace.database.write() as session:
        hold(session, "1", "2")  # planned again, with the same outcome
    assert not told(workspace)
    with workspace.database.write() as session:
        resolve_problems(session, Owner.seller(1), "orders", [Subject("order", "1")])
    later(workspace, 120)
    assert not told(workspace)
    with workspace.database.write() as session:
        hold(session, "1")
    assert told(workspace)
    assert sent.read_text().count("=====") == 2


def test_many_are_one_message_and_the_next_waits_its_time(workspace: Workspace, sent: Path) -> None:
    with workspace.database.write() as session:
        hold(session, *map(str, range(100)))
    assert told(workspace)
    assert "… and 80 more." in sent.read_text()
    with workspace.database.write() as session:
        hold(session, "new")
    assert not told(workspace)
    later(workspace, 16)
    assert told(workspace)
    assert "order new" in sent.read_text()


def test_the_installation_is_told_once_while_it_is_broken(workspace: Workspace, sent: Path) -> None:
    broken = Check("workers", False, "No worker is alive.", "Start one.")
    assert told(workspace, broken)
    later(workspace, 16)
    assert not told(workspace, broken)
    assert not told(workspace)
    assert told(workspace, broken)
    assert sent.read_text().count("Installation: workers: No worker is alive. Start one.") == 2


def test_only_the_chosen_kinds_are_told(workspace: Workspace, sent: Path) -> None:
    workspace.settings = workspace.settings.model_copy(update={"alert_codes": "pending, zero_price"})
    with workspace.database.write() as session:
        hold(session, "1")
        hold(session, "2", hold=PENDING)
    assert told(workspace)
    assert "order 2" in sent.read_text() and "order 1" not in sent.read_text()


@pytest.mark.parametrize("command", ["/nowhere/at/all", f"{sys.executable} -c 'raise SystemExit(3)'"])
def test_what_cannot_be_sent_is_tried_again(workspace: Workspace, command: str) -> None:
    workspace.settings = workspace.settings.model_copy(update={"alert_command": command})
    with workspace.database.write() as session:
        hold(session, "1")
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            told(workspace)
    with workspace.database.read() as session:
        assert session.exec(select(Problem)).one().told_at is None


class _Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as takes one message."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        is_data = False
        for line in self.rfile:
            if is_data:
                self.server.lines.append(line.decode())  # type: ignore[attr-defined]
                if line == b".\r\n":
                    is_data = False
                    self.wfile.write(b"250 taken\r\n")
            elif line.upper().startswith(b"DATA"):
                is_data = True
                self.wfile.write(b"354 go on\r\n")
            else:
                self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")


def test_an_e_mail_goes_to_the_mail_server(home: Path) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.lines = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        smtp = SecretStr(f"smtp://127.0.0.1:{server.server_address[1]}")
        settings = Settings(home=home, alert_email="ops@shop.example", alert_smtp=smtp)
        alerts.send(settings, alerts.Alert("Crossdock: 1 thing needs you", "order 1: müde\n"))
        server.shutdown()
    text = "".join(server.lines)  # type: ignore[attr-defined]
    assert "To: ops@shop.example" in text and "Subject: Crossdock: 1 thing needs you" in text


def test_a_mail_server_that_is_not_there_is_said_so_without_its_password(home: Path) -> None:
    settings = Settings(home=home, alert_email="a@b.example", alert_smtp=SecretStr("smtp://u:hidden@127.0.0.1:9"))
    with pytest.raises(Unreachable) as caught:
        alerts.send(settings, alerts.Alert("x", "y"))
    assert "hidden" not in str(caught.value) + repr(settings)


def test_P6_a_client_secret_that_ends_is_told_at_30_14_7_and_1_days(workspace: Workspace, sent: Path) -> None:
    ends = clock.now() + timedelta(days=40)
    with workspace.database.write() as session:
        session.add(App(name="ours", mode="public", client_id="c", client_secret="s", secret_expires_at=ends))
    rang = []
    for day in range(41):
        later(workspace, day * 1440 + 1)
        if told(workspace):
            rang.append(40 - day)
    assert rang == [30, 14, 7, 1]
    assert "client secret of app ours, 7 days" in sent.read_text()


def test_one_way_that_fails_does_not_let_the_other_tell_it_twice(workspace: Workspace, sent: Path) -> None:
    dead = {"alert_email": "a@b.example", "alert_smtp": SecretStr("smtp://127.0.0.1:9")}
    workspace.settings = workspace.settings.model_copy(update=dead)
    with workspace.database.write() as session:
        hold(session, "1")
    assert told(workspace)
    later(workspace, 16)
    assert not told(workspace)
    assert sent.read_text().count("=====") == 1


def test_a_clock_that_was_ahead_silences_nothing(workspace: Workspace, sent: Path) -> None:
    with workspace.database.write() as session:
        hold(session, "1")
        session.add(GlobalSetting(key="alerts.sent", value=clock.now().timestamp() + 86_400 * 365))
    assert told(workspace)


def test_what_a_command_prints_goes_nowhere_and_it_gets_utf8(home: Path, sent: Path) -> None:
    places = f"import os; open({str(sent)!r}, 'wb').write(os.readlink('/proc/self/fd/1').encode() + os.read(0, 999))"
    script = sent.with_suffix(".py")
    script.write_text(places)
    command = f"{sys.executable} {script}"
    alerts.send(Settings(home=home, alert_command=command), alerts.Alert("2 × things", "→ müde\n"))
    assert sent.read_bytes() == "/dev/null2 × things\n\n→ müde\n".encode()


def test_a_command_that_hangs_ends_with_all_that_it_has_started(
    home: Path, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "_PATIENCE", 1.0)
    hanging = f"sh -c 'sleep 600 & echo $! > {sent}; wait'"
    with pytest.raises(ConfigurationError, match="TimeoutExpired"):
        alerts.send(Settings(home=home, alert_command=hanging), alerts.Alert("x", "y"))
    child = Path("/proc", sent.read_text().strip(), "stat")
    for _ in range(100):  # until the system has taken it away
        if not child.exists() or ") Z " in child.read_text():
            return
        time.sleep(0.05)
    raise AssertionError("it goes on")


@pytest.mark.parametrize(
    "odd",
    [
        {"alert_from": "a@b.example\nBcc: everybody@c.example"},
        {"alert_smtp": SecretStr("smtp://127.0.0.1:99999")},
        {"alert_email": "a@b.example\r\nBcc: everybody@c.example"},
    ],
)
def test_settings_that_make_no_message_are_said_so(home: Path, odd: dict[str, Any]) -> None:
    told = {"alert_email": "a@b.example", "alert_smtp": SecretStr("smtp://127.0.0.1:9"), **odd}
    with pytest.raises(ConfigurationError):
        alerts.send(Settings(home=home).model_copy(update=told), alerts.Alert("x", "y"))


class _Server:
    """A mail server that offers no encryption, and keeps what it is asked."""

    asked: ClassVar[list[Any]] = []

    def __init__(self, *address: Any, context: ssl.SSLContext | None = None, **options: Any) -> None:
        self.asked.append(context)

    def ehlo(self) -> None: ...

    def close(self) -> None: ...

    def has_extn(self, name: str) -> bool:
        return False

    def login(self, *secret: str) -> None:
        raise AssertionError("the password was sent")


def test_a_password_goes_to_nobody_who_has_not_proved_a_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtplib.SMTP", _Server)
    monkeypatch.setattr("smtplib.SMTP_SSL", _Server)
    told = Settings(home=home, alert_email="a@b.example", alert_smtp=SecretStr("smtp://u:hidden@mail.example"))
    with pytest.raises(ConfigurationError, match="without encryption"):
        alerts.send(told, alerts.Alert("x", "y"))
    secure = told.model_copy(update={"alert_smtp": SecretStr("smtps://u:hidden@mail.example")})
    with pytest.raises(AssertionError):
        alerts.send(secure, alerts.Alert("x", "y"))
    assert _Server.asked[-1].verify_mode == ssl.CERT_REQUIRED and _Server.asked[-1].check_hostname


def test_a_slow_mail_server_does_not_keep_the_worker_from_its_duties(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, asked = threading.Event(), []

    def slow(*_: object) -> bool:
        asked.append(answered.wait(30))
        return True

    monkeypatch.setattr(alerts, "tell", slow)
    worker = Worker(Settings(home=home, alert_command="true"))
    try:
        worker._tell()
        worker._tell()
        assert asked == []
        answered.set()
        worker._beside["alerts"].join(30)
        assert asked == [True]
    finally:
        worker.workspace.close()
