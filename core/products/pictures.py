"""Lets the store download the pictures of products, in calls of their own, and judges what it got.

The store deletes the old ones before, and answers 200 whatever happens. There is no way to add one, so what is missing
is written again: the main picture and the others apart.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from core import clock
from core.cscart import product_writes as api
from core.cscart.product_writes import StoredProduct
from core.model.outbox import WAITING, OutboxIntent
from core.products import refusals
from core.products.differences import picture_names, pictures_lacking
from core.products.evidence import evidence
from core.products.sender import ProductSender
from core.products.wanted import WantedProduct
from core.sync.decisions import Hold

PICTURES = "pictures"

MOST_PICTURE_TRIES = 2
_PAUSE = 10.0
"""Seconds after which pictures that the store did not get are written again."""
_FIRST_GUESS = 3.0
"""Real seconds that a picture is thought to take the store, until it was measured."""
_LONGEST_CALL = 60.0
"""Real seconds that the pictures of one call may be expected to take; beyond that they are written in two."""
_LONGEST_PATIENCE = 180.0
"""Real seconds of silence after which such a call is given up."""


class Pictures:
    """Those of the products that one sender writes; safe to share between threads."""

    def __init__(self, sender: ProductSender) -> None:
        self._sender = sender
        self._seconds_each = _FIRST_GUESS

    def write(self, intent: OutboxIntent, wanted: WantedProduct, number: int, present: StoredProduct | None) -> bool:
        """Let the store download what it lacks; False when the intent is on its way already because that went wrong."""
        main, others = self._to_write(intent, wanted, number, present)
        parts = [(main, others)]
        count = int(main) + (len(wanted.images or ()) - 1 if others else 0)
        if main and others and count * self._seconds_each > _LONGEST_CALL:
            parts = [(True, False), (False, True)]
        for part in parts if count or others else ():
            if not self._download(intent, wanted, number, *part):
                return False
        if count:
            intent.evidence = replace(evidence(intent), pictured=True, written=True).into(intent.evidence)
        return True

    def are_there(self, wanted: WantedProduct, present: StoredProduct) -> bool:
        """Whether a product shows exactly the wanted ones."""
        return not any(pictures_lacking(wanted, present, exact=True)) and not picture_names(wanted, present)

    def again(self, intent: OutboxIntent, wanted: WantedProduct, present: StoredProduct) -> Hold | None:
        """Let those be written again that the store did not get; the problem when that was tried often enough."""
        known = evidence(intent)
        if known.picture_tries >= MOST_PICTURE_TRIES:
            got = bool(present.main_image) + len(present.images)
            return refusals.images_missing(got, len(wanted.images or ()), picture_names(wanted, present))
        found = replace(known, picture_tries=known.picture_tries + 1).into(intent.evidence)
        due = clock.after(_PAUSE * (known.picture_tries + 1))
        message = "The store did not get all pictures; written again."
        self._sender.outbox.note(intent, state=WAITING, step="", evidence=found, not_before=due, message=message)
        return None

    def _to_write(
        self, intent: OutboxIntent, wanted: WantedProduct, number: int, present: StoredProduct | None
    ) -> tuple[bool, bool]:
        """Whether to write the main picture, and the additional ones."""
        if not wanted.images:
            return False, False
        known = evidence(intent)
        if present is not None and (known.pictured or self._sources_of(number) == wanted.images):
            return pictures_lacking(wanted, present, exact=known.pictured)
        return True, len(wanted.images) > 1

    def _download(self, intent: OutboxIntent, wanted: WantedProduct, number: int, main: bool, others: bool) -> bool:
        images = wanted.images or ()
        count = int(main) + (len(images) - 1 if others else 0)
        expected = count * self._seconds_each
        client = self._sender.client
        write = partial(
            api.write_images,
            client,
            number,
            main=images[0] if main else None,
            additional=images[1:] if others else None,
            patience=min(max(client.access.timeout, expected * 3 + 10), _LONGEST_PATIENCE),
        )
        began = time.monotonic()
        if self._sender.calling(intent, PICTURES, write) is None:
            return False
        took = (time.monotonic() - began) / max(count, 1)
        self._seconds_each = (self._seconds_each + took) / 2
        return True

    def _sources_of(self, number: int) -> tuple[str, ...]:
        """Where the pictures came from that were written last."""
        row = self._sender.mirrored(number)
        return tuple(row.image_sources) if row else ()
