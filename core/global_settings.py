"""Settings of the whole installation: what channels fall back on.

app_mode            `private` or `public`: of channels whose document does not tell
public_app          the public app of channels that name none
payments.cod        store payment for cash on delivery, where a channel names none
payments.prepaid    store payment for prepaid orders, where neither the channel nor `store prepare` names one
personal_data.*     how many days personal data of orders is kept, see `core.orders.kept`
retention.*         how many days all else is kept, see `core.retention`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from core.actor import Actor
from core.database import Database
from core.days import Days
from core.documents import refusal, shown_as
from core.errors import UsageError
from core.model.account import MODE_PRIVATE, MODE_PUBLIC, App
from core.model.setting import GlobalSetting
from core.model.store import StoreLookup
from core.orders.kept import OPEN, SHIPPED
from core.people.audit import record
from core.people.rights import require_admin
from core.retention import AUDIT, HISTORY, LOGS, ORDERS_KEPT
from core.retention import SETTINGS as RETENTION
from core.workspace import Workspace

_DAYS = {days.key: days for days in (SHIPPED, OPEN, *RETENTION)}
KEYS = ("app_mode", "public_app", "payments.cod", "payments.prepaid", *_DAYS)
_SOURCE = "global settings"


@dataclass(frozen=True)
class GlobalView:
    """The global settings as they stand, shown by the keys that `settings set` takes; None where nothing is set.

    Days are those that hold.
    """

    app_mode: str
    public_app: str | None
    payment_cod: int | None = field(metadata=shown_as("payments.cod"))
    payment_prepaid: int | None = field(metadata=shown_as("payments.prepaid"))
    shipped_days: int = field(metadata=shown_as(SHIPPED.key))
    open_days: int = field(metadata=shown_as(OPEN.key))
    log_days: int = field(metadata=shown_as(LOGS.key))
    history_days: int = field(metadata=shown_as(HISTORY.key))
    audit_days: int = field(metadata=shown_as(AUDIT.key))
    order_days: int = field(metadata=shown_as(ORDERS_KEPT.key))


def show(workspace: Workspace, actor: Actor) -> GlobalView:
    """All global settings."""
    require_admin(workspace.database, actor, "see global settings")
    with workspace.database.read() as session:
        values = {key: _value(session, key) for key in KEYS}
    return GlobalView(
        app_mode=values["app_mode"] or MODE_PRIVATE,
        public_app=values["public_app"],
        payment_cod=values["payments.cod"],
        payment_prepaid=values["payments.prepaid"],
        **{key.partition(".")[2]: values[key] or days.default for key, days in _DAYS.items()},
    )


def change(workspace: Workspace, actor: Actor, changes: Mapping[str, object]) -> GlobalView:
    """Set several at once, or none of them; an empty value takes a setting back. Raises UsageError by key."""
    require_admin(workspace.database, actor, "change global settings")
    with workspace.database.write() as session:
        for key, value in changes.items():
            setting = session.get(GlobalSetting, key) or GlobalSetting(key=key)
            setting.value = None if value in (None, "") else _checked(session, key, str(value).strip())
            session.add(setting)
        record(session, actor, "settings.set", "global settings", changed=sorted(changes))
    return show(workspace, actor)


def app_mode(database: Database) -> str:
    """The app mode of channels whose document does not tell."""
    with database.read() as session:
        return _value(session, "app_mode") or MODE_PRIVATE


def payment_cod(database: Database) -> int | None:
    """The store payment for cash on delivery of channels that name none."""
    with database.read() as session:
        number = _value(session, "payments.cod")
    return int(number) if number else None


def _value(session: Session, key: str) -> Any:
    setting = session.get(GlobalSetting, key)
    return setting.value if setting else None


def _checked(session: Session, key: str, value: str) -> str | int:
    if key == "app_mode":
        if value not in (MODE_PRIVATE, MODE_PUBLIC):
            raise refusal({key: f"{value!r} is not one of private, public"}, _SOURCE, "Choose one of them.")
        return value
    if key == "public_app":
        apps = session.exec(select(App.name).where(col(App.mode) == MODE_PUBLIC).order_by(App.name)).all()
        if value not in apps:
            known = f"Public apps: {', '.join(apps)}." if apps else "Add one with: crossdock app add --from FILE"
            raise refusal({key: f"there is no public app {value!r}"}, _SOURCE, known)
        return value
    if key in ("payments.cod", "payments.prepaid"):
        return _payment(session, key, value)
    if key in _DAYS:
        return _days(_DAYS[key], value)
    raise UsageError(f"{key}: unknown setting.", subject=_SOURCE, next_step=f"Settings: {', '.join(KEYS)}.")


def _payment(session: Session, key: str, value: str) -> int:
    payments = session.exec(
        select(StoreLookup)
        .where(col(StoreLookup.kind) == "payment", col(StoreLookup.active))
        .order_by(col(StoreLookup.store_id), col(StoreLookup.id))
    ).all()
    if value not in {payment.key for payment in payments}:
        known = ", ".join(f"{payment.key} {payment.name}" for payment in payments)
        raise refusal(
            {key: f"no store has an active payment {value!r}"},
            _SOURCE,
            f"Payments: {known}." if known else "Connect a store first: crossdock store add --from FILE",
        )
    return int(value)


def _days(days: Days, value: str) -> int:
    number = int(value) if value.isascii() and value.isdecimal() else 0
    if not days.least <= number <= days.most:
        why = f"{value!r} is no number of days from {days.least} to {days.most}"
        raise refusal({days.key: why}, _SOURCE, "docs/settings.md says why these are the bounds.")
    return number
