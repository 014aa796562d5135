"""The document of JSON_LISTINGS_FEED, written message by message and checked on the way; never whole in memory.

Source: Amazon's schema of listings feeds (version 2), and its advice on feeds: at most 25,000 messages and 10 MiB.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from core.spool import Spool
from core.submissions.message import Message

CONTENT_TYPE = "application/json; charset=UTF-8"
MOST_MESSAGES = 25_000
MOST_BYTES = 10 * 1024 * 1024
_LARGEST_ID = 2**31 - 1
_OPERATIONS = ("add", "replace", "merge", "delete")
_REQUIREMENTS = ("", "LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY")
_API = "2021-08-01"
_END = b"\n]}"


class FeedDocument:
    """One document, on the disk and unreadable there; close it when it has been sent."""

    def __init__(self, seller_id: str, report: Sequence[str] = (), *, most: int = MOST_MESSAGES) -> None:
        """`report` names the data sets of the listings that the processing report is to show."""
        header: dict[str, Any] = {"sellerId": seller_id, "version": "2.0"}
        if report:
            header["report"] = {"includedData": list(report), "apiVersion": _API}
        self._spool = Spool()
        self._most = most
        self._ids: set[int] = set()
        self.is_full = False
        """Whether a message did not fit."""
        self._head = b'{"header":' + _packed(header) + b',"messages":[\n'
        self._buffer = io.BytesIO()
        self._buffer.write(self._head)
        self._size = len(self._head)

    @property
    def count(self) -> int:
        """Messages in it."""
        return len(self._ids)

    @property
    def size(self) -> int:
        """Bytes, with its end."""
        return self._size + len(_END)

    def add(self, message_id: int, message: Message) -> bool:
        """Append a message; False when it does not fit any more. Raises ValueError for one that has a fault."""
        if fault := fault_of(message_id, message) or ("it has an id of another" if message_id in self._ids else ""):
            raise ValueError(fault)
        packed = (b",\n" if self._ids else b"") + _packed(message.in_feed(message_id))
        if len(self._ids) >= self._most or self.size + len(packed) > MOST_BYTES:
            if not self._ids:
                raise ValueError("it is larger than a whole feed")
            self.is_full = True
            return False
        self._ids.add(message_id)
        self._buffer.write(packed)
        self._size += len(packed)
        if self._buffer.tell() > 1024 * 1024:
            self._flush()
        return True

    def finished(self) -> BinaryIO:
        """The whole document, which can be read from its beginning as often as is wanted."""
        self._buffer.write(_END)
        self._flush()
        self._spool.seek(0)
        return io.BufferedReader(self._spool)

    def close(self) -> None:
        """Let it go."""
        self._spool.close()

    def _flush(self) -> None:
        self._spool.write(self._buffer.getbuffer())
        self._buffer = io.BytesIO()


def fault_of(message_id: int, message: Message) -> str:
    """What would make a message of a feed invalid by Amazon's schema, in words; empty where nothing does."""
    return next(_faults(message_id, message), "")


def _faults(message_id: int, message: Message) -> Iterator[str]:
    if not 1 <= message_id <= _LARGEST_ID:
        yield "its number is too large"
    if not message.sku:
        yield "it has no SKU"
    if not message.product_type:
        yield "it has no product type"
    if message.attributes is not None:
        if not message.attributes or message.patches:
            yield "it has to have either attributes or patches"
        if message.requirements not in _REQUIREMENTS:
            yield f"its requirements are {message.requirements!r}"
    elif not message.patches:
        yield "it changes nothing"
    for patch in message.patches:
        if patch.op not in _OPERATIONS or not patch.attribute or "/" in patch.attribute:
            yield f"it cannot {patch.op} {patch.attribute!r}"
        if not patch.value and patch.op != "delete":
            yield f"it has no value for {patch.attribute!r}"


def _packed(value: Any) -> bytes:
    # NaN is no JSON: one bad price must not make the whole feed FATAL.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
