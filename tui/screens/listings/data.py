"""What the Listings screen knows of the link under the cursor beyond the list."""

from __future__ import annotations

from dataclasses import dataclass

from core.actor import Actor
from core.listings.list import LinkRow, LinkUse, link_use
from core.subjects import Subject
from core.sync.history import HistoryEntry, history_of
from core.workspace import Workspace
from tui.frame.history import LISTING_FLOWS


@dataclass(frozen=True)
class LinkDetail:
    """What the list does not hold of one link."""

    use: LinkUse
    """Orders that have the SKU."""
    history: tuple[HistoryEntry, ...] = ()
    """What happened to its listing, newest first."""


def read_detail(workspace: Workspace, actor: Actor, link: LinkRow) -> LinkDetail:
    """Everything about one link that the list does not hold."""
    history = history_of(workspace.database, actor, link.channel, Subject("sku", link.sku), *LISTING_FLOWS)
    return LinkDetail(link_use(workspace.database, actor, link.channel, link.sku), tuple(history))
