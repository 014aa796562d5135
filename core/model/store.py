"""CS-Cart stores and the mirror of what they hold."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import json_field, key_field, now_field
from core.vault import EncryptedText


class Store(SQLModel, table=True):
    """One CS-Cart or Multi-Vendor installation reached over REST with one admin's key."""

    id: int | None = key_field()
    name: str = Field(unique=True)
    url: str
    email: str
    api_key: str = Field(sa_type=EncryptedText(row=("url", "email")))
    currency: str
    """Primary currency (ISO 4217); set by the operator, because the REST API does not tell it."""
    admin_script: str = "admin.php"
    """What opens the store's administration in a browser; shops are advised to rename it."""
    api_form: str = "rewrite"
    """`rewrite` for /api/…, `query` for api.php?_d=…"""
    api_version: str = "2.1"
    edition: str = ""
    """`ULTIMATE` (CS-Cart), `MULTIVENDOR`, or empty when the store does not tell."""
    product_version: str = ""
    capabilities: dict[str, Any] = json_field()
    """Which filters work, as the probe found them."""
    prepared: dict[str, Any] = json_field()
    """Ids made or found by `store prepare`: payment, shipping, tax, no_stock."""
    concurrency: int = 4
    """Parallel writes the store has shown to bear."""
    probed_at: datetime | None = None
    products_swept_at: datetime | None = None
    created_at: datetime = now_field()
    revision: int = 1
    """Grows with every change by a person; an edit of an older one is refused."""


class StoreProduct(SQLModel, table=True):
    """Mirror of a store's product, short fields only."""

    __tablename__ = "store_product"
    __table_args__ = (
        UniqueConstraint("store_id", "product_id"),
        Index("ix_store_product_store_id_sku", "store_id", "sku"),
    )

    id: int | None = key_field()
    store_id: int = Field(foreign_key="store.id", ondelete="CASCADE")
    product_id: int
    sku: str
    name: str = ""
    status: str = "A"
    company_id: int | None = None
    price_minor: int = Field(default=0, sa_type=BigInteger)
    amount: int = 0
    zero_price_action: str = ""
    image_sources: list[str] = Field(default_factory=list, sa_type=JSON)
    """Addresses of the pictures that were written, the main one first; the store keeps no trace of them."""
    written_at: int = Field(default=0, sa_type=BigInteger)
    """When the store counted the program's last write to it, in its unix seconds; what changed later others have."""
    written_amount: int = 0
    """Pieces in stock as of then."""
    tracked: bool = True
    """Whether orders take from its stock; else it is always there."""
    missing: int = 0
    """Complete readings of all products in a row that did not show it."""
    shown_at: datetime | None = None
    """When the store showed it last, for whatever reason it was read; `seen_at` says whether its SKU is known well."""
    seen_at: datetime = now_field()


class StoreLookup(SQLModel, table=True):
    """Mirror of a store's small entities.

    The kind is `payment`, `shipping`, `status`, `tax`, `company`, `feature` or `language`.
    """

    __tablename__ = "store_lookup"
    __table_args__ = (UniqueConstraint("store_id", "kind", "key"),)

    id: int | None = key_field()
    store_id: int = Field(foreign_key="store.id", ondelete="CASCADE")
    kind: str
    key: str
    """Id of a payment, shipping, tax, company or feature, a status code, or the code of a language."""
    name: str
    active: bool = True
    data: dict[str, Any] = json_field()
