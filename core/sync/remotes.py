"""The remotes that flows write to, each with its client and with what was learned of how much it bears."""

from __future__ import annotations

from typing import Protocol

from sqlmodel import Session

from core.amazon.transport import AmazonClient
from core.cscart.transport import StoreClient
from core.jobs.context import JobContext
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.store import Store
from core.subjects import Owner
from core.sync.pace import LOWEST, Pace
from core.workspace import Workspace, channel_parts


class Remote(Protocol):
    """Where a lane writes to."""

    owner: Owner
    name: str
    pace: Pace

    def learned(self, session: Session) -> None:
        """Keep what a run of the lane has taught."""


class StoreRemote:
    """A store."""

    def __init__(self, workspace: Workspace, store: Store) -> None:
        self.store = store
        self.owner = Owner.store(stored_id(store.id))
        self.name = f"store {store.name}"
        self.client: StoreClient = workspace.store_client(store)
        self.pace = Pace(store.concurrency)

    def learned(self, session: Session) -> None:
        """The writes side by side that it bore at the end."""
        stored = session.get_one(Store, self.store.id)
        stored.concurrency = self.pace.limit
        session.add(stored)


class SellerRemote:
    """A seller account at Amazon: its quotas set the pace, so few writes side by side suffice."""

    def __init__(self, workspace: Workspace, context: JobContext, channel: Channel) -> None:
        with workspace.database.read() as session:
            _, account, app, _ = channel_parts(session, stored_id(channel.id))
        self.owner = Owner.seller(channel.account_id)
        self.name = f"seller {account.seller_id}"
        self.client: AmazonClient = workspace.amazon(
            account,
            app,
            draft=channel.app_status == "draft",
            meter=context,
            background=context.background,
            should_stop=context.stopping,
        )
        self.pace = Pace(LOWEST, highest=4)

    def learned(self, session: Session) -> None:
        """Nothing: Amazon tells its limits with every answer."""


def remote(workspace: Workspace, context: JobContext, channel: Channel, kind: str) -> Remote:
    """The remote of a channel: its "store", or its "seller"."""
    if kind == "seller":
        return SellerRemote(workspace, context, channel)
    with workspace.database.read() as session:
        _, _, _, store = channel_parts(session, stored_id(channel.id))
    return StoreRemote(workspace, store)
