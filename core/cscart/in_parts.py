"""Lists of values in an address: as many per call as web servers take.

Their usual limit is 8 kB for the whole first line. A host with a lower one answers 414: then what was refused is asked
for in halves, and the rest of the list in parts of that size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from core.cscart.transport import AddressTooLong

MOST_BYTES = 7_400
"""Of the encoded values and their names; the rest of the line needs a few hundred."""
SHORT = 1_000
"""Bytes of a value that any web server takes; where it is refused its length is not to blame."""

Value = TypeVar("Value", str, int)
Row = TypeVar("Row")


def in_parts(
    values: Sequence[Value],
    read: Callable[[Sequence[Value]], Iterable[Row]],
    *,
    most: int,
    size: Callable[[Value], int],
    left_out: Callable[[Value], None] = lambda value: None,
) -> Iterator[Row]:
    """What `read` gives for all `values`, of which it is handed at most `most` at a time.

    `size` is the number of bytes that a value takes in the address. A value that is too long even alone is handed to
    `left_out`, and the others go on. Raises AddressTooLong where even an address with one short value is refused.
    """
    budget = MOST_BYTES
    start = 0
    while start < len(values):
        part = _fitting(values[start : start + most], budget, size)
        weight = sum(map(size, part))
        rows: list[Row] = []
        try:
            if len(part) > 1 or weight <= MOST_BYTES:
                rows = list(read(part))
            else:
                left_out(part[0])
        except AddressTooLong:
            if len(part) > 1:
                budget = weight // 2
                continue
            if weight < SHORT:
                raise
            left_out(part[0])
        yield from rows
        start += len(part)


def id_size(number: int) -> int:
    """Bytes of a number in a list that is joined by encoded commas."""
    return len(f"{number}%2C")


def _fitting(values: Sequence[Value], budget: int, size: Callable[[Value], int]) -> Sequence[Value]:
    """The first values that fit together; one at the least."""
    total = 0
    for index, value in enumerate(values):
        total += size(value)
        if total > budget and index:
            return values[:index]
    return values
