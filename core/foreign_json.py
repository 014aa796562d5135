"""JSON from outside: what one bad value does, it does to its owner alone.

A remote may send what Python or a database cannot take: half a surrogate pair, NUL, a number of 5,000 digits, a
thousand nested lists. Such a value becomes harmless text here, once for everything that is stored or shown, so that it
cannot stop the page that it stands on; whoever reads the field finds it wrong there. What is no JSON is a ValueError,
and nothing else is ever raised.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

DEEPEST = 100
"""Levels of lists and objects; what lies deeper is left out. Remotes need fifteen."""
TOO_DEEP = "(nested too deeply)"
"""Stands for what was left out."""
_SENSELESS = 100_000
"""Levels at which the document as a whole counts as garbage and is not read further."""
_DIGITS = 18
"""Whole numbers of more digits stay text: they may not fit 64 bits."""
_HALVES = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|" + "\0")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)


def parse(body: bytes) -> Any:
    """The value of a JSON body; raises ValueError when it is none.

    Numbers that are not finite or not of 64 bits come as text, bytes that are no text as U+FFFD.
    """
    text = body.decode(json.detect_encoding(body), "replace")
    try:
        value = _decoder.decode(text)
        is_deep = text.count("{") + text.count("[") > DEEPEST and _is_deep(value)
    except RecursionError:
        is_deep = True
    if is_deep:
        value = _decoder.decode(_shallow(text))
    return _storable(value) if _ESCAPED.search(text) else value


def storable(text: str) -> str:
    """`text` without what databases cannot store: NUL vanishes, halves of surrogate pairs become U+FFFD."""
    if text.isascii():
        return text.replace("\0", "")
    return _HALVES.sub("�", text.replace("\0", ""))


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits.removeprefix("-")) <= _DIGITS else digits


def _fraction(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


_decoder = json.JSONDecoder(strict=False, parse_int=_integer, parse_float=_fraction, parse_constant=str)


def _is_deep(value: Any) -> bool:
    """Whether lists and objects stand in each other more than DEEPEST times; goes level by level, not by recursion."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def _shallow(text: str) -> str:
    """`text` with TOO_DEEP in place of every list and object that lies deeper than DEEPEST."""
    parts: list[str] = []
    depth = position = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            if depth == DEEPEST + 1:
                parts.append(text[position : token.start()] + json.dumps(TOO_DEEP))
            if depth > _SENSELESS:
                raise ValueError("it is nested too deeply")
        elif token[0] in ("]", "}"):
            depth -= 1
            if depth == DEEPEST:
                position = token.end()
    return "".join(parts) + (text[position:] if depth <= DEEPEST else "")


def _storable(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return storable(value)
    if kind is list:
        return [_storable(item) for item in value]
    if kind is dict:
        return {storable(name): _storable(item) for name, item in value.items()}
    return value
