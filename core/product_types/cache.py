"""Definitions as rows: schemas packed, and one that is at hand is unpacked once."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from core import clock
from core.amazon.product_types import Answer, Wanted, parse
from core.database import upsert
from core.model.product_type import ProductTypeDefinition
from core.product_types.at_hand import AtHand
from core.product_types.changes import Changes, compare

_AT_HAND = 16
"""Schemas; one takes some ten MB."""
FRESH = timedelta(hours=24)
"""How long what Amazon said of product types is good without another call."""
Schema = dict[str, Any]


_schemas: AtHand[Schema] = AtHand(_AT_HAND)


def is_fresh(moment: datetime) -> bool:
    """Whether what Amazon said then is good still; what a wrong clock has written into the future is not."""
    return clock.now() - FRESH < moment <= clock.now()


def schema_of(row: ProductTypeDefinition) -> Schema:
    """The schema of a row; nobody changes it."""
    return _schemas.get(row.checksum, lambda: parse(gzip.decompress(row.schema_file)))


def stored(session: Session, api_mode: str, wanted: Wanted) -> ProductTypeDefinition | None:
    """The row of a definition."""
    query = select(ProductTypeDefinition).where(
        col(ProductTypeDefinition.api_mode) == api_mode,
        *(col(getattr(ProductTypeDefinition, name)) == value for name, value in vars(wanted).items()),
    )
    return session.exec(query).first()


def keep(
    session: Session, api_mode: str, wanted: Wanted, answer: Answer, new: tuple[bytes, Schema] | None
) -> ProductTypeDefinition:
    """Write down what Amazon said; `new` are file and schema where the schema is another than the one in the row."""
    row = stored(session, api_mode, wanted)
    values: dict[str, Any] = {
        "display_name": answer.display_name,
        "told_locale": answer.locale,
        "version": answer.version,
        "property_groups": dict(answer.property_groups),
        "checked_at": clock.now(),
    }
    is_other = row is None or row.checksum != answer.checksum  # another process may have been quicker
    if new is not None and is_other:
        file, schema = new
        values |= {"checksum": answer.checksum, "schema_file": gzip.compress(file, 6, mtime=0)}
        values |= {"changes": _changes(row, schema).stored(), "changed_at": clock.now()}
    elif row is not None:
        values |= {name: getattr(row, name) for name in ("checksum", "schema_file", "changes", "changed_at")}
    key = {"api_mode": api_mode, **vars(wanted)}
    upsert(session, ProductTypeDefinition, [key | values], keys=list(key), update=list(values))
    session.expire_all()
    kept = stored(session, api_mode, wanted)
    assert kept is not None
    return kept


def _changes(row: ProductTypeDefinition | None, schema: Mapping[str, Any]) -> Changes:
    return compare(schema_of(row), schema) if row is not None else Changes()
