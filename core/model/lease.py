"""Locks with an expiry, for work that one process at a time may do."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class Lease(SQLModel, table=True):
    """`owner` may do what `name` says until `until`; a lapsed lease may be taken by anyone."""

    name: str = Field(primary_key=True)
    owner: str
    until: datetime
