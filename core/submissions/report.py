"""The processing report of a listings feed, read as a stream and joined back to the messages.

Accepted messages without issues are not in it, and it may lack more than that, or break off: so what it does not say of
a message is left to reading the listing back. Source: Amazon's schema of the processing report (version 2).
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

_PIECE = 64 * 1024
_LONGEST = 4 * 1024 * 1024
"""Characters of one entry; an honest one has some thousands."""
_ERROR = "ERROR"


@dataclass
class Judged:
    """What a report says, but for the listings in it."""

    issues: dict[int, list[Mapping[str, Any]]] = field(default_factory=dict)
    """By message, as the Listings Items API tells them."""
    about_all: list[str] = field(default_factory=list)
    """What is wrong with the document as a whole, in Amazon's words."""
    summary: Mapping[str, Any] = field(default_factory=dict)
    is_whole: bool = False
    """Whether the report was read to its end."""

    def is_refused(self, message_id: int) -> bool:
        """Whether nothing of a message was taken."""
        return any(issue["severity"] == _ERROR for issue in self.issues.get(message_id, ()))


def judged(stream: BinaryIO) -> Judged:
    """Read all that a report says of its messages; one that breaks off says what came until then."""
    found = Judged()
    try:
        for name, value in entries(stream):
            if name == "issues" and isinstance(value, dict):
                _note(found, value)
            elif name == "summary" and isinstance(value, dict):
                found.summary = value
        found.is_whole = True
    except (ValueError, RecursionError):
        found.is_whole = False
    return found


def items(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """The listings that a report shows, one after the other; ends early where it breaks off."""
    try:
        for name, value in entries(stream):
            if name == "items" and isinstance(value, dict):
                yield value
    except (ValueError, RecursionError):
        return


def _note(found: Judged, told: Mapping[str, Any]) -> None:
    number = told.get("messageId")
    if not isinstance(number, int):
        found.about_all.append(str(told.get("message") or told.get("code") or ""))
        return
    name = told.get("attributeName")
    issue = {
        "code": str(told.get("code") or ""),
        "message": str(told.get("message") or ""),
        "severity": str(told.get("severity") or _ERROR),
        "attributeNames": [name] if isinstance(name, str) and name else [],
    }
    found.issues.setdefault(number, []).append(issue)


def entries(stream: BinaryIO) -> Iterator[tuple[str, Any]]:
    """The members of a JSON object, those of its lists one by one; raises ValueError where it is none.

    No more of it is in memory than one entry.
    """
    text = _Text(stream)
    text.take("{")
    if text.next() == "}":
        return
    while True:
        name = text.value()
        text.take(":")
        if text.next() == "[":
            text.take("[")
            if text.next() != "]":
                yield name, text.value()
                while text.next() == ",":
                    text.take(",")
                    yield name, text.value()
            text.take("]")
        else:
            yield name, text.value()
        if text.next() == "}":
            return
        text.take(",")


class _Text:
    """JSON text of any length, of which only what is being read is kept."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._json = json.JSONDecoder(strict=False)
        self._text, self._at, self._ended = "", 0, False

    def next(self) -> str:
        """The next character that is no blank; stays before it."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace():
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                raise ValueError("it breaks off")

    def take(self, expected: str) -> None:
        """Go beyond a character."""
        if self.next() != expected:
            raise ValueError(f"there is no {expected}")
        self._at += 1

    def value(self) -> Any:
        """The value that begins here; stands behind it then."""
        self.next()
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except ValueError:
                if len(self._text) - self._at > _LONGEST or not self._more():
                    raise
                continue
            if end == len(self._text) and self._more():
                continue  # a number may go on
            self._at = end
            return value

    def _more(self) -> bool:
        if self._ended:
            return False
        piece = self._stream.read(_PIECE)
        self._ended = not piece
        told = self._decoder.decode(piece, final=self._ended)
        self._text, self._at = self._text[self._at :] + told, 0
        return bool(told) or not self._ended
