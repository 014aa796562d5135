"""Amazon says that it has published new definitions: those at hand are asked for anew when they are next used.

Source: PRODUCT_TYPE_DEFINITIONS_CHANGE 1.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import col, update

from core import clock
from core.model.account import SellerAccount
from core.model.channel import Channel
from core.model.product_type import ProductTypeDefinition, ProductTypeList
from core.product_types.cache import FRESH
from core.sync.hearing import Heard, Notice
from core.workspace import Workspace

_SKEW = timedelta(minutes=1)
"""By which Amazon's clock may be behind this one."""


def changed(workspace: Workspace, channel: Channel, notices: Sequence[Notice]) -> Heard:
    """Forget that the definitions and names of the marketplace were looked at lately; they stay in use until then.

    What was looked at after Amazon said so is known.
    """
    stale = clock.now() - FRESH
    said = max(notice.published_at or clock.now() for notice in notices) + _SKEW
    with workspace.database.write() as session:
        api_mode = session.get_one(SellerAccount, channel.account_id).api_mode
        definitions = session.exec(
            update(ProductTypeDefinition)
            .where(
                col(ProductTypeDefinition.api_mode) == api_mode,
                col(ProductTypeDefinition.marketplace_id) == channel.marketplace_id,
                col(ProductTypeDefinition.checked_at) > stale,
                col(ProductTypeDefinition.checked_at) <= said,
            )
            .values(checked_at=stale)
        )
        names = session.exec(
            update(ProductTypeList)
            .where(
                col(ProductTypeList.api_mode) == api_mode,
                col(ProductTypeList.marketplace_id) == channel.marketplace_id,
                col(ProductTypeList.read_at) > stale,
                col(ProductTypeList.read_at) <= said,
            )
            .values(read_at=stale)
        )
    found = bool(definitions.rowcount or names.rowcount)
    return Heard(frozenset(notice.id for notice in notices) if found else frozenset())
