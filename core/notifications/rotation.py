"""Use cases around the rotation of an app's client secret: asking Amazon for a new one, and how far it has come.

Asking twice is what may not happen: Amazon takes the two newest secrets only, so a second one that is made before the
first has arrived ends the secret in use at once. The wish is therefore written down before Amazon is asked, and stands
until the new secret is in use, however the call ended. Source: SP-API "Rotating your application client credentials".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session, col, delete, select, update

from core import apps, clock
from core.actor import Actor
from core.amazon.applications import rotate_client_secret
from core.amazon.transport import Account
from core.countdowns import SECRET_GRACE
from core.errors import ConfigurationError, CrossdockError, OutcomeUnknown, RemoteBusy, UsageError
from core.keyring import usable
from core.model.account import App, SecretRotation, SellerAccount
from core.model.base import stored_id
from core.notifications.actions import Received, take_here
from core.notifications.queues import Listening, queues
from core.notifications.secrets import rotation_of, switch
from core.people.audit import record
from core.people.rights import require_admin
from core.quota import at_once
from core.sync.hearing import Hears
from core.workspace import Workspace

_BY_HAND = "Make a new secret in the Developer Console, and enter it with: crossdock app edit"
IN_USE = "Tried and in use"

StepState = Literal["done", "now", "waiting", "failed"]


@dataclass(frozen=True)
class Step:
    """One step of a rotation; `words` say how it stands."""

    name: str
    state: StepState
    words: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Rotation:
    """How the rotation of an app's client secret stands, or the last one if none is under way."""

    app: str
    queue: str
    """The queue by which a new secret can come; empty where it has to be entered by hand."""
    is_open: bool
    """Whether a new secret was asked for, or has arrived, and is not in use yet."""
    steps: tuple[Step, ...]

    @property
    def fault(self) -> str:
        """Why a new secret that has come is not in use."""
        return next((step.words for step in self.steps if step.state == "failed"), "")

    @property
    def message(self) -> str:
        """What happens next, or what to do."""
        if self.fault:
            return f"{self.fault} It is tried again by itself; what stays refused: crossdock notifications status"
        if self.is_open and self.queue:
            return (
                "The new secret comes by the queue that is registered in the Developer Console (Notification "
                "Preferences, Application Client New Secret); a worker takes it by itself. The one of today works for "
                "another seven days."
            )
        if self.is_open:
            return (
                "No channel names a queue that it could come by. Read it in the Developer Console and, within seven "
                "days, while the old one still works, enter it with: crossdock app edit"
            )
        return "The new secret is in use." if self.was_done else "No new secret was asked for."

    @property
    def was_done(self) -> bool:
        """Whether a new secret was put to use."""
        return any(step.name == IN_USE and step.state == "done" for step in self.steps)

    @property
    def can_ask(self) -> bool:
        """Whether a new secret could come, and the last rotation is over, its old secret included."""
        return bool(self.queue) and not self.is_open and self.steps[-1].state != "now"


def state(workspace: Workspace, actor: Actor, name: str) -> Rotation:
    """How the rotation of an app stands; asks nobody."""
    app = _app(workspace, actor, name)
    with workspace.database.read() as session:
        listening, found = _listening(session, app), rotation_of(session, stored_id(app.id))
    is_open = found is not None and found.is_open
    return Rotation(app.name, listening.access.address if listening else "", is_open, tuple(_steps(app, found)))


def ask(workspace: Workspace, actor: Actor, name: str, *, again: bool = False) -> Rotation:
    """Ask Amazon for a new client secret, which comes by the queue that is registered in the Developer Console.

    Raises UsageError while one that was asked for has not arrived, unless `again`; ConfigurationError for an app of the
    sandbox or one that is not enrolled; OutcomeUnknown where Amazon's answer was lost: then it is waited for.
    """
    app = _app(workspace, actor, name)
    if app.api_mode != "live":
        raise ConfigurationError(
            "Amazon rotates the secrets of live apps only.", subject=f"app {name}", next_step=_BY_HAND
        )
    usable(f"app {name}", _BY_HAND, app.client_secret)
    with workspace.database.read() as session:
        region = app.region or session.exec(_regions(app)).first() or "na"
    client = workspace.amazon_for(Account(region, app.api_mode, "", apps.credentials(app)))
    with workspace.database.write() as session:
        session.exec(select(App.id).where(col(App.id) == app.id).with_for_update()).one()
        former = rotation_of(session, stored_id(app.id))
        is_again = former is not None and former.is_open
        if former is not None and is_again and (former.secret is not None or not again):
            raise _under_way(name, former)
        if former is not None and not is_again:
            session.delete(former)
            session.flush()
        if not is_again:
            session.add(SecretRotation(app_id=stored_id(app.id), asked_at=clock.now(), asked_by=actor.name))
        record(session, actor, "app.rotate", f"app {name}")
    try:
        with at_once():
            rotate_client_secret(client, subject=f"app {name}")
    except OutcomeUnknown as error:
        error.next_step = "If a new secret was made it comes by itself. See: crossdock app rotate --state"
        raise
    except CrossdockError as error:  # nothing was made; whether that is so of the time before is still not known
        if isinstance(error, RemoteBusy):
            error.next_step = "Ask again then."
        if not is_again:
            with workspace.database.write() as session:
                session.exec(delete(SecretRotation).where(col(SecretRotation.app_id) == app.id))
        raise
    with workspace.database.write() as session:
        session.exec(update(SecretRotation).where(col(SecretRotation.app_id) == app.id).values(is_confirmed=True))
    return state(workspace, actor, name)


def look(workspace: Workspace, actor: Actor, name: str, hears: Mapping[str, Hears], *, seconds: int) -> Received | None:
    """Take a step here and now: try a secret that has arrived, else look into the queue; None while a worker does."""
    app = _app(workspace, actor, name)
    with workspace.database.read() as session:
        listening, found = _listening(session, app), rotation_of(session, stored_id(app.id))
    if found is not None and found.secret is not None:
        switch(workspace, stored_id(app.id))
    return take_here(workspace, listening, hears, seconds=seconds) if listening else None


def _app(workspace: Workspace, actor: Actor, name: str) -> App:
    require_admin(workspace.database, actor, "rotate client secrets")
    return apps.get(workspace, actor, name)


def _listening(session: Session, app: App) -> Listening | None:
    """The queue that a new secret can come by, one of the app's own sellers first; none for an app of the sandbox."""
    if app.api_mode != "live":
        return None
    own = set(session.exec(select(SellerAccount.id).where(col(SellerAccount.app_id) == app.id)).all())
    return min(queues(session), key=lambda one: not own & one.accounts, default=None)


def _regions(app: App) -> Any:
    return select(SellerAccount.region).where(col(SellerAccount.app_id) == app.id).order_by(col(SellerAccount.id))


def _under_way(name: str, rotation: SecretRotation) -> UsageError:
    if rotation.secret is not None:
        what = "A new secret has arrived and is about to be tried."
        return UsageError(what, subject=f"app {name}", next_step="See: crossdock app rotate --state")
    return UsageError(
        f"A new secret was asked for at {rotation.asked_at:%F %H:%M} UTC and has not arrived yet.",
        subject=f"app {name}",
        next_step="Another one would end the secret in use at once. Wait for it, or read it in the Developer Console "
        "and enter it with: crossdock app edit. Only if the console shows none that is newer: --again",
    )


def _steps(app: App, rotation: SecretRotation | None) -> Iterator[Step]:
    if rotation is None:
        names = ("Asked for", "Arrived and stored", IN_USE, "Message deleted")
        yield from (Step(name, "waiting") for name in names)
    else:
        is_over, has_come = not rotation.is_open, rotation.arrived_at is not None
        fault = rotation.fault
        yield Step("Asked for", "done", _asked(rotation), rotation.asked_at)
        yield Step("Arrived and stored", "done" if has_come or is_over else "now", at=rotation.arrived_at)
        tried: StepState = "failed" if fault else _state(is_over, has_come)
        yield Step(IN_USE, tried, fault, rotation.switched_at)
        is_gone = rotation.deleted_at is not None
        yield Step("Message deleted", _state(is_gone or (is_over and not has_come), is_over), at=rotation.deleted_at)
    yield _former(app, rotation is not None and not rotation.is_open)


def _asked(rotation: SecretRotation) -> str:
    if rotation.asked_at is None:
        return "somewhere else"
    is_sure = rotation.is_confirmed or rotation.arrived_at is not None or not rotation.is_open
    return f"by {rotation.asked_by}{'' if is_sure else '; whether Amazon has made one is not known'}"


def _former(app: App, is_over: bool) -> Step:
    name = "Old secret forgotten"
    if app.previous_secret is None:
        return Step(name, _state(is_over, False))
    ends = app.previous_ends_at or app.secret_set_at + SECRET_GRACE
    return Step(name, _state(False, is_over), f"it serves beside the new one until {ends:%F %H:%M} UTC")


def _state(is_done: bool, is_next: bool) -> StepState:
    return "done" if is_done else "now" if is_next else "waiting"
