"""What the sandbox can be asked to do in the store, as its buyers and people do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.ability import ability
from sandbox.amazon.state import Amazon
from sandbox.store import shop
from sandbox.store.model import StoreProduct
from sandbox.store.state import Store
from sandbox.world.build import World
from sandbox.world.fresh import COUNT, Fresh, build_fresh, items


class ShopAbilities:
    """A part of the sandbox."""

    amazon: Amazon
    store: Store
    world: World
    fresh: list[Fresh]

    @ability("POST", "store/pictures")
    def set_pictures(self, seconds: float = 0.0, failing: Mapping[str, int] | None = None) -> dict[str, Any]:
        """Change how the store downloads pictures, see `image_seconds` and `failing_images` of its options."""
        options = self.store.options
        options.image_seconds, options.failing_images = float(seconds), dict(failing or {})
        return {"seconds": options.image_seconds, "failing": options.failing_images}

    @ability("POST", "store/fresh", key="skus")
    def add_fresh(self, count: int = COUNT, bad: float = 0.0, known: int = 3) -> list[str]:
        """Let the store have new products that are not at Amazon; returns their codes, those of bad ones too.

        bad    share of them that Amazon will not take, see `sandbox.world.fresh`
        known  how many of them are of an item that the catalogue has, by their EAN
        """
        made = build_fresh(self.world.seed, int(count), start=len(self.fresh), bad=float(bad), known=int(known))
        self.amazon.listings.add_others(items(made))
        shop.add(self.store, made, self.store.options.company_ids[0])
        self.fresh += made
        return [one.product.sku for one in made]

    @ability("GET", "store/flaws", key="flaws")
    def flaws(self) -> dict[str, str]:
        """Code of each bad product that `add_fresh` has made → what is wrong with it."""
        return {one.product.sku: one.flaw for one in self.fresh if one.flaw}

    @ability("POST", "store/sell")
    def sell(self, product: str | int, quantity: int = 1) -> dict[str, Any]:
        """A buyer buys in the store: stock falls and no time of the product changes; `product` is its code or id."""
        found = shop.find(self.store, product)
        order = shop.sell(self.store, found, int(quantity))
        return {"order_id": order.order_id, "amount": found.amount}

    @ability("POST", "store/edit")
    def edit_product(self, product: str | int, changes: Mapping[str, Any], *, silent: bool = False) -> dict[str, Any]:
        """Somebody changes a product, see `shop.edit`; `silent`: without a time, as SQL and some imports do."""
        found = shop.find(self.store, product)
        shop.edit(self.store, found, changes, silent=silent)
        return {"product_id": found.product_id, "updated_timestamp": found.updated_timestamp}

    @ability("POST", "store/delete", key="deleted")
    def delete_products(self, products: Sequence[str | int] = (), share: float = 0.0) -> list[str]:
        """Delete products, by code or id, or a share of all, spread evenly; returns their codes."""
        chosen = [shop.find(self.store, one) for one in products]
        chosen += _share(list(self.store.products.values()), share)
        shop.delete(self.store, chosen)
        return [one.product_code for one in chosen]


def _share(products: Sequence[StoreProduct], share: float) -> list[StoreProduct]:
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share!r}: give 0 to 1")
    return [one for number, one in enumerate(products, 1) if int(number * share) > int((number - 1) * share)]
