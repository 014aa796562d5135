"""A listing while its attributes are made: the values so far, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.fields.plan.faults import Fault, FaultKind
from core.fields.plan.paths import Scalar
from core.fields.plan.schema import Form, Row
from core.fields.plan.store_item import Setting, StoreItem


@dataclass
class Work:
    """One listing on its way."""

    form: Form
    item: StoreItem
    setting: Setting
    values: dict[str, Scalar] = field(default_factory=dict)
    """By path."""
    faults: list[Fault] = field(default_factory=list)
    beside: set[str] = field(default_factory=set)
    """Paths of values that only accompany others."""
    asked_for: set[str] = field(default_factory=set)
    """Attributes with a value that somebody chose."""
    wrong: set[str] = field(default_factory=set)
    """Attributes with a value that cannot be sent: these are not missing as well."""

    def fault(self, row: Row, kind: FaultKind, message: str, fix: str = "", *, is_blocking: bool = True) -> None:
        """Note what is wrong with a row."""
        self.faults.append(Fault(row.name, kind, message, fix, is_blocking))
        if is_blocking:
            self.wrong.add(row.attribute)

    def drop(self, attribute: str) -> None:
        """Send nothing of an attribute."""
        for key in [key for key in self.values if key.partition(".")[0] == attribute]:
            del self.values[key]

    def given(self) -> set[str]:
        """Attributes with a value."""
        return {key.partition(".")[0] for key in self.values}
