"""The window with what an export would send of products: the exact body, what is wrong, and Amazon's own validation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.documents import as_json
from core.listings.exact import ExactView
from tui.exact_text import BODY, FIX, GOOD, PLAIN, TITLE, WARNING, exact_parts
from tui.text import clean, foreign
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line

_STYLES = {TITLE: "bold", WARNING: "$text-warning", GOOD: "$text-success", FIX: "", PLAIN: "$text-muted", BODY: ""}
_INDENTS = {FIX: 5, BODY: 4}


class PreviewWindow(TextModal):
    """Shows what would be sent; `ask` begins to ask Amazon, and the window is opened again with its answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "ask", "Ask Amazon", id="preview.ask", tooltip="Let Amazon validate it; nothing is sent"),
    ]

    def __init__(self, views: Sequence[ExactView], ask: Callable[[], None]) -> None:
        super().__init__(preview_title(views), list(preview_lines(views)))
        self._can_ask = any(view.body is not None and view.amazon is None for view in views)
        self._ask = ask

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Amazon is asked once, and only about what would be sent."""
        return action != "ask" or self._can_ask

    def action_ask(self) -> None:
        """Ask Amazon."""
        self.dismiss()
        self._ask()


def preview_title(views: Sequence[ExactView]) -> str:
    """What it is a preview of."""
    if len(views) == 1:
        return f"Export of {clean(views[0].sku)}, nothing was sent"
    return f"Export of {len(views)} SKUs, nothing was sent"


def preview_lines(views: Sequence[ExactView]) -> Iterator[Line]:
    """All of it, one after the other."""
    for number, view in enumerate(views):
        if number:
            yield Line(Content(""))
        for part in exact_parts(as_json(view)):
            yield Line(foreign(part.text, _STYLES[part.kind]), indent=_INDENTS.get(part.kind, 0))
