"""The picker for what a key of a mapping means in the store, or at Amazon; it begins on what its name says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from core.mappings import choices as mappings
from core.mappings.choices import NO_STOCK
from core.mappings.matching import best_match
from tui.widgets.choice import Choice
from tui.widgets.pick import Pick

NO_CHOICE = "The store has nothing that fits. Make it there, or run: crossdock store prepare"
UNDECIDED = "None matches by its name: choose one."


def usable(about: str, choices: Sequence[mappings.Choice]) -> list[mappings.Choice]:
    """Those of the choices that the key `about` ("payments.cod") may mean."""
    needs_stock_back = about.partition(".")[2] == NO_STOCK
    return [it for it in choices if it.active and (it.gives_stock_back or not needs_stock_back)]


def value_pick(
    title: str, about: str, choices: Sequence[mappings.Choice], *, current: str = "", more: Sequence[Choice] = ()
) -> Pick:
    """Asks what a key means. The cursor begins on `current`, else on the best match; without one nothing is chosen.

    `more` can be chosen beside the store's own values.
    """
    best = best_match(about, choices)
    begin = current or (best.key if best else None)
    return Pick(
        title,
        partial(_fitting, about, choices, more),
        current=begin,
        empty=NO_CHOICE,
        undecided="" if begin or len(choices) == 1 else UNDECIDED,
    )


def _fitting(about: str, choices: Sequence[mappings.Choice], more: Sequence[Choice], text: str) -> list[Choice]:
    """What fits a text: of the store or Amazon, what can be chosen beside that, or what is typed."""
    known = [*(Choice(it.key, it.name, it.key if it.key != it.name else "") for it in choices), *more]
    fitting = [choice for choice in known if choice.fits(text)]
    own = mappings.typed(about.partition(".")[0], text)
    return [*fitting, Choice(own.key, f"{own.name} (as free text)", own.key)] if own else fitting
