"""The windows that ask how listings are imported: all of a channel, or those that are marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.actor import Actor
from core.jobs.requests import Requested
from core.products import actions as products
from core.workspace import Workspace
from tasks.start import start
from tui.forms.fields import Entered, Field
from tui.forms.modal import FormModal
from tui.frame.attempts import PORTION
from tui.screens.products.text import import_question
from tui.widgets.choice import Choice

GUIDE = (
    "The import reads the seller's report of listings, then each listing that is new or has changed. What is new"
    " becomes a product of the store; products that are there are completed as the channel says.",
    "A listing belongs to the product that has its SKU as code. Where products have other codes, name the field or"
    " feature of the store that holds their EAN, UPC, ISBN or GTIN: the listing is linked to the one with the same.",
    "Plan only reads and plans, and tells in the job what each listing would do; nothing is written to the store.",
)
_HOW = [
    Field(
        "by_identifier",
        "Identifier in",
        blank="as the channel says",
        help="Link to products with the same EAN, UPC, ISBN or GTIN in this field or feature of the store.",
    ),
    Field("only_new", "Only new", "switch", "Products that are in the store already are not changed."),
    Field("preview", "Plan only", "switch", "Tell what would be done, and write nothing to the store."),
]
_AS_USUAL = {"only_new": False, "preview": False}


def _how(entered: Entered) -> dict[str, Any]:
    """The options of an import that both windows ask for."""
    values = entered.values
    told = {name: bool(values[name]) for name in _AS_USUAL}
    return {**told, "by_identifier": str(values["by_identifier"]) if values.get("by_identifier") else None}


def import_form(
    workspace: Workspace, actor: Actor, channels: Sequence[str], channel: str = ""
) -> FormModal[list[Requested]]:
    """Asks what to import of a channel and starts the job; `channel` is the one to begin with."""

    def save(entered: Entered) -> list[Requested]:
        values = entered.values
        statuses = values["statuses"]
        requested = products.import_products(
            workspace,
            actor,
            str(values["channel"]),
            statuses=[str(status) for status in statuses] if isinstance(statuses, tuple) else (),
            **_how(entered),
        )
        start(workspace, requested)
        return [requested]

    names = [Choice(name) for name in channels]
    choices = [Choice(status) for status in products.STATUSES]
    fields = [
        Field("channel", "Channel", "choice", "Channel to import from.", names, required=True),
        Field("statuses", "Statuses", "multi", "Which listings become products this time.", choices, blank="all"),
        *_HOW,
    ]
    begin = {"channel": channel or (channels[0] if len(channels) == 1 else None), **_AS_USUAL}
    return FormModal(
        "Import listings from Amazon", fields, save, values=begin, verb="Import", saving="Asking …", guide=GUIDE
    )


def marked_form(workspace: Workspace, actor: Actor, marked: Mapping[str, Sequence[str]]) -> FormModal[list[Requested]]:
    """Asks how to import some listings, given as SKUs by channel, and starts the jobs."""

    def save(entered: Entered) -> list[Requested]:
        asked = []
        for channel, skus in marked.items():
            for first in range(0, len(skus), PORTION):
                some = skus[first : first + PORTION]
                asked.append(products.import_products(workspace, actor, channel, skus=some, **_how(entered)))
        for requested in asked:
            start(workspace, requested)
        return asked

    title = import_question(sum(map(len, marked.values())))
    return FormModal(title, _HOW, save, values=_AS_USUAL, verb="Import", saving="Asking …", guide=GUIDE[1:])
