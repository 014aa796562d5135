"""What rows are about, and whose they are, as the short texts that documents, logs and tables hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Subject(NamedTuple):
    """What one item is: "order 113-…", "sku ABC", "shipment 7". The text is fixed: scripts rely on it."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @classmethod
    def parse(cls, text: str) -> Subject:
        """The subject that a text names; an id may hold spaces (SKUs do)."""
        kind, _, rest = text.partition(" ")
        return cls(kind, rest)


class Owner(NamedTuple):
    """Whose a cursor, problem, job or write is: a channel, store, seller account, app (row keys) or marketplace."""

    kind: str
    id: int | str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @classmethod
    def channel(cls, key: int) -> Owner:
        """A channel, by its key."""
        return cls("channel", key)

    @classmethod
    def store(cls, key: int) -> Owner:
        """A store, by its key."""
        return cls("store", key)

    @classmethod
    def seller(cls, key: int) -> Owner:
        """A seller account, by its key."""
        return cls("seller", key)


def ids_of(subjects: Iterable[str], kind: str) -> list[str]:
    """The ids of those subjects that are of a kind."""
    begin = f"{kind} "
    return [subject.removeprefix(begin) for subject in subjects if subject.startswith(begin)]
