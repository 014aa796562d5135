"""Which of the store's or Amazon's own words a key of a mapping most likely means, for a picker to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from core.mappings.choices import Choice, words_of

_WORDS = {
    "payments.cod": ("cash on delivery", "cod", "nachnahme", "contre remboursement", "contrareembolso", "rembours"),
    "payments.prepaid": ("amazon", "prepaid"),
    "shipping.default": ("amazon", "standard"),
    "statuses.SHIPPED": ("shipped", "complete"),
    "statuses.CANCELLED": ("cancelled", "canceled"),
}
"""Names, or parts of names, by which stores know what a key means; the surest first."""

_NEAR = 0.6
"""How alike two words have to be, from 0 to 1, for one to be suggested for the other."""


def best_match(about: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice whose name says what the key `about` ("payments.cod") means; None rather than a guess."""
    named = {choice.name.casefold(): choice for choice in reversed(choices)}
    wanted = (*_WORDS.get(about, ()), words_of(about).replace("_", " ").casefold())
    for words in wanted:
        found = next((name for name in named if _says(name, words)), None)
        if found is not None:
            return named[found]
    near = get_close_matches(wanted[-1], named, n=1, cutoff=_NEAR)
    return named[near[0]] if near else None


def _says(name: str, words: str) -> bool:
    """Whether the words, or the only word of a name, stand in the other as whole words."""
    spaced = f" {' '.join(name.replace('-', ' ').replace('(', ' ').replace(')', ' ').split())} "
    return f" {words} " in spaced or (len(spaced) > 4 and spaced in f" {words} ")
