"""Use cases around listings and products: import, preview, retry and list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.actor import Actor
from core.errors import ItemsRefused, UsageError
from core.jobs.requests import Requested, request
from core.model.channel import Channel
from core.people.audit import record
from core.people.rights import require_channel
from core.products.declaration import IMPORT
from core.products.list import ListingView, ProductView, listed, products
from core.products.listings import mark_clean, rows_by_sku
from core.sync.channel_job import require_usable
from core.workspace import Workspace

STATUSES = ("active", "inactive", "incomplete")
"""By which listings can be chosen, as Amazon's report tells them."""
_MOST_NAMED = 1_000
"""SKUs that one request may name."""
_LONGEST_SKU = 40


def import_products(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    *,
    skus: Sequence[str] = (),
    statuses: Sequence[str] = (),
    only_new: bool = False,
    preview: bool = False,
    by_identifier: str | None = None,
    direct: bool = False,
) -> Requested:
    """Ask for the seller's listings to become products: all that are new or have changed, or those of some SKUs.

    `statuses` narrows it to listings that are active, inactive or incomplete; with `only_new` products that are in the
    store already are left as they are; with `preview` the job only tells what it would do. `by_identifier` names the
    field or feature of the store in which products have their EAN, UPC, ISBN or GTIN: a listing whose SKU none has
    is linked to the one that has its identifier; "" does not look for it, None does what the channel says.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    params: dict[str, Any] = {}
    if skus:
        params["skus"] = checked_skus(skus)
    if statuses:
        params["states"] = sorted(set(map(_status, statuses)))
    if only_new:
        params["only_new"] = True
    if preview:
        params["plan_only"] = True
    if by_identifier is not None:
        params["by_identifier"] = by_identifier.strip()
    if params.get("skus"):
        with workspace.database.write() as session:
            mark_clean(channel, session, params["skus"], dirty=True)
    return request(workspace.database, actor, IMPORT, channel, params, direct=direct)


def retry(
    workspace: Workspace, actor: Actor, channel_name: str, skus: Sequence[str], *, direct: bool = False
) -> Requested:
    """Plan listings of the channel again, as they were read last. Raises ItemsRefused for those that it has not."""
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    with workspace.database.write() as session:
        known = {row.sku for row in rows_by_sku(session, channel, list(skus))}
        if strange := [sku for sku in skus if sku not in known]:
            raise ItemsRefused({sku: _strange(channel, sku) for sku in strange})
        mark_clean(channel, session, list(skus), dirty=True)
        record(session, actor, "product.retry", f"channel {channel.name}", listings=len(skus))
    return request(workspace.database, actor, IMPORT, channel, {"replan": sorted(skus)}, direct=direct)


def list_listings(
    workspace: Workspace, actor: Actor, channel_name: str, *, sku: str = "", state: str = ""
) -> list[ListingView]:
    """The channel's listings as they were read last, by SKU, and SKUs that people linked."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        return list(listed(session, channel, sku=sku, state=state))


def list_products(workspace: Workspace, actor: Actor, channel_name: str, *, search: str = "") -> list[ProductView]:
    """The store's products as far as they were read, each with the channel's listing of it; by SKU."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        return list(products(session, channel, search=search))


def checked_skus(skus: Sequence[str]) -> list[str]:
    """SKUs that one request names, each once; raises UsageError for what is none, and for too many."""
    told = list(dict.fromkeys(sku.strip() for sku in skus))
    if wrong := [sku for sku in told if not 1 <= len(sku) <= _LONGEST_SKU]:
        raise UsageError(
            f"A SKU has 1 to {_LONGEST_SKU} characters.",
            subject=f"sku {wrong[0][:60]}",
            next_step="Copy it from Seller Central.",
            fields={"sku": "it is empty or too long"},
        )
    if len(told) > _MOST_NAMED:
        raise UsageError(f"Name {_MOST_NAMED} SKUs at the most.", next_step="Name all of them instead, with --all.")
    return told


def _status(status: str) -> str:
    if status.lower() not in STATUSES:
        raise UsageError(
            f"Unknown listing state {status[:40]!r}.",
            next_step=f"Known are {', '.join(STATUSES)}.",
            fields={"status": "it is not known"},
        )
    return status.lower()


def _strange(channel: Channel, sku: str) -> UsageError:
    return UsageError(
        "It is not among the listings of the channel.",
        subject=f"sku {sku}",
        next_step=f"Run: crossdock products import --channel {channel.name} --all",
    )
