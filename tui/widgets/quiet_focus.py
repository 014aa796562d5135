"""Taking the focus, and changing lines, without being drawn anew as a whole."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.scroll_view import ScrollView
from textual.widget import Widget


class QuietScreen(Screen[ScreenResultType]):
    """A screen that is not drawn as a whole when the focus moves within it, nor styled anew when it is come back to."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    _surroundings: tuple[frozenset[str], str]

    def _on_mount(self, event: events.Mount) -> None:
        """Not before: forms are made in threads, which know no application."""
        self._surroundings = self._look_around()

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Before Textual's own: it would style everything again, and twice at the first visit."""
        surroundings = self._look_around()
        event.refresh_styles = surroundings != self._surroundings
        self._surroundings = surroundings

    def _look_around(self) -> tuple[frozenset[str], str]:
        """What of the application the styles depend on."""
        return self.app.classes, self.app.theme


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


class QuietScroll(QuietFocus, ScrollView, can_focus=True, inherit_bindings=False):
    """A list or text that scrolls; a line that changed is sent without the scroll bar beside it."""

    def refresh_line(self, y: int) -> None:
        """Draw one line anew, counted from the first there is."""
        self.refresh_lines(y)

    def refresh_lines(self, y_start: int, line_count: int = 1) -> None:
        """Draw some lines anew."""
        top = y_start - self.scroll_offset.y
        self.refresh(Region(0, top, self.scrollable_content_region.width, line_count))

    def refresh_change(self, y: int, old: Content, new: Content) -> None:
        """Draw what differs in the line `y` of the view."""
        first, last = _differing(old, new)
        self.refresh(Region(first, y, last - first, 1))


def _differing(old: Content, new: Content) -> tuple[int, int]:
    """From which cell to which two lines differ; as a whole, if they are styled differently or not made of letters."""
    if old.spans != new.spans or not (old.plain.isascii() and new.plain.isascii()):
        return 0, max(old.cell_length, new.cell_length)
    if len(old.plain) != len(new.plain):
        return _alike(old.plain, new.plain), max(len(old.plain), len(new.plain))
    return _alike(old.plain, new.plain), len(new.plain) - _alike(old.plain[::-1], new.plain[::-1])


def _alike(one: str, other: str) -> int:
    """With how many letters both begin."""
    pairs = zip(one, other, strict=False)
    return next((count for count, (this, that) in enumerate(pairs) if this != that), min(len(one), len(other)))
