"""How the program left a product, so that what somebody has changed since is noticed.

The store's time stamp has whole seconds, and each write of ours moves it: so an edit in the same second, or one just
before a later write, does not show in it. What the store had of the product does show it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from core.cscart.product_writes import TEXTS, StoredProduct
from core.model.outbox import REJECTED, VERIFIED, WAITING, OutboxIntent
from core.products import WRITE_KIND
from core.products.evidence import Evidence, Left
from core.products.sender import ProductSender
from core.subjects import Subject

_AT_ONCE = 1_000


@dataclass(frozen=True)
class Trace:
    """What ended writes of the program say of a product."""

    left: Left | None = None
    """As the last of them left it."""
    touched: bool = False
    """Somebody else had changed it before one of them."""


def left(present: StoredProduct, language: str, *, pictured: bool) -> Left:
    """How a product is left, as far as it was told now; with its pictures where these were written."""
    told = tuple(name for name in TEXTS if name in present.texts)
    found = Left(language=language, texts=told, features=tuple(sorted(present.features)), pictured=pictured)
    return replace(found, digest=_digest(found, present))


def is_as_left(one: Left, present: StoredProduct) -> bool:
    """Whether a product, read in the same language, has all that it was left with.

    Not its stock, which sales change, nor its categories, which a family shares.
    """
    return one.digest == _digest(one, present)


def traces(session: Session, remote: str, channel_id: int, skus: Sequence[str]) -> dict[str, Trace]:
    """What the ended writes of a channel say of products, by SKU; one look through the outbox for all of them."""
    found: dict[str, Trace] = {}
    wanted = {str(Subject("sku", sku)) for sku in skus}
    query = select(OutboxIntent.subject, OutboxIntent.evidence).where(_ended(remote, channel_id))
    for subject, told in session.exec(query.order_by(col(OutboxIntent.id))):
        if subject in wanted:
            sku, known = Subject.parse(subject).id, Evidence.from_json(told)
            before = found.get(sku, Trace())
            # A product that is made (again) begins anew.
            was_touched = before.touched and not known.creating
            found[sku] = Trace(known.left or before.left, was_touched or known.touched)
    return found


class Traces:
    """The same for the products that a sender is about to change, a thousand at a time; safe to share."""

    def __init__(self, sender: ProductSender) -> None:
        self._sender = sender
        self._known: dict[str, Trace] = {}
        self._looking = threading.Lock()

    def of(self, intent: OutboxIntent) -> Trace:
        """What is known of the product that an intent is about."""
        sku, outbox = Subject.parse(intent.subject).id, self._sender.outbox
        with self._looking:
            if sku not in self._known:
                query = select(OutboxIntent.subject).where(
                    col(OutboxIntent.remote) == str(outbox.remote),
                    col(OutboxIntent.channel_id) == intent.channel_id,
                    col(OutboxIntent.kind) == WRITE_KIND,
                    col(OutboxIntent.state) == WAITING,
                )
                with outbox.database.read() as session:
                    waiting = session.exec(query.order_by(col(OutboxIntent.id)).limit(_AT_ONCE)).all()
                    skus = [sku, *(Subject.parse(text).id for text in waiting)]
                    found = traces(session, str(outbox.remote), intent.channel_id, skus)
                self._known = {sku: found.get(sku, Trace()) for sku in skus}
            return self._known[sku]


def _ended(remote: str, channel_id: int) -> ColumnElement[bool]:
    return (
        (col(OutboxIntent.remote) == remote)
        & (col(OutboxIntent.channel_id) == channel_id)
        & (col(OutboxIntent.kind) == WRITE_KIND)
        & col(OutboxIntent.state).in_([VERIFIED, REJECTED])
    )


def _digest(one: Left, present: StoredProduct) -> str:
    row = present.row
    has = [
        row.name,
        present.description,
        row.status,
        *(f"{amount.normalize():f}" for amount in (row.price, present.weight)),
        *(present.texts.get(name) for name in one.texts),
        *(_written(present, number) for number in one.features),
        *((present.main_image, *present.images) if one.pictured else ()),
    ]
    return blake2b(json.dumps(has, ensure_ascii=False).encode(), digest_size=8).hexdigest()


def _written(present: StoredProduct, number: int) -> Any:
    value = present.features.get(number)
    return sorted(value.written) if value and isinstance(value.written, list) else value and value.written
