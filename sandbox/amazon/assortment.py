"""What the sellers list: every product of the world, those that the store does not have, and what was changed since."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sandbox.world.build import World
from sandbox.world.listing import Listing, build_listing
from sandbox.world.marketplaces import Marketplace
from sandbox.world.product import Family, WorldProduct, build_unknown

MOST = 1_000_000
_CHANGED = frozenset({"title", "price", "quantity", "active", "product_type", "category_id", "channel"})


class Assortment:
    """All listings; each of a SKU is the same in all marketplaces, but for its price."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._changes: dict[str, dict[str, Any]] = {}
        self._gone: set[str] = set()
        self._others: list[WorldProduct] = []
        self._fill(world.products)

    def _fill(self, products: Sequence[WorldProduct]) -> None:
        self.unknown = len(products) - len(self._world.products)
        self._by_sku = {product.sku: product for product in products}
        self._by_asin: dict[str, list[WorldProduct]] = {}
        self._members: dict[str, set[str]] = {}
        for other in self._others:
            self._by_asin.setdefault(other.asin, []).append(other)
        for product in products:
            self._by_asin.setdefault(product.asin, []).append(product)
            if product.family:
                self._members.setdefault(product.family.parent, set()).add(product.sku)

    def set_unknown(self, count: int) -> None:
        """List so many products besides, that the store does not have; forgets all changes."""
        if not 0 <= count <= MOST:
            raise ValueError(f"there are up to {MOST:,} listings")
        with self._lock:
            self._changes.clear()
            self._gone.clear()
            self._fill([*self._world.products, *build_unknown(self._world.seed, count)])

    def change(self, sku: str, *, gone: bool | None = None, parent: str | None = None, **changes: Any) -> None:
        """Change a listing, let it be `gone` or come back, or give it another `parent` (none: "")."""
        product = self._by_sku[sku]
        if unknown := changes.keys() - _CHANGED:
            raise ValueError(f"{sorted(unknown)[0]} cannot be changed; known are {', '.join(sorted(_CHANGED))}")
        if "price" in changes:
            changes["price"] = Decimal(str(changes["price"]))
        with self._lock:
            if gone is not None:
                (self._gone.add if gone else self._gone.discard)(sku)
            if parent is not None:
                changes["family"] = _under(product, parent, self._by_sku.get(parent))
                self._members.setdefault(parent, set()).add(sku)
            self._changes[sku] = {**self._changes.get(sku, {}), **changes}

    def knows(self, sku: str) -> bool:
        """Whether there is such a product, listed or gone."""
        return sku in self._by_sku

    def everything(self) -> list[WorldProduct]:
        """All items of the catalogue: products that are gone too, and what only others sell."""
        return [*self._by_sku.values(), *self._others]

    def add_others(self, items: Sequence[WorldProduct]) -> None:
        """Let the catalogue have items that only others sell."""
        with self._lock:
            self._others += items
            for one in items:
                self._by_asin.setdefault(one.asin, []).append(one)

    def products(self) -> list[WorldProduct]:
        """Everything that is listed."""
        return [product for sku, product in self._by_sku.items() if sku not in self._gone]

    def listings(self, place: Marketplace) -> Iterator[Listing]:
        """All listings of a marketplace."""
        return (self.listing(product, place) for product in self.products())

    def listing(self, product: WorldProduct, place: Marketplace) -> Listing:
        """A product as it is listed now."""
        return replace(build_listing(product, place), **self._changes.get(product.sku, {}))

    def by_sku(self, sku: str) -> WorldProduct | None:
        """The product with a SKU, if it is listed."""
        return self._by_sku.get(sku) if sku not in self._gone else None

    def by_asin(self, asin: str) -> WorldProduct | None:
        """A product with an ASIN; the catalogue has it whether it is listed or not."""
        return next(iter(self._by_asin.get(asin, ())), None)

    def children(self, parent: str, place: Marketplace) -> list[Listing]:
        """The variations that a parent stands for."""
        members = [self._by_sku[sku] for sku in sorted(self._members.get(parent, ())) if sku not in self._gone]
        listed = [self.listing(product, place) for product in members if product.sku != parent]
        return [one for one in listed if one.family is not None and one.family.parent == parent]


def _under(product: WorldProduct, parent: str, found: WorldProduct | None) -> Family | None:
    if not parent:
        return None
    if found is None or found.family is None:
        raise ValueError(f"{parent} stands for no family")
    values = product.family.values if product.family and product.family.values else ()
    return Family(parent, found.family.theme, values or tuple((name, product.sku) for name in found.family.theme))
