"""All tables, and what only their creation needs to know: a program loads those that it reads or writes."""

from sqlalchemy import Table, text
from sqlmodel import SQLModel

from core.model import (  # noqa: F401 - registers them
    account,
    audit,
    category,
    channel,
    cursor,
    field_mapping,
    job,
    lease,
    link,
    listing,
    listing_export,
    listing_issue,
    notification,
    offer,
    operator,
    order,
    outbox,
    problem,
    product_type,
    quota,
    schedule,
    setting,
    shipment,
    store,
)
from core.model.base import WHERE


def every_table() -> list[Table]:
    """The tables, each after those that it refers to."""
    return SQLModel.metadata.sorted_tables


for _table in every_table():
    if "id" in _table.columns:
        _table.dialect_options["sqlite"]["autoincrement"] = True
    for _index in _table.indexes:
        if WHERE in _index.info:
            for _dialect in ("sqlite", "postgresql"):
                _index.dialect_options[_dialect]["where"] = text(_index.info[WHERE])
