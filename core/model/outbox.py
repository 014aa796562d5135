"""What we intend to write to the other side."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, and_, text
from sqlmodel import Field, SQLModel

from core.model.base import json_field, key_field, now_field, partial_index
from core.vault import EncryptedJson

WAITING = "waiting"
SENDING = "sending"
SENT = "sent"
UNKNOWN = "unknown"
VERIFIED = "verified"
REJECTED = "rejected"

OPEN_STATES = (WAITING, SENDING, SENT, UNKNOWN)
IS_OPEN = text("outbox.state IN ('waiting', 'sending', 'sent', 'unknown')")
"""As a condition spelled like that of the partial index, which SQLite would not use otherwise."""
IS_UNSENT = and_(IS_OPEN, text("outbox.state <> 'sent'"))
"""Open, and not known to have reached the remote; what was sent is there and only waits to be read back."""
_OF_ORDERS = "flow IN ('orders', 'shipments')"
IS_OF_ORDERS = text(f"outbox.{_OF_ORDERS}")
"""What is written about orders and their shipments; spelled like the condition of a partial index too."""
_OPEN = "state IN ('waiting', 'sending', 'sent', 'unknown')"


class OutboxIntent(SQLModel, table=True):
    """One intended write with its state: waiting → sending → sent → verified, or rejected, or unknown.

    `sending` is committed before the call, so a crash leaves a trace; an intent found `sending` without its sender
    is `unknown`, and is settled by looking at the remote, never by blind repetition.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        # At most one open intent per remote, flow and subject: nothing is ever sent twice side by side. The store is
        # part of it, because two stores of one seller number their shipments alike.
        partial_index(
            "uq_outbox_open_subject",
            "remote",
            "flow",
            "store_id",
            "subject",
            unique=True,
            where=_OPEN,
        ),
        Index("ix_outbox_queue", "remote", "state", "not_before"),
        partial_index("ix_outbox_order", "store_id", "subject", where=_OF_ORDERS),
    )

    id: int | None = key_field()
    remote: str
    """Where it is written: "store 3" or "seller 7"."""
    flow: str
    store_id: int = Field(foreign_key="store.id")
    channel_id: int = Field(foreign_key="channel.id")
    job_id: int | None = Field(default=None, index=True)
    subject: str
    kind: str
    """What is to be done, "order.create"; its flow knows how."""
    state: str = WAITING
    step: str = ""
    """Where an intent of several calls stands; tells what an interrupted call was doing."""
    content: dict[str, Any] | None = Field(
        default=None, sa_type=EncryptedJson(row=("store_id", "channel_id", "kind", "subject"))
    )
    """What to write; personal data, so it is emptied when the intent ends."""
    locks: list[str] = Field(default_factory=list, sa_type=JSON)
    """What nobody else may write meanwhile, "product 12": intents that share one are serial."""
    evidence: dict[str, Any] = json_field()
    """What is known of the remote side: numbers there, searches made."""
    attempts: int = 0
    not_before: datetime | None = None
    sent_at: datetime | None = None
    message: str = ""
    created_at: datetime = now_field()
    updated_at: datetime = now_field()
