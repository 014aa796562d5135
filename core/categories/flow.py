"""The job `categories.refresh`: Amazon's tree of a marketplace, then the store's categories, features and languages.

Either is used whole or not at all: what ends before that leaves what was there. A job whose worker died goes on with
the report it had asked for.
"""

from __future__ import annotations

from typing import BinaryIO

from sqlmodel import Session, col, func, select

from core.amazon.reports import ReportRequest
from core.categories.checkpoint import Checkpoint
from core.categories.features import pull_features, pull_languages
from core.categories.report import REPORT, read_nodes
from core.categories.store import pull_store_categories
from core.categories.tree import NewTree, Place, clear_unused, is_used
from core.errors import RemoteError
from core.jobs.context import JobContext
from core.model.account import SellerAccount
from core.model.category import BrowseNode, BrowseTree, CategoryMapping
from core.model.channel import Channel
from core.sync.channel_job import amazon, begin, parking
from core.sync.reports import fetched
from core.words import counted
from core.workspace import Workspace

_AGAIN = "The categories stay as they were. Run the refresh again in half an hour."


def place_of(session: Session, channel: Channel) -> Place:
    """Whose tree a channel uses."""
    account = session.get_one(SellerAccount, channel.account_id)
    return Place(account.api_mode, channel.marketplace_id)


def refresh(workspace: Workspace, context: JobContext) -> None:
    """Run the job from wherever it stands."""
    begun = begin(workspace, context)
    if not context.state(Checkpoint).tree_read:
        with parking(workspace, begun.channel):
            _read_tree(workspace, context, begun.channel)
    context.progress(step="Reading the store's categories", done=0, total=1)
    context.check()
    database, client, store = workspace.database, workspace.store_client(begun.store), begun.store
    count = pull_store_categories(database, client, store, begun.channel)
    context.event(f"The store has {count} categories.")
    context.check()
    features, spoken = len(pull_features(database, client, store)), pull_languages(database, client, store)
    context.event(f"It has {counted(features, 'feature')} and {counted(spoken, 'language')}.")


def _read_tree(workspace: Workspace, context: JobContext, channel: Channel) -> None:
    with workspace.database.read() as session:
        place = place_of(session, channel)
    clear_unused(workspace.database, place, context.job_id)
    wanted = ReportRequest(REPORT, (channel.marketplace_id,), {"MarketplaceId": channel.marketplace_id})
    client = amazon(workspace, context, channel)
    with fetched(context, client, channel.account_id, wanted) as report:
        if report is None:
            raise RemoteError(f"Amazon made no {REPORT}.", subject="Amazon", next_step=_AGAIN)
        tree = NewTree(workspace.database, place, context.job_id)
        try:
            count = _fill(context, tree, report.stream, report.size)
            with workspace.database.write() as session:
                tree.use(session, count)
                context.seen(count)
                context.save(session, Checkpoint(tree_read=True))
        except BaseException:
            tree.discard()
            raise
    context.event(f"Amazon's tree has {count} categories.")
    _tell_vanished(context, channel, place)
    clear_unused(workspace.database, place, context.job_id)


def _fill(context: JobContext, tree: NewTree, file: BinaryIO, size: int) -> int:
    for nodes in read_nodes(file):
        tree.add(nodes)
        context.progress(step="Reading Amazon's categories (kB)", done=file.tell() // 1000, total=size // 1000)
        context.check()
    context.progress(step="Putting Amazon's categories in order")
    count = tree.complete()
    context.check()
    if not count:
        raise RemoteError(f"Amazon's {REPORT} has no categories.", subject="Amazon", next_step=_AGAIN)
    return count


def _tell_vanished(context: JobContext, channel: Channel, place: Place) -> None:
    """Say how many mappings of the channel name a category that Amazon has no more."""
    with context.database.read() as session:
        there = select(BrowseNode.node_id).join(BrowseTree).where(is_used(place))
        query = select(func.count()).where(col(CategoryMapping.channel_id) == channel.id)
        count = session.exec(query.where(col(CategoryMapping.node_id).not_in(there))).one()
    if count:
        context.event(f"{count} mapped categories are not in Amazon's tree any more.", level="warning")
