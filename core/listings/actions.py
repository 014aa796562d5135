"""Use cases around products out: export, preview, close, and look again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.actor import Actor
from core.errors import UsageError
from core.jobs.kinds import JobKind
from core.jobs.requests import Requested, request
from core.listings.declaration import CLOSE, EXPORT, FOLLOW
from core.people.audit import record
from core.people.rights import require_channel
from core.products.actions import checked_skus
from core.sync.channel_job import require_usable
from core.workspace import Workspace

_MOST_NAMED = 1_000
"""Products that one request may name."""


def export_products(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    *,
    skus: Sequence[str] = (),
    product_ids: Sequence[int] = (),
    preview: bool = False,
    ask_amazon: bool = False,
    direct: bool = False,
) -> Requested:
    """Ask for products to be listed: all that are not at Amazon yet, or those of some SKUs or numbers.

    With `preview`, and always where the app is in draft, the job only tells what it would do; with `ask_amazon`, and in
    draft, Amazon validates each of them.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    if skus and product_ids:
        raise UsageError("Name SKUs or numbers of products, not both.", next_step="Export them in two jobs.")
    params: dict[str, Any] = {}
    if skus:
        params["skus"] = checked_skus(skus)
    if product_ids:
        params["product_ids"] = _checked_numbers(product_ids)
    if preview or channel.app_status == "draft":
        params["plan_only"] = True
    if params.get("plan_only") and (ask_amazon or channel.app_status == "draft"):
        params["ask_amazon"] = True
    with workspace.database.write() as session:
        told = {name: value if isinstance(value, bool) else len(value) for name, value in params.items()}
        record(session, actor, "product.export", f"channel {channel.name}", **told)
    return request(workspace.database, actor, EXPORT, channel, params, direct=direct)


def close_listings(
    workspace: Workspace, actor: Actor, channel_name: str, skus: Sequence[str], *, direct: bool = False
) -> Requested:
    """Take listings away at Amazon; nothing is closed but what is named. Whoever asks has been asked back."""
    params = {"skus": checked_skus(skus)}
    return _asked(workspace, actor, channel_name, params, CLOSE, "listing.close", direct=direct)


def retry(
    workspace: Workspace, actor: Actor, channel_name: str, skus: Sequence[str], *, direct: bool = False
) -> Requested:
    """Plan and send SKUs of the channel again: of listings that were there before no more than what has changed."""
    params = {"skus": checked_skus(skus), "again": True}
    return _asked(workspace, actor, channel_name, params, EXPORT, "product.export", direct=direct)


def follow_listings(workspace: Workspace, actor: Actor, channel_name: str, *, direct: bool = False) -> Requested:
    """Look now at what was sent, and compare all of it with what Amazon has."""
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    return request(workspace.database, actor, FOLLOW, channel, {"compare": True}, direct=direct)


def _asked(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    params: dict[str, Any],
    kind: JobKind,
    what: str,
    *,
    direct: bool,
) -> Requested:
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    with workspace.database.write() as session:
        record(session, actor, what, f"channel {channel.name}", listings=len(params["skus"]))
    return request(workspace.database, actor, kind, channel, params, direct=direct)


def _checked_numbers(product_ids: Sequence[int]) -> list[int]:
    told = list(dict.fromkeys(product_ids))
    if any(not 0 < number < 2**31 for number in told):
        raise UsageError("A product has a number above 0.", fields={"product_id": "it is not a number of a product"})
    if len(told) > _MOST_NAMED:
        raise UsageError(f"Name {_MOST_NAMED} products at the most.", next_step="Export all instead.")
    return told
