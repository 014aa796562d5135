"""What a channel tells Amazon of price and stock."""

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import key_field


class Offer(SQLModel, table=True):
    """A listing whose price and stock are those of a product of the store.

    It holds neither: both are in the mirrors, and what is to be sent is computed from these when it is sent.
    """

    __table_args__ = (
        UniqueConstraint("account_id", "marketplace_id", "sku"),
        Index("ix_offer_plan", "account_id", "marketplace_id", "dirty"),
        Index("ix_offer_sku", "account_id", "sku"),
        Index("ix_offer_product", "store_id", "product_id"),
    )

    id: int | None = key_field()
    """The lowest of a seller's SKU is the one that writes its stock."""
    account_id: int = Field(foreign_key="seller_account.id", ondelete="CASCADE")
    marketplace_id: str
    sku: str
    store_id: int = Field(foreign_key="store.id", ondelete="CASCADE")
    product_id: int
    gone: bool = False
    """Its product has left the store, and that counts: nothing of it is left to sell."""
    released_minor: int | None = Field(default=None, sa_type=BigInteger)
    """The price, in minor units of the marketplace's currency, that a person let go out although it jumped."""
    dirty: bool = True
    """To be planned (again): something that decides of it changed, or it is held."""
