"""What the tables share: naming of constraints, and column helpers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer
from sqlmodel import Field, SQLModel

from core import clock

SQLModel.metadata.naming_convention = {  # fixed names, so that later migrations can find them
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

SQLModel.model_config["defer_build"] = True  # rows are read and written, never validated: it saves a seventh of loading

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; SQLite numbers only columns of the type INTEGER by itself."""

WHERE = "where"
"""The key under which an index knows of which rows it is."""


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of those rows only for which `where` holds.

    `core.model.tables` says so to both databases: to name them here would load both, whichever is used.
    """
    return Index(name, *columns, unique=unique, info={WHERE: where})


def key_field() -> Any:
    """A numbered primary key."""
    return Field(default=None, primary_key=True, sa_type=BigId)


def json_field() -> Any:
    """A JSON object; assign a new dict to change it, changes inside are not noticed."""
    return Field(default_factory=dict, sa_type=JSON)


def now_field() -> Any:
    """A timestamp that defaults to the present."""
    return Field(default_factory=lambda: clock.now())  # looked up at that time: tests let the clock stand still


def stored_id(value: int | None) -> int:
    """The key of a row that has been written."""
    assert value is not None, "the row has not been written yet"
    return value


__all__ = ["BigId", "datetime", "json_field", "key_field", "now_field", "partial_index", "stored_id"]
