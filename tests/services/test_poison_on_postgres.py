"""Values that PostgreSQL refuses (NUL, half pairs, beyond 64 bits, long index keys) stop no page there either."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import delete

from core import vault
from core.cscart.transport import StoreClient
from core.database import Database
from core.model.cursor import Cursor
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.store import StoreProduct
from core.settings import Settings
from tests.clients.store_kit import Shop
from tests.unit.builders import FakeClock, connect_channel
from tests.unit.test_poisoned_pages import check_lookups, check_page, check_products, client, shop

__all__ = ["client", "shop"]
REFUSED = ("NUL", "half a pair", "a long text", "beyond 64 bits", "beyond 32 bits", "the year 1")


def test_one_poisoned_value_harms_no_other(
    database: Database, home: Path, client: StoreClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.clock._current", FakeClock())
    vault.open_vault(Settings(home=home))
    connect_channel(database)
    for poison in REFUSED:
        check_page(database, poison)
        check_products(database, client, shop, poison)
        check_lookups(database, client, shop, poison)
        with database.write() as session:
            for model in (AmazonOrder, AmazonOrderItem, StoreProduct, Cursor):
                session.exec(delete(model))
