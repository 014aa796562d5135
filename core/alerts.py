"""Tells people elsewhere what needs them: by e-mail, or by a command that gets the words on its standard input.

Each problem is told once while it is open, many of them in one message, and what is not in order with the installation
the same way. Who is told and how is configured on the machine (`config.toml`), never in the database: a command runs
with the worker's rights. A message holds no personal data and no secret.
"""

from __future__ import annotations

import logging
import os
import shlex
import signal
import smtplib
import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from sqlmodel import Session, col, select, update

from core import clock, countdowns
from core.checks import Check
from core.errors import ConfigurationError, CrossdockError, Unreachable
from core.flows import code_of
from core.model.account import App, SellerAccount
from core.model.channel import Channel
from core.model.problem import Problem
from core.model.setting import GlobalSetting
from core.plain_text import clean
from core.redaction import redact
from core.settings import Settings, is_loopback
from core.sync.codes import FixKind
from core.workspace import Workspace

log = logging.getLogger(__name__)

_TOLD, _SENT = "alerts.told", "alerts.sent"
_FORGOTTEN = timedelta(hours=1)
"""A problem that is back later than this after it was resolved is told again."""
_SHOWN = 20
_PATIENCE = 60
"""Seconds for the command, and for each answer of the mail server."""


@dataclass(frozen=True)
class Alert:
    """One message."""

    subject: str
    text: str


def wanted(settings: Settings) -> bool:
    """Whether anybody is to be told."""
    return bool(settings.alert_command or settings.alert_email)


def tell(workspace: Workspace, look: Callable[[], Sequence[Check]]) -> bool:
    """Send one message with what is new, unless the last one went out within the interval; whether one was sent.

    `look` tells how the installation stands. What could not be sent counts as not told: it is tried again. Raises
    ConfigurationError or Unreachable.
    """
    settings = workspace.settings
    now = clock.now()
    with workspace.database.read() as session:
        last = session.get(GlobalSetting, _SENT)
        since = now.timestamp() - float(last.value or 0) if last is not None else now.timestamp()
        if 0 <= since < settings.alert_minutes * 60:  # below 0: by a clock that was ahead
            return False
        problems = _new(session, settings.alert_codes)
        told = session.get(GlobalSetting, _TOLD)
        broken = {check.name: check for check in [*look(), *_expiring(session)] if not check.ok}
    known = set(told.value or ()) if told is not None else set()
    news = [check for name, check in broken.items() if name not in known]
    alert = _alert(problems, news) if problems or news else None
    if alert is not None:
        send(settings, alert)
    with workspace.database.write() as session:
        _note(session, [problem.id for problem, _ in problems], sorted(broken), now.timestamp() if alert else None)
    return alert is not None


def send(settings: Settings, alert: Alert) -> None:
    """Send a message by all that is configured; raises ConfigurationError or Unreachable when nothing takes it."""
    ways: list[Callable[[], None]] = []
    if settings.alert_command:
        ways.append(lambda: _run(settings.alert_command, alert))
    if settings.alert_email:
        ways.append(lambda: _mail(settings, alert))
    faults: list[CrossdockError] = []
    for way in ways:
        try:
            way()
        except CrossdockError as error:
            faults.append(error)
    if faults and len(faults) == len(ways):
        raise faults[0]
    for fault in faults:  # not sent again: the other way would tell it twice
        log.warning("%s", fault)


def _expiring(session: Session) -> list[Check]:
    """What ends soon, once for each alarm."""
    ends = [
        (f"client secret of app {app.name}", countdowns.secret(app.secret_set_at, app.secret_expires_at))
        for app in session.exec(select(App).order_by(App.name))
    ]
    query = select(SellerAccount, App).join(App, col(App.id) == SellerAccount.app_id).order_by(col(SellerAccount.id))
    for account, app in session.exec(query):
        if account.seller_id and (left := countdowns.authorization(app.mode, account.authorized_at)):
            ends.append((f"authorization by seller {account.seller_id} of app {app.name}", left))
    return [
        Check(f"{what}, {days} days", False, f"It ends on {left.ends_at:%F}, within {days} days.", "Renew it in time.")
        for what, left in ends
        if (days := countdowns.alarm(left)) is not None
    ]


def _new(session: Session, codes: str) -> list[tuple[Problem, str]]:
    """Open problems of the chosen kinds that nobody was told of, each with the name of its channel."""
    chosen = {code.strip() for code in codes.split(",") if code.strip()}
    query = (
        select(Problem, Channel.name)
        .outerjoin(Channel, col(Channel.id) == Problem.channel_id)
        .where(col(Problem.resolved_at).is_(None), col(Problem.told_at).is_(None))
        .order_by(col(Problem.id))
    )
    rows = session.exec(query.where(col(Problem.code).in_(chosen)) if chosen else query).all()
    needed = [row for row in rows if chosen or code_of(row[0].code).kind is not FixKind.WAIT]
    return [(problem, name or "") for problem, name in needed]


def _note(session: Session, told: Sequence[int | None], broken: list[str], sent: float | None) -> None:
    now = clock.now()
    for start in range(0, len(told), 500):
        keys = told[start : start + 500]
        session.exec(update(Problem).where(col(Problem.id).in_(keys)).values(told_at=now))
    session.exec(
        update(Problem)
        .where(col(Problem.told_at).is_not(None), col(Problem.resolved_at) < now - _FORGOTTEN)
        .values(told_at=None)
    )
    session.merge(GlobalSetting(key=_TOLD, value=broken))
    if sent is not None:
        session.merge(GlobalSetting(key=_SENT, value=sent))


def _alert(problems: Sequence[tuple[Problem, str]], broken: Sequence[Check]) -> Alert:
    counts = Counter((name, code_of(problem.code).title) for problem, name in problems)
    lines = [f"Installation: {check.name}: {check.message} {check.fix}".rstrip() for check in broken]
    lines += [
        f"{count} × {words}{f' in channel {name}' if name else ''}" for (name, words), count in counts.most_common()
    ]
    lines += ["", *[f"{p.subject}: {p.message} {p.fix}".rstrip() for p, _ in problems[:_SHOWN]]]
    if len(problems) > _SHOWN:
        lines.append(f"… and {len(problems) - _SHOWN} more.")
    lines += ["", "See: crossdock problems list"]
    number = len(problems) + len(broken)
    subject = f"Crossdock on {socket.gethostname()}: {number} {'thing needs' if number == 1 else 'things need'} you"
    return Alert(clean(subject), "\n".join(redact(clean(line)) for line in lines).strip() + "\n")


def _run(command: str, alert: Alert) -> None:
    try:
        with subprocess.Popen(
            shlex.split(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # however much it prints
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            # It may be anybody's program: key, token and mail password are none of its business.
            env={name: value for name, value in os.environ.items() if not name.startswith("CROSSDOCK_")},
        ) as done:
            try:
                done.communicate(f"{alert.subject}\n\n{alert.text}".encode(), timeout=_PATIENCE)
            finally:
                if done.poll() is None:
                    os.killpg(done.pid, signal.SIGKILL)  # with all that it has started
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise _unusable(f"The command cannot be run ({reason}).") from None
    if done.returncode:
        raise _unusable(f"The command ended with {done.returncode}.")


def _mail(settings: Settings, alert: Alert) -> None:
    url = settings.alert_smtp.get_secret_value() if settings.alert_smtp else "smtp://localhost:25"
    try:
        message = EmailMessage()
        message["Subject"], message["To"] = alert.subject, settings.alert_email
        message["From"] = settings.alert_from or settings.alert_email.split(",")[0]
        message.set_content(alert.text)
        with _connected(url) as smtp:
            smtp.send_message(message)
    except (smtplib.SMTPException, ValueError) as error:
        if isinstance(error, ssl.SSLError):
            raise _unusable("The mail server's certificate is not one to be trusted.") from None
        raise _unusable(f"The mail server does not take the message ({type(error).__name__}).") from None
    except OSError as error:
        raise Unreachable(
            f"The mail server cannot be reached ({error.strerror or type(error).__name__}).",
            subject="alerts",
            next_step="Check alert_smtp in config.toml.",
        ) from None


def _connected(url: str) -> smtplib.SMTP:
    """A connection to the mail server; a password goes only to one that proves its name, or is this machine."""
    server = urlsplit(url)
    address, is_here = (server.hostname or "localhost", server.port or 0), is_loopback(url)
    trusted = None if is_here else ssl.create_default_context()  # None: whatever certificate it has
    if server.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(*address, timeout=_PATIENCE, context=trusted)
    else:
        smtp = smtplib.SMTP(*address, timeout=_PATIENCE)
    try:
        smtp.ehlo()
        needs_proof = bool(server.username) and not is_here
        if server.scheme == "smtp" and smtp.has_extn("starttls"):
            smtp.starttls(context=trusted if needs_proof else None)
        elif server.scheme == "smtp" and needs_proof:
            raise _unusable("The mail server wants the password without encryption.")
        if server.username:
            smtp.login(unquote(server.username), unquote(server.password or ""))
    except BaseException:
        smtp.close()
        raise
    return smtp


def _unusable(what: str) -> CrossdockError:
    return ConfigurationError(what, subject="alerts", next_step="Check alert_command and alert_smtp in config.toml.")
