"""Which product of the store a SKU means, chosen and taken back from lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.actor import Actor
from core.jobs.requests import Requested
from core.listings import links
from core.products.plan.problems import SEVERAL_PRODUCTS
from core.subjects import Subject
from core.workspace import Workspace
from tui.frame.fixes import FixRequest
from tui.frame.fixing import fix

if TYPE_CHECKING:
    from tui.frame.fixing import Fixing


def link_sku(screen: Fixing, channel: str, sku: str) -> None:
    """Choose the product of a SKU, whether or not a problem asks for it."""
    subject = Subject("sku", sku)
    request = FixRequest(channel, SEVERAL_PRODUCTS, sku, "", 1, "listing", lambda: [(channel, subject)])
    fix(screen, request)


def unlink_each(workspace: Workspace, actor: Actor, channel: str, skus: Sequence[str]) -> list[Requested | None]:
    """Let SKUs of a channel mean no product by hand."""
    return [links.unlink(workspace, actor, channel, sku) for sku in skus]
