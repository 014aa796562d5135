"""What pickers and forms let people choose from."""

from __future__ import annotations

from dataclasses import dataclass

from tui.text import clean

Scalar = str | int


@dataclass(frozen=True)
class Choice:
    """One thing to choose. `label` and `note` may be foreign text; without a label the value is shown."""

    value: Scalar
    label: str = ""
    note: str = ""

    @property
    def words(self) -> str:
        """What people see."""
        return clean(self.label or self.value)

    def fits(self, text: str) -> bool:
        """Whether every word of `text` occurs in it."""
        whole = f"{self.value} {self.label} {self.note}".casefold()
        return all(word in whole for word in text.casefold().split())
