"""Between the form of a channel and the documents of core."""

from __future__ import annotations

from typing import Any

from core.channels.documents import ChannelSettings
from core.channels.views import ChannelView
from tui.forms.fields import Entered, Value, flat, nested, timestamp
from tui.screens.channels.connection import JOINED
from tui.screens.channels.fields import carrier_lines, carriers_of

_TIMESTAMPS = ("settings.orders_from", "settings.orders_to")
_SECRETS = ("notifications.aws_access_key", "notifications.aws_secret_key")
_MAY_BE_NULL = ("notifications.delivery",)


def fresh_values(*, app_mode: str, store: str | None, company_id: int | None) -> dict[str, Value]:
    """What the form of a new channel begins with."""
    begun: dict[str, Value] = {"app_mode": app_mode, "api_mode": "live", "app_status": "active"}
    return begun | {"store": store, "company_id": company_id} | _settings({})


def present_values(channel: ChannelView) -> dict[str, Value]:
    """What the form of a channel that is there begins with; of secrets only whether they are set."""
    begun: dict[str, Value] = {
        "store": channel.store,
        "company_id": channel.company_id,
        "app_status": channel.app_status,
        "client_secret": channel.client_secret,
        "refresh_token": channel.refresh_token if channel.authorized_at else False,
    }
    notifications = flat({"notifications": channel.notifications})
    masked = {name: bool(notifications.get(name)) for name in _SECRETS}
    return begun | _settings(channel.settings) | notifications | masked


def new_document(entered: Entered) -> dict[str, Any]:
    """What `channel add` takes. A channel that joins a seller names no app mode of its own."""
    values = dict(entered.values)
    document = Entered(_carriers(values)).document()
    if document.get("app_mode") == JOINED:
        del document["app_mode"]
    return document


def changes_document(read: ChannelView, entered: Entered) -> dict[str, Any]:
    """What `channel edit` takes: what changed, and the revision it was changed from."""
    changes = {
        name: "" if value is None and name.startswith("notifications.") and name not in _MAY_BE_NULL else value
        for name, value in entered.changes.items()
    }
    before: dict[str, Any] = read.settings.get("carriers") or {}
    document = nested(_carriers(changes, before))
    return {"name": read.name, "revision": read.revision} | document


def _settings(told: dict[str, Any]) -> dict[str, Value]:
    settings = ChannelSettings().model_dump(mode="json") | told
    values: dict[str, Any] = flat({"settings": settings})
    values["settings.order_statuses"] = tuple(settings.get("order_statuses") or ())
    values["settings.carriers"] = carrier_lines(settings.get("carriers") or {})
    return values | {name: timestamp(values.get(name)) for name in _TIMESTAMPS}


def _carriers(values: dict[str, Value], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """The lines of the carriers as the map that core takes; those that were there `before` and are gone become None."""
    lines = values.get("settings.carriers")
    if not isinstance(lines, tuple):
        return dict(values)
    carriers = carriers_of([str(line) for line in lines])
    return values | {"settings.carriers": dict.fromkeys(before or {}) | carriers}
