"""The features of products that are written: found in the store, or made there first, once however many ask."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from sqlmodel import col, select

from core.cscart import features as api
from core.cscart.features import FILTERS, SOME_OF, VARIATIONS, Feature
from core.cscart.probe import MULTIVENDOR
from core.model.outbox import IS_OPEN, SENDING, UNKNOWN, OutboxIntent
from core.products import refusals
from core.products.differences import Chosen, choose
from core.products.feature_book import FeatureBook, is_number
from core.products.sender import ProductSender
from core.products.wanted import WantedFeature, WantedProduct

STEP = "feature "
"""The step of a feature's creation, before the feature's name."""
_LOOK_FOR_OTHERS = 2.0
"""Seconds after which is looked again whether a feature is there that another product has asked for."""


class Features:
    """Those of the products that one sender writes; safe to share between threads."""

    def __init__(self, sender: ProductSender) -> None:
        self._sender = sender
        self._book = FeatureBook(sender.outbox.database, sender.client, sender.store)

    def chosen(self, intent: OutboxIntent, wanted: WantedProduct) -> list[Chosen] | None:
        """The wanted values as the store's features take them; None when the intent is on its way already, because a
        feature has to be made first and that went wrong."""
        found = []
        for one in wanted.features:
            feature = self._find(wanted, one) or self._made(intent, wanted, one)
            if feature is None:
                return None
            chosen = choose(one, feature)
            if chosen is not None:
                found.append(chosen)
            elif one.values:
                text = f"Feature {feature.name!r} of the store cannot hold what Amazon says; it is left out."
                self._sender.tell(intent, text, level="warning")
        return found

    def known(self, wanted: WantedProduct) -> tuple[list[Chosen], list[str]]:
        """The same of those that the store has, and the names of the others."""
        found, unknown = [], []
        for one in wanted.features:
            feature = self._find(wanted, one) if one.values else None
            chosen = choose(one, feature) if feature is not None else None
            if chosen is not None:
                found.append(chosen)
            elif one.values and feature is None:
                unknown.append(one.name)
        return found, unknown

    def saving(self, chosen: Sequence[Chosen]) -> AbstractContextManager[Any]:
        """Save a product in this block, see `FeatureBook.new_variants`."""
        return self._book.new_variants(chosen)

    def is_made(self, wanted: WantedProduct, step: str) -> bool:
        """Look whether a feature that was asked for in a step is there now; one call."""
        name = step.removeprefix(STEP)
        self._book.look_again(name)
        asked = next((one for one in wanted.features if one.name == name), None)
        return asked is None or self._find(wanted, asked) is not None

    def _find(self, wanted: WantedProduct, one: WantedFeature) -> Feature | None:
        return self._book.find(one, wanted.company_id, wanted.category_ids)

    def _made(self, intent: OutboxIntent, wanted: WantedProduct, one: WantedFeature) -> Feature | None:
        if is_number(one.name):
            self._sender.fail(intent, refusals.feature_gone(one.name))
            return None
        step = f"{STEP}{one.name}"
        with self._book.making_features:
            if (known := self._find(wanted, one)) is not None:
                return known
            if self._is_unsettled(intent, step):
                message = "Its feature is being made."
                self._sender.outbox.put_back(intent, step="", seconds=_LOOK_FOR_OTHERS, message=message)
                return None
            self._book.look_again(one.name)
            if (known := self._find(wanted, one)) is not None:
                return known
            kind = "S" if one.varies or len(one.values) == 1 else SOME_OF
            purpose = VARIATIONS if one.varies else FILTERS
            # The vendors of a marketplace share features; a storefront has its own.
            owner = None if self._sender.store.edition == MULTIVENDOR else wanted.company_id
            make = partial(api.create, self._sender.client, one.name, kind=kind, purpose=purpose, company_id=owner)
            feature: Feature | None = self._sender.calling(intent, step, make)
            if feature is not None:
                self._book.learn(feature)
            return feature

    def _is_unsettled(self, intent: OutboxIntent, step: str) -> bool:
        """Whether another intent has asked for the same feature and does not know what came of it."""
        query = select(OutboxIntent.id).where(
            col(OutboxIntent.remote) == str(self._sender.outbox.remote),
            col(OutboxIntent.step) == step,
            col(OutboxIntent.state).in_([SENDING, UNKNOWN]),
            col(OutboxIntent.id) != intent.id,
            IS_OPEN,
        )
        with self._sender.outbox.database.read() as session:
            return session.exec(query.limit(1)).first() is not None
