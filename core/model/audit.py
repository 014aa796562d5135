"""Who changed what."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import SQLModel

from core.model.base import json_field, key_field, now_field


class AuditEntry(SQLModel, table=True):
    """One change by an operator; never holds a secret."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject"),)

    id: int | None = key_field()
    at: datetime = now_field()
    operator: str
    action: str
    subject: str
    detail: dict[str, Any] = json_field()
