"""The window that asks what is exported to Amazon: what was chosen in the list, or all that Amazon does not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from core.actor import Actor
from core.errors import UsageError
from core.jobs.requests import Requested
from core.listings import actions as exports
from core.products.rows import ProductRow
from core.workspace import Workspace
from tasks.start import start
from tui.forms.fields import Entered, Field, Values
from tui.forms.modal import FormModal
from tui.frame.attempts import PORTION
from tui.frame.fixes import counted
from tui.widgets.choice import Choice

GUIDE = (
    "A product that Amazon does not have becomes a listing of its own: its category has to be mapped, and what its"
    " product type requires has to be filled. Where Amazon's catalogue has the item already (by EAN, UPC, GTIN or ISBN)"
    " it becomes an offer on that, without any mapping. Of what is listed, changed attributes are sent.",
    "What cannot be sent is held with its reason and the key that fixes it; the rest goes. Price and stock of what is"
    " listed already are never part of an export.",
    "Plan only tells in the job what would be created, offered, changed or held, and sends nothing. With Ask Amazon,"
    " Amazon validates each of them too, and says which ASIN it would match. A channel in draft does nothing else.",
)
CHOSEN, NEW = "chosen", "new"


def export_form(
    workspace: Workspace, actor: Actor, channels: Sequence[str], channel: str, rows: Sequence[ProductRow]
) -> FormModal[list[Requested]]:
    """Asks how `rows`, or all new products, are exported, and starts the jobs; `channel` is the one to begin with."""

    def save(entered: Entered) -> list[Requested]:
        values = entered.values
        name, is_preview = str(values["channel"]), bool(values["preview"])
        export = partial(
            exports.export_products,
            workspace,
            actor,
            name,
            preview=is_preview,
            ask_amazon=is_preview and bool(values.get("ask_amazon")),
        )
        if values.get("which") == CHOSEN:
            asked = [export(skus=skus, product_ids=numbers) for skus, numbers in _portions(rows, name)]
        else:
            asked = [export()]
        for requested in asked:
            start(workspace, requested)
        return asked

    def previews(now: Values) -> bool:
        return bool(now.get("preview"))

    which = [Choice(CHOSEN, _chosen(rows)), Choice(NEW, "all that Amazon does not have")]
    fields = [
        Field("channel", "Channel", "choice", "Where it is listed.", list(map(Choice, channels)), required=True),
        Field("which", "Products", "choice", "What is exported.", which[0 if rows else 1 :], required=True),
        Field("preview", "Plan only", "switch", "Tell what would be done, and send nothing."),
        Field("ask_amazon", "Ask Amazon", "switch", "Amazon validates each; a call for each product.", when=previews),
    ]
    begin = {
        "channel": channel or (channels[0] if len(channels) == 1 else None),
        "which": CHOSEN if rows else NEW,
        "preview": False,
        "ask_amazon": False,
    }
    return FormModal(
        "Export products to Amazon", fields, save, values=begin, verb="Export", saving="Asking …", guide=GUIDE
    )


def _chosen(rows: Sequence[ProductRow]) -> str:
    return (rows[0].product_sku or rows[0].sku) if len(rows) == 1 else counted(len(rows), "chosen product")


def _portions(rows: Sequence[ProductRow], channel: str) -> Iterator[tuple[list[str], list[int]]]:
    """What each request names: SKUs that the channel has, then numbers of products that it does not have.

    Raises UsageError when the store has none of them.
    """
    own = {row.sku: row.product_id for row in rows if row.product_id and row.channel == channel}
    skus, listed = list(own), set(own.values())
    numbers = list(dict.fromkeys(row.product_id for row in rows if row.product_id and row.product_id not in listed))
    if not skus and not numbers:
        raise UsageError(
            "The store has no product for it: there is nothing to export.",
            next_step="Choose products of the store, or link the SKU to one.",
        )
    yield from ((skus[first : first + PORTION], []) for first in range(0, len(skus), PORTION))
    yield from (([], numbers[first : first + PORTION]) for first in range(0, len(numbers), PORTION))
