"""Taking the focus without being drawn anew as a whole."""

from __future__ import annotations

from textual import events
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget


class QuietScreen(Screen[ScreenResultType]):
    """A screen that is not drawn as a whole when the focus moves within it."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)


class QuietFocus(Widget):
    """A widget that draws by itself what looks different with the focus.

    Textual draws all of a widget that gets or loses it: two lists beside each other are a whole screen on the line.
    """

    def watch_has_focus(self, _has_focus: bool) -> None:
        """No style depends on it."""

    def _on_focus(self, event: events.Focus) -> None:
        event.prevent_default()
        self._have_focus(True, events.DescendantFocus(self))

    def _on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self._have_focus(False, events.DescendantBlur(self))

    def _have_focus(self, focus: bool, news: events.Event) -> None:
        self.has_focus = focus
        if self.parent is not None:
            self.parent.post_message(news)
