"""What pickers and forms let people choose from."""

from __future__ import annotations

from collections.abc import Sequence
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

    def nearness(self, text: str) -> int:
        """How well it answers `text`: less is better. What it is, how it begins, how a word of it begins, any other."""
        wanted, words = text.casefold().strip(), self.words.casefold()
        if wanted in (words, str(self.value).casefold()):
            return 0
        if words.startswith(wanted):
            return 1
        return 2 if f" {wanted}" in f" {words}" else 3


def best_first(choices: Sequence[Choice], text: str) -> list[Choice]:
    """Those that fit a text, the best match first; without a text all, as they come."""
    found = [choice for choice in choices if choice.fits(text)]
    return sorted(found, key=lambda choice: choice.nearness(text)) if text.strip() else found
