"""The one gate for text from outside: names, messages, log lines, whatever Amazon, a store or a person wrote.

Shown as it came, such text can be read as markup (which ends the program when the brackets do not fit), move the
cursor, ring the bell, or turn the reading direction around. `clean` makes it harmless as text, `foreign` as content
of a widget. Static text of our own needs neither.
"""

from __future__ import annotations

import re
import unicodedata

from textual.content import Content

LIMIT = 2_000
"""Characters of one text that are shown; more than any message that a person reads."""

_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor movements
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # titles, links, clipboard: everything up to their end
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_ACCENTS = 3
"""Combining marks that one letter may carry; real scripts need no more, and piles of them cover other lines."""


def clean(value: object, *, limit: int = LIMIT, lines: bool = False) -> str:
    """`value` as text that only shows itself; line breaks stay only with `lines`.

    What has a width of its own but no meaning here becomes "�", so that nobody takes a doctored name for the real one.
    """
    text = str(value)
    if len(text) > limit:
        text = f"{text[:limit]}… ({len(text) - limit} more characters)"
    if text.isascii() and text.isprintable():
        return text
    text = _SEQUENCES.sub("", text).replace("\r\n", "\n")
    return "".join(_harmless(text, lines))


def _harmless(text: str, lines: bool) -> list[str]:
    """The characters of `text` without those that do something."""
    kept: list[str] = []
    accents = 0
    for character in text:
        category = unicodedata.category(character)
        accents = accents + 1 if category in ("Mn", "Me") else 0
        if character in "\n\r\u2028\u2029":
            kept.append("\n" if lines else " ")
        elif character == "\t":
            kept.append("    " if lines else " ")
        elif category in ("Cc", "Cs", "Cn", "Co") or character in _TURNING:
            kept.append("�")
        elif category == "Cf" or character in _VARIANTS or accents > _ACCENTS:
            continue  # no width of their own, and terminals disagree about what they do to their neighbours
        else:
            kept.append(character)
    return kept


_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks and overrides of the reading direction."""

_VARIANTS = frozenset(chr(code) for code in range(0xFE00, 0xFE10))
"""Selectors of a picture's variant; a terminal may or may not make it wider."""


def foreign(value: object, style: str = "", *, limit: int = LIMIT, lines: bool = False) -> Content:
    """`value` for a table cell, a Static or a text pane; never read as markup."""
    text = clean(value, limit=limit, lines=lines)
    return Content.styled(text, style) if style else Content(text)
