"""Token buckets shared by all threads, processes and hosts."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel


class Quota(SQLModel, table=True):
    """One bucket; `tokens` may be negative: that is a queue of reservations."""

    key: str = Field(primary_key=True)
    tokens: float
    updated_at: datetime
    rate: float
    """Tokens per second; corrected by Amazon's header."""
    burst: int
    paused_until: datetime | None = None
    refusals: int = 0
    """Refusals (429) since the last call that was let through."""


class QuotaUsage(SQLModel, table=True):
    """Calls and refusals (429) of one bucket on one UTC day."""

    __tablename__ = "quota_usage"

    key: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    calls: int = 0
    refused: int = 0
