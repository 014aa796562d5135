"""What goes to a terminal and not into a pipe: colours of our own, and as much as a line holds.

Colours are the sixteen that every terminal has, in the shades its owner chose, and only repeat what words say.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO


class Tone(StrEnum):
    """What a colour stands for, as the number that terminals know it by."""

    PLAIN = ""
    HEAD = "1"
    DIM = "2"
    BAD = "31"
    GOOD = "32"
    LATE = "33"
    ACTIVE = "36"


class Line(str):
    """A line that is clean already; it may hold colours."""

    __slots__ = ()


@dataclass(frozen=True)
class Word:
    """A word with a tone, for a cell of a table or a line."""

    text: str
    tone: Tone = Tone.PLAIN

    def __str__(self) -> str:
        return self.text


def is_live(stream: TextIO) -> bool:
    """Whether somebody looks at it, on a terminal whose lines can be written over."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def painted(text: str, tone: Tone) -> str:
    """`text`, which is clean, in a tone where standard output shows colours."""
    if not (tone and text.strip() and is_live(sys.stdout)) or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{tone}m{text}\x1b[0m"


def columns() -> int:
    """Cells of a line."""
    return shutil.get_terminal_size().columns
