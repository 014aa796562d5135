"""Text that leads to a page in the browser of whoever sits at the terminal (OSC 8), also over SSH and in tmux.

The address is written into an escape sequence. Core makes addresses of what it has checked; here, as the last gate,
what is not a plain web address is shown without a link.
"""

from __future__ import annotations

import re

from textual.content import Content
from textual.style import Style

_PLAIN = re.compile(r"https?://[!-:<-~]{1,2000}")
"""Printable ASCII without spaces, and without the semicolon that stands between the parts of the sequence."""


def linked(content: Content, url: str) -> Content:
    """`content`, underlined and with the address behind it; as it is where there is none."""
    return content.stylize(Style(link=url, underline=True)) if _PLAIN.fullmatch(url) else content
