"""The keys of a window whose keys do not depend on the focus."""

from __future__ import annotations

from textual.content import Content

from tui.widgets.fixed import FixedText


class KeyLine(FixedText):
    """In place of Textual's Footer, which is made anew, and with it the whole window, whenever the focus moves."""

    def __init__(self) -> None:
        super().__init__(id="keys")

    def on_mount(self) -> None:
        """Name the keys of the screen as they are now."""
        actives = [active for active in self.screen.active_bindings.values() if active.node is self.screen]
        shown = [active.binding for active in actives if active.binding.show and active.enabled]
        parts = [((f" {self.app.get_key_display(key)}", "$accent bold"), f" {key.description}") for key in shown]
        self.say(Content.assemble(*[part for pair in parts for part in pair]))
