"""Issues of listings as Amazon tells them, whether it reads the listing or a submission. Listings Items API: Issue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.products.plan.source import text

_LONGEST = 500
"""Characters of a message that are kept."""


@dataclass(frozen=True)
class Issue:
    """What Amazon finds wrong with a listing; several names in one text are divided by commas."""

    code: str
    severity: str
    attribute: str
    message: str
    category: str = ""
    action: str = ""
    """What Amazon does because of it, such as `LISTING_SUPPRESSED`."""
    deadline: datetime | None = None
    """Until when the listing is spared that."""

    @property
    def is_error(self) -> bool:
        """Whether it keeps the listing from being sold, or a submission from being taken."""
        return self.severity == "ERROR"


def issues_of(told: object) -> tuple[Issue, ...]:
    """The issues of a list of Amazon's; what is none is left out."""
    return tuple(_issue(one) for one in told if isinstance(one, Mapping)) if isinstance(told, list | tuple) else ()


def _issue(one: Mapping[str, Any]) -> Issue:
    enforced = one.get("enforcements")
    enforced = enforced if isinstance(enforced, Mapping) else {}
    exemption = enforced.get("exemption")
    until = exemption.get("expiryDate") if isinstance(exemption, Mapping) else None
    return Issue(
        code=text(one.get("code")),
        severity=text(one.get("severity")),
        attribute=_names(one.get("attributeNames")),
        message=text(one.get("message"))[:_LONGEST],
        category=_names(one.get("categories")),
        action=_names(list(_actions(enforced.get("actions")))),
        deadline=_time(until),
    )


def _actions(told: object) -> Iterator[object]:
    yield from (one.get("action") for one in told if isinstance(one, Mapping)) if isinstance(told, list) else ()


def _names(told: object) -> str:
    return ", ".join(filter(None, map(text, told))) if isinstance(told, list) else ""


def _time(told: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(text(told))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
