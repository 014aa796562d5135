"""What happened to a row, as the third pane of a wide terminal shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from textual.content import Content

from core.flows import code_of
from core.listings import NAME as LISTINGS
from core.products import NAME as PRODUCTS
from core.stock import NAME as STOCK
from core.sync.history import HistoryEntry
from tui.text import foreign
from tui.widgets import timestamps
from tui.widgets.text_pane import Line

LISTING_FLOWS = (PRODUCTS, LISTINGS, STOCK)
"""Flows that have to do with a listing."""

_TONES: Mapping[str, str] = {
    "problem": "$text-warning",
    "held": "$text-warning",
    "failed": "$text-error",
    "resolved": "$text-success",
    "created": "$text-success",
    "updated": "$text-success",
}
_TIME = 13


def history_lines(entries: Iterable[HistoryEntry]) -> Iterator[Line]:
    """Newest first: when, which job, with what result; why, where it held something up."""
    for entry in entries:
        when = Content.styled(timestamps.brief(entry.at).ljust(_TIME), "$text-muted")
        what = [foreign(entry.result, _TONES.get(entry.result, ""))]
        if entry.job_id is not None:
            what.insert(0, Content(f"Job {entry.job_id}"))
        if entry.code:
            what.append(foreign(code_of(entry.code).title))
        yield Line(when + Content("  ").join(what), indent=_TIME)
