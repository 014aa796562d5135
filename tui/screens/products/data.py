"""What the Products screen knows of the row under the cursor beyond the list."""

from __future__ import annotations

from dataclasses import dataclass

from core.actor import Actor
from core.jobs import views
from core.products.catalogue import LINKED
from core.products.rows import ProductRow
from core.stock.actions import awaits_counts
from core.subjects import Subject
from core.sync.history import HistoryEntry, history_of
from core.sync.problems import problem_of
from core.workspace import Workspace
from tui.frame.history import LISTING_FLOWS


@dataclass(frozen=True)
class ProductDetail:
    """What the list does not hold of one row."""

    job: int | None = None
    """The last job that had to do with its listing."""
    about: str = ""
    """What its problem is about, such as a browse node."""
    is_unconfirmed: bool = False
    """Whether its stock waits for the counts to be confirmed."""
    history: tuple[HistoryEntry, ...] = ()
    """What happened to it, newest first."""


def read_detail(workspace: Workspace, actor: Actor, row: ProductRow) -> ProductDetail:
    """Everything about one row that the list does not hold; of a product without a listing nothing has happened."""
    if not row.channel:
        return ProductDetail()
    database, subject = workspace.database, Subject("sku", row.sku)
    problem = problem_of(database, actor, row.channel, subject) if row.problem else None
    job = views.last_job_of(database, actor, row.channel, subject)
    history = tuple(history_of(database, actor, row.channel, subject, *LISTING_FLOWS))
    is_unconfirmed = row.state == LINKED and awaits_counts(workspace, actor, row.channel, row.sku)
    return ProductDetail(job, problem.about if problem else "", is_unconfirmed, history)
