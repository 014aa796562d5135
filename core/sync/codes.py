"""Codes of problems as data: every flow declares its own, and documents, screens and commands read them there.

A plan is pure and may name codes, so nothing is imported here. A name means the same in all flows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class FixKind(IntEnum):
    """How a problem is fixed; those that the program carries out come first, and what fixes itself comes last."""

    LINK = 1
    """A product of the store is chosen for the SKU that the problem is about."""
    MAP = 2
    """Something of the store or of Amazon is chosen for the key of a mapping that the problem is about."""
    ENTER = 3
    """What is missing of one item is entered into a form."""
    CHANNEL = 4
    """The setting of the channel that the problem is about is changed."""
    RELEASE = 5
    """The hold that a person put on it is taken away."""
    RETRY = 6
    """A job plans and delivers it again."""
    STORE = 7
    """It is corrected in the store."""
    AMAZON = 8
    """It is looked at, or corrected, at Amazon."""
    UPGRADE = 9
    """A version of the program that knows it is used."""
    WAIT = 10
    """Nothing: it is released by itself."""

    @property
    def is_here(self) -> bool:
        """Whether the program carries it out."""
        return self <= FixKind.RETRY

    @property
    def is_one_by_one(self) -> bool:
        """Whether a person chooses or enters something for each thing that problems are about."""
        return self <= FixKind.CHANNEL


_WORDS = {
    FixKind.LINK: "Link the SKU to a product",
    FixKind.MAP: "Choose what it means",
    FixKind.ENTER: "Enter what is missing",
    FixKind.CHANNEL: "Change the setting of the channel",
    FixKind.RELEASE: "Release it",
    FixKind.RETRY: "Try it again",
    FixKind.STORE: "Correct it in the store",
    FixKind.AMAZON: "Look at it at Amazon",
    FixKind.UPGRADE: "Upgrade Crossdock: a later version knows it",
    FixKind.WAIT: "Nothing to do",
}


@dataclass(frozen=True)
class Code:
    """One kind of problem: the name that scripts rely on, a title for people, and how it is fixed."""

    name: str
    title: str
    """In at most 20 characters, as columns show it: "Unknown SKU"."""
    kind: FixKind
    advice: str = ""
    """What fixes it in a few words, where the words of its kind do not say enough."""

    @classmethod
    def stored(cls, name: str) -> Code:
        """A code of which nothing but its stored name is known, as those of later versions."""
        return cls(name, name, FixKind.UPGRADE)

    def kind_for(self, about: str) -> FixKind:
        """How a problem of this code is fixed; without knowing what it is about nothing can be chosen for it."""
        is_nameless = not about and self.kind in (FixKind.LINK, FixKind.MAP, FixKind.CHANNEL)
        return FixKind.STORE if is_nameless else self.kind

    def advice_for(self, about: str) -> str:
        """What fixes a problem of this code, in a few words."""
        kind = self.kind_for(about)
        return self.advice if self.advice and kind is self.kind else _WORDS[kind]


KIND_UNKNOWN = Code("kind_unknown", "Unknown change", FixKind.UPGRADE)
"""Of any flow: a planned change that this version of the program cannot make."""
UNREADABLE = Code("unreadable", "Unreadable", FixKind.WAIT, "Nothing to do: read again when it changes")
"""Of any flow: what was read or planned is of a form that this version of the program cannot read."""
STORE_REFUSED = Code("store_refused", "Store refused", FixKind.RETRY)
"""Of any flow that writes to the store: its clear no."""
