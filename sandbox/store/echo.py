"""A store whose refusals repeat what the order says of the buyer, in another spelling each time."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    str.swapcase,
    lambda text: "".join(text.split()),
    lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    lambda text: base64.b64encode(text.encode()).decode(),
)
_TOLD = ("s_lastname", "s_address", "s_phone", "lastname", "phone", "s_firstname")


def repeated(columns: Mapping[str, Any], turn: int) -> str:
    """What a refusal says of an order with these columns; each `turn` another value in another spelling."""
    told = [str(columns[name]) for name in _TOLD if columns.get(name)]
    spelled = SPELLINGS[turn % len(SPELLINGS)]
    return spelled(told[turn // len(SPELLINGS) % len(told)]) if told else ""
