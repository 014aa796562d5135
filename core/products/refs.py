"""Products of the store, as plans of other flows know them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProductRef:
    """A product of the store that carries a SKU."""

    product_id: int
    company_id: int | None
    zero_price_action: str = ""
    linked: bool = False
    """A person said that the SKU means this product: its code says nothing."""
    is_there: bool = True
    """False of a linked product that has left the store."""
    is_sold_here: bool = True
    """False of another storefront's product that is not shared with the one in question."""
    amount: int | None = None
    """Pieces that orders can still take; None: as many as are wanted."""
    tracked: bool = True
    """Whether orders take from its stock."""
    identifier: str = ""
    """The EAN, UPC, ISBN or GTIN by which it was found, where no code of a product is the SKU."""
