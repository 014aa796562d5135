"""What Amazon says of product types: which there are in a marketplace, and the schema of each that is used."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import json_field, key_field, now_field


class ProductTypeDefinition(SQLModel, table=True):
    """A definition as it was asked for; it holds nothing of a seller, so all channels of a marketplace share it."""

    __tablename__ = "product_type_definition"
    __table_args__ = (
        UniqueConstraint(
            *("api_mode", "marketplace_id", "product_type", "requirements", "locale", "parentage"),
            name="uq_product_type_definition",  # of all their names it would be too long for PostgreSQL
        ),
    )

    id: int | None = key_field()
    api_mode: str
    """What Amazon's sandbox hosts say is of no use to channels that are live."""
    marketplace_id: str
    product_type: str
    requirements: str
    """Which set of attributes, see `core.amazon.product_types.REQUIREMENTS`."""
    locale: str
    """As it was asked for: DEFAULT is the marketplace's own language."""
    parentage: str = ""
    """Empty, or what a listing is among variations."""
    display_name: str
    told_locale: str
    """The language of titles and descriptions."""
    version: str
    checksum: str
    """Base64 of the MD5 of the schema file."""
    schema_file: bytes
    """Packed with gzip."""
    property_groups: dict[str, Any] = json_field()
    changes: dict[str, Any] = json_field()
    """What the newest schema has changed in the one before it; empty for the first."""
    changed_at: datetime = now_field()
    """When this schema was first seen."""
    checked_at: datetime = now_field()
    """When Amazon last said that it is the newest."""


class ProductTypeList(SQLModel, table=True):
    """The names of all product types of a marketplace."""

    __tablename__ = "product_type_list"
    __table_args__ = (UniqueConstraint("api_mode", "marketplace_id"),)

    id: int | None = key_field()
    api_mode: str
    marketplace_id: str
    names: list[str] = Field(default_factory=list, sa_type=JSON)
    read_at: datetime = now_field()
