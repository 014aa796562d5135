"""State that rows keep as JSON, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self, TypeVar

from pydantic import TypeAdapter

S = TypeVar("S", bound="State")
_adapters: dict[Any, TypeAdapter[Any]] = {}


@dataclass(frozen=True)
class State:
    """Base of frozen dataclasses that are kept as JSON; every field has a default, which is not written.

    Several may share a document, each with fields of its own. What one does not know it leaves to the others, and what
    is missing has its default: so a home that another version has written goes on.
    """

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """What a document says; raises ValueError when it cannot be read."""
        state: Self = _adapter(cls).validate_python(document)
        return state

    def to_json(self) -> dict[str, Any]:
        """A document that says nothing else."""
        document: dict[str, Any] = _adapter(type(self)).dump_python(self, mode="json", exclude_defaults=True)
        return document

    def into(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document with this in it, in place of what it said of it before."""
        own = {field.name for field in fields(type(self))}
        return {name: value for name, value in document.items() if name not in own} | self.to_json()


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
