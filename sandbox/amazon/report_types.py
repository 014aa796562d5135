"""What reports contain, by their type.

A type is a line of `REPORT_TYPES`: whoever builds more of the world adds theirs with `report_type`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.amazon.access import Account
from sandbox.amazon.applications import LISTINGS_ROLE, LIVE, ORDERS_ROLE
from sandbox.amazon.state import Amazon


@dataclass(frozen=True)
class Wanted:
    """What was asked for, checked as far as it is the same for all types."""

    account: Account
    places: tuple[str, ...]
    options: Mapping[str, str]
    start: datetime | None = None
    end: datetime | None = None
    api_mode: str = LIVE


class Failed(Exception):
    """Amazon cannot make the report (FATAL); the reason stands in its document."""


Content = Callable[[Amazon, Wanted], Iterable[str]]
"""Makes the text, piece by piece; none at all: there is no data, and the report is cancelled."""
ContentType = str | Callable[[Amazon], str]
_ROLES = frozenset((LISTINGS_ROLE, ORDERS_ROLE))


@dataclass(frozen=True)
class ReportType:
    """`roles`: any one of them opens it."""

    content: Content
    roles: frozenset[str] = _ROLES
    content_type: ContentType = "text/plain;charset=UTF-8"

    def type_now(self, amazon: Amazon) -> str:
        """The Content-Type of one that is made now."""
        return self.content_type if isinstance(self.content_type, str) else self.content_type(amazon)


REPORT_TYPES: dict[str, ReportType] = {}


def report_type(
    name: str, content_type: ContentType = "text/plain;charset=UTF-8", roles: frozenset[str] = _ROLES
) -> Callable[[Content], Content]:
    """Register what a type of report contains."""

    def register(content: Content) -> Content:
        REPORT_TYPES[name] = ReportType(content, roles, content_type)
        return content

    return register


@report_type("GET_SANDBOX_ROWS")
def _rows(_: Amazon, wanted: Wanted) -> Iterator[str]:
    """No report of Amazon's, but one as large as is liked: so many rows of a hundred characters as its option says."""
    for number in range(int(wanted.options.get("rows", "10"))):
        yield f"{number:012d}\t{'x' * 86}\n"
