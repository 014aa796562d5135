"""The keys of a window whose keys do not depend on the focus."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from tui.widgets.clickable import ClickableText, clickable


class KeyLine(ClickableText):
    """In place of Textual's Footer, which is made anew, and with it the whole window, whenever the focus moves."""

    def __init__(self, verbs: Mapping[str, str] | None = None) -> None:
        """`verbs` by action: what it is called in this window, where that is more than the word of its binding."""
        super().__init__(id="key-line")
        self._verbs = verbs or {}

    def on_mount(self) -> None:
        """Name the keys of the screen as they are now."""
        actives = [active for active in self.screen.active_bindings.values() if active.node is self.screen]
        shown = [active.binding for active in actives if active.binding.show and active.enabled]
        parts = []
        for binding in shown:
            verb = self._verbs.get(binding.action, binding.description)
            words = Content.assemble((f" {self.app.get_key_display(binding)}", "$accent bold"), f" {verb} ")
            parts.append(clickable(words, _action(binding.action)))
        self.set_text(Content("").join(parts))


def _action(action: str) -> str:
    """An action of the screen, unless it names another owner."""
    return action if "." in action.partition("(")[0] else f"screen.{action}"
