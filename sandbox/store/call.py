"""One call to the REST API, free of any web framework, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.store import php


@dataclass(frozen=True)
class Call:
    """A call that has passed authentication and reached its entity."""

    method: str
    entity: str
    object_id: str | None
    query: dict[str, Any]
    body: dict[str, Any]
    version: str = "2.1"
    company_id: int | None = None
    """Storefront or vendor of the path (`/stores/1/orders`)."""
    parent: str | None = None
    parent_id: int | None = None

    @property
    def number(self) -> int:
        """The object id as a number; 0 when it is none."""
        return php.integer(self.object_id) if self.object_id and self.object_id.isdigit() else 0


@dataclass(frozen=True)
class Reply:
    """Status and JSON body (None: empty); `note` goes to the ledger."""

    status: int
    body: Any
    note: str = ""
    headers: dict[str, str] = field(default_factory=dict)
