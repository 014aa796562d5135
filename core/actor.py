"""Who acts. Every use case takes the acting operator, and rights are checked there, by `core.people.rights`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Actor:
    """An operator at work: an admin may do everything, a vendor what belongs to their own company of a store."""

    name: str
    is_admin: bool = True
    store_id: int | None = None
    company_id: int | None = None
    operator_id: int | None = None
    """The account behind it; the local admin and the program itself have none."""
    epoch: str = field(default="", repr=False)
    """The account's epoch when the session began; with another one the session has ended."""
    token_hash: str | None = field(default=None, repr=False)
    """Of the token that the session was begun with, if it was one; it ends with the token."""

    def may_see(self, store_id: int, company_id: int | None) -> bool:
        """Whether things of this store and company are this operator's."""
        return self.is_admin or (self.store_id == store_id and self.company_id == company_id)


LOCAL_ADMIN = Actor("admin")
"""Whoever may read the key of this home: the same Unix account, the same power."""

SYSTEM = Actor("system")
"""Schedules and recovery."""


def person(name: str) -> str:
    """Who asked for something, as people read it."""
    return "the schedule" if name == SYSTEM.name else name
