"""The names of all product types of a marketplace: one call a day at most, whatever is asked of them."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import col, select

from core import clock
from core.amazon import product_types
from core.database import upsert
from core.errors import RemoteError
from core.model.account import SellerAccount
from core.model.channel import Channel
from core.model.product_type import ProductTypeList
from core.product_types.cache import is_fresh
from core.product_types.remote import amazon
from core.quota import at_once
from core.sync.channel_job import parking
from core.workspace import Workspace


def known_types(workspace: Workspace, channel: Channel, wanted: Collection[str]) -> frozenset[str]:
    """All product types in the marketplace of a channel, where `wanted` names any; Amazon is asked before a no.

    Raises what calls raise when Amazon cannot be asked.
    """
    if not wanted:
        return frozenset()
    with workspace.database.read() as session:
        api_mode = session.get_one(SellerAccount, channel.account_id).api_mode
        query = select(ProductTypeList).where(
            col(ProductTypeList.api_mode) == api_mode, col(ProductTypeList.marketplace_id) == channel.marketplace_id
        )
        row = session.exec(query).first()
    if row is not None and (is_fresh(row.read_at) or set(wanted) <= set(row.names)):
        return frozenset(row.names)
    with at_once(), parking(workspace, channel):
        names = [one.name for one in product_types.search(amazon(workspace, channel), channel.marketplace_id)]
    if not names:
        raise RemoteError("Amazon names no product types.", subject="Amazon", next_step="Try again later.")
    values = {"names": names, "read_at": clock.now()}
    key = {"api_mode": api_mode, "marketplace_id": channel.marketplace_id}
    with workspace.database.write() as session:
        upsert(session, ProductTypeList, [key | values], keys=list(key), update=list(values))
    return frozenset(names)
