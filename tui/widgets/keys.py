"""The line with the keys of a screen: as many as fit, the nearest first; each can be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.screen import Screen

from tui.widgets.click_text import ClickText, clickable

_BETWEEN = 2


@dataclass(frozen=True)
class ShownKey:
    """A key as it is shown: as the program knows it, as people read it, what it does, whether it does now."""

    key: str
    display: str
    text: str
    enabled: bool = True

    def drawn(self) -> Content:
        """The key and its word; a click presses it."""
        tone = "bold $accent" if self.enabled else "dim"
        content = Content.assemble((self.display, tone), " ", (self.text, "" if self.enabled else "dim"))
        return clickable(content, f"press_key({self.key!r})")


class Keys(ClickText):
    """One line, sent anew only when it says something else.

    Textual's Footer is a widget for each key, made anew whenever the focus moves; what does not fit is cut off.
    """

    def __init__(self, *, show_command_palette: bool = True) -> None:
        """Windows from which nobody searches leave the key of the palette out."""
        super().__init__(id="key-bar")
        self._ends = ("help", "command_palette") if show_command_palette else ("help",)

    def on_mount(self) -> None:
        """Follow the keys of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._show)
        self._show(self.screen)

    def _show(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            keys, end = self._shown()
            self.fit(lambda width: keys_line(keys, end, width))

    def _shown(self) -> tuple[list[ShownKey], list[ShownKey]]:
        """The keys at the left, the nearest first, and those for help and search at the right."""
        keys: dict[str, ShownKey] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            shown = ShownKey(binding.key, self.app.get_key_display(binding), binding.description, enabled)
            if binding.show or binding.action in self._ends:
                keys.setdefault(binding.action, shown)
        end = [keys.pop(action) for action in self._ends if action in keys]
        return list(keys.values()), end

    def action_press_key(self, key: str) -> None:
        """Do what a key does."""
        self.app.simulate_key(key)


def keys_line(keys: Sequence[ShownKey], end: Sequence[ShownKey], width: int) -> Content:
    """As many keys as fit in `width` cells; where some are left out the key for help leads to them."""
    tail = _joined(end)
    room = width - tail.cell_length - _BETWEEN
    line = _joined(keys)
    if line.cell_length > room and end:
        tail = _joined([ShownKey(end[0].key, end[0].display, "more"), *end[1:]])
        room = width - tail.cell_length - _BETWEEN
    shown = list(keys)
    while shown and _joined(shown).cell_length > room:
        shown.pop()
    line = _joined(shown)
    return line + " " * max(width - line.cell_length - tail.cell_length, 0) + tail.truncate(max(width, 0))


def _joined(keys: Sequence[ShownKey]) -> Content:
    return Content(" " * _BETWEEN).join([key.drawn() for key in keys])
