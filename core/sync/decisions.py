"""What a plan says of an item that is not sent yet."""

from __future__ import annotations

from dataclasses import dataclass

from core.sync.codes import Code


@dataclass(frozen=True)
class Hold:
    """Why an item is not sent yet; it is released by itself when the cause is gone."""

    problem: Code
    message: str
    fix: str
    about: str = ""
    """What fixes it for all items alike: a SKU, or the key of a mapping such as `payments.cod`."""

    @property
    def code(self) -> str:
        """The name of the code, as documents and tables hold it."""
        return self.problem.name
