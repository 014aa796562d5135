"""Writes down who changed what, in the transaction of the change."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from core.actor import Actor
from core.model.audit import AuditEntry


def record(session: Session, actor: Actor, action: str, subject: str, **detail: Any) -> None:
    """Add one entry; `detail` must hold no secret."""
    session.add(AuditEntry(operator=actor.name, action=action, subject=subject, detail=detail))
