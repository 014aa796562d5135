"""Forgetting a channel, and with the last one of a seller the account: its tokens and what was read of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, SQLModel, col, delete, func, select

from core.actor import Actor
from core.channels.registry import get
from core.channels.sellers import channels_of, forget_unused
from core.errors import ConfigurationError
from core.model.account import MODE_PRIVATE, App, SellerAccount
from core.model.base import stored_id
from core.model.category import CategoryMapping
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.field_mapping import FieldMapping
from core.model.job import Job, JobState
from core.model.link import ListingLink, OrderLink
from core.model.listing import Listing
from core.model.offer import Offer
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.outbox import OPEN_STATES, UNKNOWN, OutboxIntent
from core.model.problem import Problem
from core.model.schedule import Schedule
from core.people.audit import record
from core.subjects import Owner
from core.workspace import Workspace, channel_parts


@dataclass(frozen=True)
class Removal:
    """What goes with a channel."""

    channel: str
    orders: int
    """Copies of Amazon's orders."""
    order_links: int
    listing_links: int
    category_mappings: int
    field_mappings: int
    jobs: int
    account: str
    """The seller whose account goes too; empty when other channels use it."""
    app: str
    """The private app that goes too; empty when it stays."""

    def sentences(self) -> list[str]:
        """What goes and what stays, for people."""
        counts = ((self.category_mappings, "mapped categories"), (self.field_mappings, "mapped fields"))
        mapped = "".join(f"{count} {noun}, " for count, noun in counts if count)
        told = [
            f"With channel {self.channel} go the copies of {self.orders} orders of Amazon, {self.order_links} links to "
            f"store orders, {self.listing_links} links to products, {mapped}and {self.jobs} jobs with their logs."
        ]
        if self.app:
            told.append(f"It is the last one of {self.app}: client id and secret, and the refresh token, go too.")
        elif self.account:
            told.append(f"It is the last one of {self.account}: the refresh token goes too.")
        else:
            told.append("The seller's authorization stays: other channels use it.")
        return [*told, "Orders in the store stay. Backups hold what they held."]


def preview(workspace: Workspace, actor: Actor, name: str) -> Removal:
    """What `remove` would take away."""
    channel = get(workspace, actor, name)
    with workspace.database.read() as session:
        return _removal(session, channel)


def remove(workspace: Workspace, actor: Actor, name: str) -> Removal:
    """Forget a channel; returns what went with it.

    Raises ConfigurationError while a job of it runs, or a write of it is open: what is known of that write is all that
    keeps it from being made twice.
    """
    channel = get(workspace, actor, name)
    with workspace.database.write() as session:
        # Locked in this order, so that no job begins meanwhile.
        session.exec(select(Channel).where(col(Channel.id) == channel.id).with_for_update()).one()
        _refuse_running(session, channel)
        _refuse_open(session, channel)
        removal = _removal(session, channel)
        _forget_mirror(session, channel)
        for model in (OutboxIntent, OrderLink, Problem, Schedule, Job):
            session.exec(delete(model).where(col(model.channel_id) == channel.id))
        session.exec(delete(Channel).where(col(Channel.id) == channel.id))
        forget_unused(session, channel.account_id)
        record(session, actor, "channel.delete", f"channel {channel.name}", account=removal.account, app=removal.app)
    return removal


def _removal(session: Session, channel: Channel) -> Removal:
    _, account, app, _ = channel_parts(session, stored_id(channel.id))
    is_last = len(channels_of(session, account)) == 1
    takes_app = is_last and app.mode == MODE_PRIVATE and _accounts(session, app) == 1
    return Removal(
        channel=channel.name,
        orders=_count(session, AmazonOrder, account_id=account.id, marketplace_id=channel.marketplace_id),
        order_links=_count(session, OrderLink, channel_id=channel.id),
        listing_links=_count(session, ListingLink, channel_id=channel.id),
        category_mappings=_count(session, CategoryMapping, channel_id=channel.id),
        field_mappings=_count(session, FieldMapping, channel_id=channel.id),
        jobs=_count(session, Job, channel_id=channel.id),
        account=f"seller {account.seller_id}" if is_last and account.seller_id else "",
        app=f"app {app.name}" if takes_app else "",
    )


def _count(session: Session, model: type[SQLModel], **values: Any) -> int:
    query = select(func.count()).select_from(model)
    return session.exec(query.where(*(getattr(model, name) == value for name, value in values.items()))).one()


def _accounts(session: Session, app: App) -> int:
    return _count(session, SellerAccount, app_id=app.id)


def _refuse_running(session: Session, channel: Channel) -> None:
    """A job of the channel would lose its rows, and one of the same seller would bring back what is deleted."""
    same_seller = select(Channel.id).where(col(Channel.account_id) == channel.account_id)
    jobs = session.exec(select(Job).where(col(Job.channel_id).in_(same_seller)).with_for_update()).all()
    running = [job for job in jobs if job.state == JobState.RUNNING]
    own = next((job for job in running if job.channel_id == channel.id), None)
    if running:
        raise ConfigurationError(
            f"Job {own.id} of it is running." if own else "The orders of its seller are being read.",
            subject=f"channel {channel.name}",
            next_step="Let it end, or end it with: crossdock jobs cancel" if own else "Try again a little later.",
        )


def _refuse_open(session: Session, channel: Channel) -> None:
    open_states = session.exec(
        select(OutboxIntent.state).where(
            col(OutboxIntent.channel_id) == channel.id, col(OutboxIntent.state).in_(OPEN_STATES)
        )
    ).all()
    if UNKNOWN in open_states:
        raise ConfigurationError(
            "Of a write to the store it is not known whether it took effect.",
            subject=f"channel {channel.name}",
            next_step="Import its orders once more: that finds out. Then delete it.",
        )
    if open_states:
        raise ConfigurationError(
            "Writes of it are under way.",
            subject=f"channel {channel.name}",
            next_step="Let its jobs end, or cancel them, then delete it.",
        )


def _forget_mirror(session: Session, channel: Channel) -> None:
    """The copies of the marketplace's orders and listings, and how far it was read; no other channel shows them."""
    here = (
        col(AmazonOrder.account_id) == channel.account_id,
        col(AmazonOrder.marketplace_id) == channel.marketplace_id,
    )
    session.exec(
        delete(AmazonOrderItem).where(
            col(AmazonOrderItem.account_id) == channel.account_id,
            col(AmazonOrderItem.order_id).in_(select(AmazonOrder.order_id).where(*here)),
        )
    )
    session.exec(delete(AmazonOrder).where(*here))
    for model in (Listing, Offer):
        session.exec(
            delete(model).where(
                col(model.account_id) == channel.account_id, col(model.marketplace_id) == channel.marketplace_id
            )
        )
    # A window that is half read names the marketplace too; the others begin theirs again where they stand.
    session.exec(
        delete(Cursor).where(
            col(Cursor.owner) == str(Owner.seller(channel.account_id)),
            col(Cursor.scope).in_([channel.marketplace_id, ""]),
        )
    )
