"""The window that shows where store and Amazon differ in stock, and asks whether the store's counts count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from core.stock.actions import Count, Counts
from tui.frame.fixes import counted
from tui.text import clean, foreign
from tui.widgets.keys import Keys
from tui.widgets.text_pane import Line, TextPane

MOST_SHOWN = 1_000
"""Differences that are listed; the command lists all of them."""
_WIDEST = 40


class CountsWindow(ModalScreen[bool]):
    """True when the counts were confirmed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "confirm", "Confirm", id="counts.confirm", tooltip="Let the store's counts go to Amazon"),
        Binding("escape,q", "leave", "Close", id="counts.leave", tooltip="Change nothing"),
    ]

    def __init__(self, channel: str, counts: Counts) -> None:
        super().__init__()
        self._channel = channel
        self._counts = counts

    def compose(self) -> ComposeResult:
        """What it is about, the differences, and the keys."""
        with Vertical(classes="box"):
            yield Static(foreign(f"Counts of {self._channel}"), markup=False, classes="heading")
            yield TextPane(id="text")
            yield Keys(show_command_palette=False)

    def on_mount(self) -> None:
        """Fill in the differences."""
        self.query_one("#text", TextPane).replace(list(counts_lines(self._channel, self._counts)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """What is confirmed is not confirmed again."""
        return action != "confirm" or not self._counts.confirmed

    def action_confirm(self) -> None:
        """Let the store's counts count."""
        self.dismiss(True)

    def action_leave(self) -> None:
        """Leave everything as it is."""
        self.dismiss(False)


def counts_lines(channel: str, counts: Counts) -> Iterator[Line]:
    """How much would be written, and each difference with what both sides have."""
    listings = counted(len(counts.listings), "listing")
    differ = counted(counts.differences, "listing")
    if counts.confirmed:
        yield Line(Content(f"Confirmed. Of {listings} that were there before, {counts.differences:,} differ now."))
    else:
        yield Line(Content(f"Not confirmed: of {listings} that were there before, nothing is changed yet."))
        yield Line(Content.styled(f"Confirming writes the stock of {differ}, and prices that differ.", "$text-warning"))
    yield Line(Content(""))
    differences = [one for one in counts.listings if one.store != one.amazon]
    if differences:
        yield from _table(differences[:MOST_SHOWN])
    if len(differences) > MOST_SHOWN:
        more = len(differences) - MOST_SHOWN
        yield Line(Content(f"and {more:,} more: crossdock products counts --channel ") + foreign(channel))


def _table(differences: Sequence[Count]) -> Iterator[Line]:
    width = min(max(len(clean(one.sku)) for one in differences), _WIDEST)
    yield Line(Content.styled(f"{'SKU':<{width}}  {'store':>8}  {'Amazon':>8}", "$text-muted"))
    for one in differences:
        amazon = "unknown" if one.amazon is None else f"{one.amazon:,}"
        yield Line(foreign(f"{clean(one.sku):<{width}}  {one.store:>8,}  {amazon:>8}"))
