"""The one gate for text from outside on the way to a widget: names, messages, log lines, whatever others wrote.

Shown as it came, such text can be read as markup (which ends the program when the brackets do not fit), or do what
`core.plain_text` says. `clean` makes it harmless as text, `foreign` as content of a widget. Static text of our own
needs neither.
"""

from __future__ import annotations

from textual.content import Content

from core.plain_text import LIMIT, clean

__all__ = ["LIMIT", "clean", "foreign"]


def foreign(value: object, style: str = "", *, limit: int = LIMIT, lines: bool = False) -> Content:
    """`value` for a table cell, a Static or a text pane; never read as markup."""
    text = clean(value, limit=limit, lines=lines)
    return Content.styled(text, style) if style else Content(text)
