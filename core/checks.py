"""Checklists: what was looked at, whether it is in order, and what to do if not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.documents import as_json


@dataclass(frozen=True)
class Check:
    """One line of a checklist."""

    name: str
    ok: bool
    message: str
    fix: str = ""


def checklist(checks: Sequence[Check]) -> dict[str, Any]:
    """The fixed JSON document of verify, prepare and doctor."""
    return {"ok": all(check.ok for check in checks), "checks": as_json(checks)}
