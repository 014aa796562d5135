"""The line with the keys of a screen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Footer


class Keys(Footer):
    """Textual's footer, made anew only when it would say something else.

    Textual makes it anew with every move of the focus, and lays out and sends the whole screen for that.
    """

    def __init__(self, *, show_command_palette: bool = True, compact: bool = True) -> None:
        super().__init__(compact=compact, show_command_palette=show_command_palette)
        self._said: list[tuple[str, str, bool]] | None = None

    def compose(self) -> ComposeResult:
        """The keys as they are now."""
        if self._bindings_ready:
            self._said = self._words()
        yield from super().compose()

    async def recompose(self) -> None:
        """Make it anew if any key, its word, or whether it works now has changed."""
        # It may be asked for just before the screen is left.
        if self.is_attached and self._words() != self._said:
            await super().recompose()

    def _words(self) -> list[tuple[str, str, bool]]:
        return [
            (self.app.get_key_display(binding), binding.description, enabled)
            for _, binding, enabled, _ in self.screen.active_bindings.values()
            if binding.show
        ]
