"""Text from outside made harmless: it shows itself, in its own line, and does nothing.

Names, messages and numbers come from Amazon, a store, a file or a person. Written as they came, they can move the
cursor, set the title or the clipboard of a terminal, turn the reading direction around, or pass for a line of their
own. Lists, logs and screens clean what they show; JSON escapes instead, so that programs get the very value.
"""

from __future__ import annotations

import codecs
import io
import re
import unicodedata

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
    """`value` as printable text of at most about `limit` characters; line breaks stay only with `lines`.

    What has a width of its own but no meaning here becomes "�", so that nobody takes a doctored name for the real one.
    """
    text = shortened(str(value), limit)
    if text.isascii() and text.isprintable():
        return text
    text = _SEQUENCES.sub("", text).replace("\r\n", "\n")
    return "".join(_harmless(text, lines))


def shortened(text: str, limit: int = LIMIT) -> str:
    """`text`, or its first `limit` characters and how many more there are."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"


def _harmless(text: str, lines: bool) -> list[str]:
    """The characters of `text` without those that do something."""
    harmless: list[str] = []
    accents = 0
    for character in text:
        category = unicodedata.category(character)
        accents = accents + 1 if category in ("Mn", "Me") else 0
        if character in _BREAKS:
            harmless.append("\n" if lines else " ")
        elif character == "\t":
            harmless.append("    " if lines else " ")
        elif category in ("Cc", "Cs", "Cn", "Co") or character in _TURNING:
            harmless.append("�")
        elif category == "Cf" or character in _VARIANTS or accents > _ACCENTS:
            continue  # no width of their own, and terminals disagree about what they do to their neighbours
        else:
            harmless.append(" " if category == "Zs" else character)
    return harmless


_BREAKS = frozenset("\n\r\v\f\x85\u2028\u2029")
"""What one program or another takes for the end of a line."""

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks and overrides of the reading direction."""

_VARIANTS = frozenset(chr(code) for code in range(0xFE00, 0xFE10))
"""Selectors of a picture's variant; a terminal may or may not make it wider."""


# -- terminals that cannot show everything ------------------------------------------------------------------------

_INSTEAD = {"→": ">", "…": "~", "·": "-", "─": "-", "│": "|"}
"""Our own signs in ASCII; one for one, so that columns stay in line."""


def never_fail(stream: object) -> None:
    """Let a stream replace what its encoding cannot show (ASCII, Latin-1, a lone surrogate) instead of raising."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=_REPLACED)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_INSTEAD.get(character, "?") for character in error.object[error.start : error.end]), error.end


_REPLACED = "crossdock-replaced"
codecs.register_error(_REPLACED, _replaced)
