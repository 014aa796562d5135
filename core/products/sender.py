"""What the senders of products, families and removals have in common."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Self

from sqlmodel import Session, col, select

from core.cscart.transport import StoreClient
from core.errors import CrossdockError
from core.jobs.context import JobContext
from core.model.outbox import OutboxIntent
from core.model.store import Store, StoreProduct
from core.products import refusals
from core.products.languages import spoken
from core.sync.decisions import Hold
from core.sync.delivery import Delivery, Tell
from core.sync.outbox import Outbox
from core.sync.pace import Pace
from core.sync.remotes import Remote, StoreRemote
from core.workspace import Workspace

PlanAgain = Callable[[Session, OutboxIntent], None]
"""Lets the next import plan again what an intent is about."""


class Standing(Enum):
    """Whose a product is, by who saved it last."""

    OURS = "ours"
    TOUCHED = "touched"
    """The program wrote it, and somebody else has since."""
    THEIRS = "theirs"
    """The program never wrote it."""


class ProductSender(Delivery):
    """Carries intents about products into one store."""

    def __init__(
        self,
        outbox: Outbox,
        client: StoreClient,
        pace: Pace,
        *,
        store: Store,
        settle_seconds: float,
        tell: Tell,
        plan_again: PlanAgain = lambda session, intent: None,
    ) -> None:
        """`plan_again` is told of an intent that failed in a way that the next import may mend."""
        super().__init__(outbox, pace, settle_seconds=settle_seconds, tell=tell)
        self.client = client
        self.store = store
        with outbox.database.read() as session:
            self.languages = spoken(session, store)
        self._plan_again = plan_again

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        context: JobContext,
        outbox: Outbox,
        remote: Remote,
        plan_again: PlanAgain = lambda session, intent: None,
    ) -> Self:
        """The sender of a job to a store."""
        assert isinstance(remote, StoreRemote)
        return cls(
            outbox,
            remote.client,
            remote.pace,
            store=remote.store,
            settle_seconds=workspace.settings.settle_seconds,
            tell=context.event_of,
            plan_again=plan_again,
        )

    @property
    def has_filter(self) -> bool:
        """Whether the store can be asked for a hundred SKUs at once."""
        return bool(self.store.capabilities.get("filter_params", True))

    def mirrored(self, product_id: int) -> StoreProduct | None:
        """A product as the mirror has it."""
        mine = (col(StoreProduct.store_id) == self.store.id, col(StoreProduct.product_id) == product_id)
        with self.outbox.database.read() as session:
            return session.exec(select(StoreProduct).where(*mine)).first()

    def standing(self, product_id: int, changed_at: int) -> Standing:
        """Who was the last to save a product that was saved at a time."""
        row = self.mirrored(product_id)
        if row is None or not row.written_at:
            return Standing.THEIRS
        return Standing.TOUCHED if row.written_at < changed_at else Standing.OURS

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        return refusals.refused(error)

    def fail(self, intent: OutboxIntent, hold: Hold, also: Callable[[Session], None] = lambda session: None) -> None:
        def end(session: Session) -> None:
            also(session)
            if hold.problem in refusals.PLANNED_AGAIN:
                self._plan_again(session, intent)

        super().fail(intent, hold, end)
