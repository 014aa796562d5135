"""The features of a store as one run of its lane knows them: read once, and made once, however many products ask.

Two threads that make the same feature, or the same variant, would make two. So features are made one after the other,
and the first product with a new variant is saved alone; after that the store finds the variant by its name.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from core.categories.features import pull_features
from core.cscart import features as api
from core.cscart.features import GROUP, Feature, folded
from core.cscart.transport import StoreClient
from core.database import Database
from core.fields.plan.defaults import also_called
from core.model.store import Store
from core.products.differences import Chosen
from core.products.wanted import WantedFeature

_Variant = tuple[int, str]


class FeatureBook:
    """Safe to share between threads."""

    def __init__(self, database: Database, client: StoreClient, store: Store) -> None:
        self._database = database
        self._client = client
        self._store = store
        self._reading = threading.Lock()
        self._features: dict[int, Feature] | None = None
        self._made: set[_Variant] = set()
        self._locks: dict[_Variant, threading.Lock] = {}
        self._locks_lock = threading.Lock()
        self.making_features = threading.Lock()
        """Held by whoever makes a feature."""

    def find(self, wanted: WantedFeature, company_id: int | None, category_ids: Sequence[int] | None) -> Feature | None:
        """The feature that a product is to have values of; None where the store has none that can hold them.

        A number means that feature, in whatever its products may differ. A store whose colours are called "Farbe" needs
        no other feature for them.
        """
        everything = self._all()
        if is_number(wanted.name) and (one := everything.get(int(wanted.name))) is not None and one.kind != GROUP:
            return one
        features = [one for one in everything.values() if one.kind != GROUP and (one.varies or not wanted.varies)]
        features = [one for one in features if one.company_id in (0, company_id or one.company_id)]
        is_wide = _wider(set(category_ids or ()))
        own = [one for one in features if folded(one.name) == folded(wanted.name)]
        if own:
            return min(own, key=lambda one: (not is_wide(one), one.feature_id))
        others = {folded(name) for name in also_called(wanted.name)}
        return next((one for one in features if folded(one.name) in others and is_wide(one)), None)

    def look_again(self, name: str) -> None:
        """Learn what the store has of a name now; one call."""
        found = api.named(self._client, name)
        with self._reading:
            if self._features is not None:
                self._features.update({one.feature_id: one for one in found})

    def learn(self, feature: Feature) -> None:
        """Know a feature that was just made."""
        with self._reading:
            if self._features is not None:
                self._features[feature.feature_id] = feature

    @contextmanager
    def new_variants(self, chosen: Sequence[Chosen]) -> Iterator[Callable[[], None]]:
        """Save a product in this block, alone with each variant that it makes; call what is given when it is saved."""
        variants = sorted({(one.feature.feature_id, folded(text)) for one in chosen for text in one.new} - self._made)
        with ExitStack() as held:
            for variant in variants:  # always in the same order: nobody waits for another crosswise
                held.enter_context(self._lock_of(variant))
            yield lambda: self._made.update(variants)

    def _lock_of(self, variant: _Variant) -> threading.Lock:
        with self._locks_lock:
            return self._locks.setdefault(variant, threading.Lock())

    def _all(self) -> dict[int, Feature]:
        with self._reading:
            if self._features is None:
                read = pull_features(self._database, self._client, self._store)
                self._features = {one.feature_id: one for one in read}
            return dict(self._features)


def is_number(which: str) -> bool:
    """Whether a feature was chosen by its number in the store, not by its name."""
    return which.isascii() and which.isdecimal()


def _wider(categories: set[int]) -> Callable[[Feature], bool]:
    """Whether a feature is surely for products of these categories: for all, or one of them by name."""
    return lambda one: not one.category_ids or not categories.isdisjoint(one.category_ids)
