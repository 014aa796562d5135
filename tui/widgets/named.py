"""Numbers for things that have names: a Table tells its rows by numbers."""

from __future__ import annotations


class Numbers(dict[str, int]):
    """The number of each name, given when it is first asked for and the same ever after."""

    def __missing__(self, name: str) -> int:
        self[name] = number = len(self)
        return number

    def name_of(self, number: int | None) -> str:
        """The name with this number; "" when there is none."""
        return next((name for name, of in self.items() if of == number), "")
