"""What of a listing has to be sent: all of a new one, of others the attributes that are otherwise than before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.fields.plan.paths import SELECTORS, Place
from core.fields.plan.text import joined_title
from core.listings.plan.candidate import AVAILABILITY, ONCE, Attributes, Listed, Sent, Wanted, content_of
from core.listings.plan.merging import availability_switched, kept_beside
from core.submissions.message import Message, Patch

NAME, SECOND_NAME = "item_name", "title_differentiation"
TITLES = frozenset({NAME, SECOND_NAME})
_MORE_IMAGES = "other_product_image_locator_"
_IMAGES = (_MORE_IMAGES, "main_product_image_locator", "swatch_product_image_locator")
_DIGITS = 6
"""Decimals beyond which two numbers are the same."""


def message_of(wanted: Wanted, listed: Listed | None, sent: Sent | None, place: Place) -> Message | None:
    """What is sent; None where Amazon has it as it is to be.

    A listing that is not there is made with all attributes, offer included. Of others only changed attributes go, and
    never price and quantity of a channel that it has. It is compared with what was sent, as far as that is known:
    titles and images do not look at Amazon as they were sent. What the product does not say any more is not taken back.
    One that was there before is not made again, and whoever ships it goes on: nobody asked for more than changes of it.
    """
    is_partial = sent is not None and sent.is_partial
    if listed is None:
        whole = Message(wanted.sku, wanted.product_type, wanted.attributes, wanted.requirements)
        return None if is_partial else whole
    known = sent.certain if sent is not None else None
    switch = () if is_partial else _switch(wanted, listed)
    patches = [*_content(wanted, listed, known, place), *switch]
    return Message(wanted.sku, wanted.product_type, patches=tuple(patches)) if patches else None


def after(sent: Attributes, message: Message) -> Attributes:
    """The content that Amazon was told with this message, and before."""
    if message.attributes is not None:
        return content_of(message.attributes)
    told = dict(sent)
    for patch in message.patches:
        if patch.op == "delete":
            told.pop(patch.attribute, None)
        else:
            told[patch.attribute] = [dict(entry) for entry in patch.value]
    return content_of(told)


def differing(sent: Attributes, amazon: Attributes) -> list[str]:
    """Attributes that Amazon has otherwise than they were sent.

    Not looked at are titles, which Amazon may split, images, which it keeps under addresses of its own, and what only
    counts when a listing is made; entries of other marketplaces and languages are others'.
    """
    place = _place_of(sent)
    return [name for name in sent if _is_steady(name) and not _same(sent[name], amazon.get(name), place)]


def is_unshown(sent: Attributes, amazon: Attributes) -> bool:
    """Whether titles or images that were sent are otherwise at Amazon: for where it is not known that it took them."""
    place = _place_of(sent)
    titled = not TITLES.isdisjoint(sent) and _title({**amazon, **sent}, place) != _title(amazon, place)
    return titled or any(not _same(sent[name], amazon.get(name), place) for name in sent if name.startswith(_IMAGES))


def _content(wanted: Wanted, listed: Listed, sent: Sent | None, place: Place) -> Iterator[Patch]:
    if sent is not None and sent.content_hash == wanted.content_hash:
        return
    before = _before(listed, sent)
    known = sent.attributes if sent else {}
    images = _images(wanted.content, place) != _images(before, place)
    for name, entries in wanted.content.items():
        is_other = _other if name in known else _other_titles
        if name in ONCE or not (images if name.startswith(_MORE_IMAGES) else is_other(name, wanted, before, place)):
            continue
        there = (listed.attributes or {}).get(name) or before.get(name) or ()
        if not name.startswith(_MORE_IMAGES) or not _same(entries, before.get(name), place):
            yield Patch("replace", name, (*entries, *kept_beside(there, place)))
    if images:
        gone = [name for name in before if name.startswith(_MORE_IMAGES) and name not in wanted.content]
        yield from (Patch("delete", name, tuple(before[name])) for name in gone)


def _before(listed: Listed, sent: Sent | None) -> Attributes:
    """What a listing says, as far as it is known: where it is to be repaired (no hash), as Amazon has it."""
    there = listed.attributes or {}
    if sent is None:
        return there
    # Amazon keeps images under other addresses: those that it has beside what was sent say nothing.
    unsent = {name: entries for name, entries in there.items() if not name.startswith(_MORE_IMAGES)}
    if sent.content_hash or listed.attributes is None:
        return {**unsent, **sent.attributes}
    return {**unsent, **sent.attributes, **{name: there.get(name) for name in differing(sent.own, there)}}


def _switch(wanted: Wanted, listed: Listed) -> Iterator[Patch]:
    """The other channel, where a listing is to be shipped by somebody else than before; its old entry goes."""
    own, there = wanted.attributes.get(AVAILABILITY) or (), (listed.attributes or {}).get(AVAILABILITY) or ()
    return availability_switched(own, there)


def _other(name: str, wanted: Wanted, before: Attributes, place: Place) -> bool:
    return not _same(wanted.content[name], before.get(name), place)


def _other_titles(name: str, wanted: Wanted, before: Attributes, place: Place) -> bool:
    """The same where nothing was sent yet: Amazon may have split the name that was there otherwise."""
    if name in TITLES:
        return _title(wanted.content, place) != _title(before, place)
    return _other(name, wanted, before, place)


def _title(attributes: Attributes, place: Place) -> str:
    head, tail = ((_told(attributes.get(name), place) or [{}])[0].get("value", "") for name in (NAME, SECOND_NAME))
    return " ".join(joined_title(str(head), str(tail)).replace(",", " ").split()).casefold()


def _images(attributes: Attributes, place: Place) -> frozenset[str]:
    """Addresses of the images beside the main one: their order does not matter."""
    names = (name for name in attributes if name.startswith(_MORE_IMAGES))
    return frozenset(str(one.get("media_location")) for name in names for one in _told(attributes[name], place))


def _place_of(attributes: Attributes) -> Place:
    """The marketplace and language that attributes were sent for."""
    entries = [entry for told in attributes.values() for entry in told]
    marketplace, language = (next((str(one[name]) for one in entries if name in one), "") for name in SELECTORS)
    return Place(marketplace, language)


def _is_steady(name: str) -> bool:
    return name not in TITLES and name not in ONCE and not name.startswith(_IMAGES)


def _same(one: Any, other: Any, place: Place) -> bool:
    return _told(one, place) == _told(other, place)


def _told(entries: Any, place: Place) -> list[Any]:
    """What the entries of a place say, in one spelling."""
    listed = entries if isinstance(entries, Sequence) and not isinstance(entries, str) else ()
    return [_plain(entry) for entry in listed if place.has(entry)]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items() if name not in SELECTORS}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return round(value, _DIGITS)
    return value.strip() if isinstance(value, str) else value
