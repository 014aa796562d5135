"""What is said of a channel in lists and details."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from textual.content import Content

from core import countdowns
from core.channels.views import ChannelView
from core.flows import STREAMS
from core.model.account import ACCOUNT_NEEDS_SECRET, ACCOUNT_OK, MODE_PUBLIC
from core.schedules import stream_named
from core.words import every
from tui.frame.section import fact
from tui.screens.channels.fields import in_words
from tui.widgets import timestamps
from tui.widgets.text_pane import Line


def state_of(channel: ChannelView) -> Content:
    """Its state in words."""
    if channel.state != ACCOUNT_OK:
        words = "needs authorization" if channel.authorized_at else "waiting for its seller"
        words = "client secret refused" if channel.state == ACCOUNT_NEEDS_SECRET else words
        return Content.styled(words, "$text-error bold")
    if not channel.enabled:
        return Content.styled("disabled", "$text-muted")
    return Content("draft: sends nothing") if channel.app_status == "draft" else Content("enabled")


def minutes_of(channel: ChannelView) -> int:
    """Minutes between two imports of orders; 0 while the schedule is off."""
    return stream_named("orders").seconds(channel.settings) // 60


def schedule_of(channel: ChannelView) -> Content:
    """How often its orders are imported."""
    minutes = minutes_of(channel)
    return Content(f"{minutes} min") if minutes else Content.styled("off", "$text-warning")


def channel_facts(channel: ChannelView) -> Sequence[Line]:
    """How it stands and what is set, the most pressing first."""
    return list(_facts(channel))


def _facts(channel: ChannelView) -> Iterator[Line]:
    if channel.state != ACCOUNT_OK:
        way = "press o" if channel.app_mode == MODE_PUBLIC else "press e and enter its new refresh token"
        way = "enter a new client secret" if channel.state == ACCOUNT_NEEDS_SECRET else way
        yield fact("To do", f"{channel.state_reason} {way[:1].upper()}{way[1:]}.", style="$text-error")
    yield fact("Seller", f"{channel.seller_id or 'not known yet'}, region {channel.region}, {channel.api_mode}")
    if channel.seller_id and not channel.seller_proven:
        yield fact("Not proven", "Amazon has not confirmed this seller yet; press v")
    yield fact("App", channel.app if channel.app_mode == MODE_PUBLIC else f"private, {channel.client_id}")
    if channel.authorized_at is not None:
        yield fact("Authorized", _authorized(channel))
    company = f", company {channel.company_id}" if channel.company_id else ""
    yield fact("Store", f"{channel.store}{company}")
    yield fact("Orders", _orders(channel.settings))
    yield fact("Sync", _sync(channel.settings))
    yield _schedule(channel)


def _authorized(channel: ChannelView) -> str:
    assert channel.authorized_at is not None
    left = countdowns.authorization(channel.app_mode, channel.authorized_at)
    until = f", to be renewed in {left.days} days" if left else ""
    return f"{timestamps.full(channel.authorized_at)}{until}"


def _orders(settings: dict[str, Any]) -> str:
    if not settings.get("pull_orders", True):
        return "not imported"
    who = {"merchant": "those you ship", "amazon": "those Amazon ships"}.get(settings.get("fulfilment", ""), "all")
    return f"{who}: {', '.join(in_words(status).lower() for status in settings.get('order_statuses') or ())}"


def _sync(settings: dict[str, Any]) -> str:
    parts = [
        "by the worker" if settings.get("use_queue", True) else "by the program that starts it, without the queue",
        *(["shipments to Amazon"] if settings.get("push_shipments") else []),
        *(["shipments of others to the store"] if settings.get("pull_shipments") else []),
        *(["prices and stock to Amazon"] if settings.get("push_stock") else []),
    ]
    return ", ".join(parts)


def _schedule(channel: ChannelView) -> Line:
    seconds = {stream.name: stream.seconds(channel.settings) for stream in STREAMS}
    words = ", ".join(f"{name} every {every(one / 60)}" for name, one in seconds.items() if one)
    if minutes_of(channel):
        return fact("Schedule", words)
    return fact("Schedule", f"off for orders: s sets it{f'; {words}' if words else ''}", style="$text-warning")
