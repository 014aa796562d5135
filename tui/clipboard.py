"""The clipboard of the terminal that a person sits at (OSC 52), through whatever lies between: SSH needs nothing.

tmux keeps what programs send to the clipboard unless `set-clipboard` is on; with `allow-passthrough` it hands on what
is wrapped for it. Both forms are sent there, and it ignores the one that it was not told to take.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping


def through_tmux(text: str, environment: Mapping[str, str]) -> str:
    """What tmux hands on to its terminal; "" where there is none. At the other end of SSH only TERM tells of it."""
    if "TMUX" not in environment and not environment.get("TERM", "").startswith("tmux"):
        return ""
    return f"\x1bPtmux;\x1b\x1b]52;c;{b64encode(text.encode()).decode()}\a\x1b\\"
