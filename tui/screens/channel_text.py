"""What is said of a channel in lists and details."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from textual.content import Content

from core import countdowns
from core.channels.views import ChannelView
from core.model.account import ACCOUNT_OK, MODE_PUBLIC
from tui.screens.section import fact
from tui.widgets import moments
from tui.widgets.text_pane import Line


def state_of(channel: ChannelView) -> Content:
    """Its state in words."""
    if channel.state != ACCOUNT_OK:
        words = "needs authorization" if channel.authorized_at else "waits for its seller"
        return Content.styled(words, "$text-error bold")
    if not channel.enabled:
        return Content.styled("disabled", "$text-muted")
    return Content("draft: sends nothing") if channel.app_status == "draft" else Content("enabled")


def channel_facts(channel: ChannelView) -> Sequence[Line]:
    """How it stands and what is set, the most pressing first."""
    return list(_facts(channel))


def _facts(channel: ChannelView) -> Iterator[Line]:
    if channel.state != ACCOUNT_OK:
        way = "press o" if channel.app_mode == MODE_PUBLIC else "press e and enter its new refresh token"
        yield fact("To do", f"{channel.state_reason} {way[:1].upper()}{way[1:]}.", style="$text-error")
    yield fact("Seller", f"{channel.seller_id or 'not known yet'}, region {channel.region}, {channel.api_mode}")
    yield fact("App", channel.app if channel.app_mode == MODE_PUBLIC else f"private, {channel.client_id}")
    if channel.authorized_at is not None:
        yield fact("Authorized", _authorized(channel))
    company = f", company {channel.company_id}" if channel.company_id else ""
    yield fact("Store", f"{channel.store}{company}")
    yield fact("Orders", _orders(channel.settings))
    yield fact("Sync", _sync(channel.settings))
    yield fact("By itself", _schedule(channel.settings))


def _authorized(channel: ChannelView) -> str:
    assert channel.authorized_at is not None
    left = countdowns.authorization(channel.app_mode, channel.authorized_at)
    until = f", to be renewed in {left.days} days" if left else ""
    return f"{moments.full(channel.authorized_at)}{until}"


def _orders(settings: dict[str, Any]) -> str:
    if not settings.get("pull_orders", True):
        return "not pulled"
    who = {"merchant": "those you ship", "amazon": "those Amazon ships"}.get(settings.get("fulfilment", ""), "all")
    return f"{who}: {', '.join(settings.get('order_statuses') or ())}"


def _sync(settings: dict[str, Any]) -> str:
    parts = [
        "by the worker" if settings.get("use_queue", True) else "by this program, without the queue",
        *(["shipments to Amazon"] if settings.get("push_shipments") else []),
        *(["products"] if settings.get("sync_products") else []),
    ]
    return ", ".join(parts)


def _schedule(settings: dict[str, Any]) -> str:
    minutes = settings.get("auto_pull_orders_minutes")
    return f"orders every {minutes} min" if minutes else "nothing"
