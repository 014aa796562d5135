"""The store's features and languages: their mirror, read with few calls and written whole."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, delete

from core.cscart import features as api
from core.cscart.features import Feature
from core.cscart.languages import languages
from core.cscart.lookups import Lookup
from core.cscart.transport import StoreClient
from core.database import Database, upsert
from core.model.base import stored_id
from core.model.store import Store, StoreLookup

FEATURE = "feature"
LANGUAGE = "language"


def pull_features(database: Database, client: StoreClient, store: Store) -> list[Feature]:
    """Bring the mirror of features up to date; gives them with their variants. A call per 100 of them."""
    found = api.everything(client)
    rows = [_lookup(feature) for feature in found.rows]
    with database.write() as session:
        _replace(session, store, FEATURE, rows, whole=found.whole)
    return found.rows


def pull_languages(database: Database, client: StoreClient, store: Store) -> int:
    """Bring the mirror of languages up to date; returns how many there are. One call."""
    found = languages(client)
    with database.write() as session:
        _replace(session, store, LANGUAGE, found, whole=True)
    return len(found)


def _lookup(feature: Feature) -> Lookup:
    """A feature as the mirror keeps it: without its variants, of which there may be tens of thousands."""
    return Lookup(
        str(feature.feature_id),
        feature.name,
        feature.active,
        {
            "type": feature.kind,
            "purpose": feature.purpose,
            "company_id": feature.company_id,
            "category_ids": list(feature.category_ids),
            "variants": len(feature.variants),
        },
    )


def _replace(session: Session, store: Store, kind: str, rows: Sequence[Lookup], *, whole: bool) -> None:
    store_id = stored_id(store.id)
    if whole:
        session.exec(delete(StoreLookup).where(col(StoreLookup.store_id) == store_id, col(StoreLookup.kind) == kind))
    values = [
        {"store_id": store_id, "kind": kind, **vars(row), "data": dict(row.data)}
        for row in sorted(rows, key=lambda row: row.key)
    ]
    upsert(session, StoreLookup, values, keys=["store_id", "kind", "key"], update=["name", "active", "data"])
