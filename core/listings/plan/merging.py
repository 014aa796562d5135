"""Entries of an attribute that a write would drop, because it replaces all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from core.fields.plan.paths import Place
from core.listings.plan.candidate import AVAILABILITY
from core.submissions.message import Message, Patch

_CODE = "fulfillment_channel_code"
Entry = Mapping[str, Any]


def kept_of(there: Iterable[Any], place: Place) -> list[Any]:
    """The entries that Amazon has for a marketplace and language."""
    return [entry for entry in there if place.has(entry)]


def kept_beside(there: Iterable[Any], place: Place) -> list[Any]:
    """The entries that Amazon has for other languages and marketplaces."""
    return [entry for entry in there if not place.has(entry)]


def code_of(message: Message) -> str:
    """Who is to ship a listing by what is sent of it; empty where nothing of that is sent."""
    return next((str(entry[_CODE]) for entry in _availability(message) if entry.get(_CODE)), "")


def quantity_in(message: Message) -> int | None:
    """The merchant's pieces that are sent of a listing; None where none are."""
    return next((entry["quantity"] for entry in _availability(message) if "quantity" in entry), None)


def _availability(message: Message) -> list[Entry]:
    told: list[Entry] = list((message.attributes or {}).get(AVAILABILITY) or ())
    for patch in message.patches:
        told += patch.value if patch.attribute == AVAILABILITY and patch.op == "replace" else ()
    return told


def is_switched(wanted: Sequence[Entry], there: Sequence[Entry]) -> bool:
    """Whether somebody else is to ship a listing than does now."""
    return any(True for _ in availability_switched(wanted, there))


def availability_switched(wanted: Sequence[Entry], there: Sequence[Entry]) -> Iterator[Patch]:
    """How the channel of a listing is changed: a replacement alone could leave the entry of the old one behind.

    Nothing where Amazon has the channel already: its quantity is no content.
    """
    codes = {entry.get(_CODE) for entry in wanted}
    old = [entry for entry in there if entry.get(_CODE) not in codes]
    if not codes or not old or any(entry.get(_CODE) in codes for entry in there):
        return
    yield Patch("delete", AVAILABILITY, tuple({_CODE: entry[_CODE]} for entry in old if _CODE in entry))
    yield Patch("replace", AVAILABILITY, tuple(wanted))
