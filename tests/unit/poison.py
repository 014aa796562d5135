"""Values that neither databases nor programs like, at every place of a document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from core import foreign_json

MARK = "@@poison@@"

POISON: dict[str, str] = {
    "half a pair": r'"x\ud800y"',
    "the other half": r'"\udfff"',
    "NUL": r'"A\u0000B"',
    "nothing but NUL": r'"\u0000"',
    "a raw control character": '"\0\x1b"',
    "5,000 digits": "9" * 5_000,
    "5,000 digits as text": f'"{"9" * 5_000}"',
    "beyond floats": "1e400",
    "beyond floats as text": '"1e999999999"',
    "too fine": '"1e-999999999"',
    "no number": "NaN",
    "infinity": "-Infinity",
    "beyond 64 bits": str(10**30),
    "beyond 64 bits as text": f'"{10**30}"',
    "beyond 32 bits": str(2**31),
    "990 levels": "[" * 990 + "]" * 990,
    "2,000 levels": '{"a":' * 2_000 + "1" + "}" * 2_000,
    "a long text": json.dumps("".join(map(chr, range(0x4E00, 0x9000)))),
    "a list": "[1]",
    "an object": '{"a": 1}',
    "true": "true",
    "null": "null",
    "the year 9999": '"9999-12-31T23:59:59-14:00"',
    "the year 1": '"0001-01-01T00:00:00+14:00"',
    "another script's digit": '"²"',
}
"""As they stand in JSON."""


def paths(document: Any) -> Iterator[tuple[Any, ...]]:
    """Every place of a document, the inner ones included."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield (key,)
        yield from ((key, *rest) for rest in paths(value))


def poisoned(document: Any, path: tuple[Any, ...]) -> Any:
    """A copy whose value at `path` is to be replaced; see `parsed`."""
    copy = deepcopy(document)
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = MARK
    return copy


def encoded(document: Any, poison: str) -> bytes:
    """The JSON of a document with `poison` at its marks."""
    text = json.dumps(document).replace(json.dumps(MARK), POISON[poison])
    return text.encode("utf-8", "surrogatepass")


def parsed(document: Any, poison: str) -> Any:
    """What the program makes of a body with `poison` at its marks."""
    return foreign_json.parse(encoded(document, poison))
