"""Languages of the store; one call."""

from __future__ import annotations

from core.cscart import shapes
from core.cscart.lookups import ALL, Lookup
from core.cscart.transport import StoreClient

LONGEST_CODE = 10


def languages(client: StoreClient) -> list[Lookup]:
    """All languages by their code, active or not; the list comes keyed by code."""
    found = {
        code: Lookup(code, shapes.name(row.get("name")) or code, shapes.text(row.get("status")) == "A")
        for row in shapes.rows(client.get("languages", ALL), "languages")
        if 0 < len(code := shapes.text(row.get("lang_code"))) <= LONGEST_CODE
    }
    return list(found.values())
