"""Documents from elsewhere, read piece by piece: within limits, unpacked on the way, and whole or not at all."""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from typing import Any, BinaryIO, Protocol, TextIO

import requests

from core.errors import Rejected, RemoteBusy, RemoteError
from core.wire import Exchange

PIECE = 64 * 1024
_ENCODINGS = {"iso-8859-1": "cp1252", "us-ascii": "cp1252", "windows-31j": "cp932", "shift_jis": "cp932"}
"""Names that stand for a larger charset around them (WHATWG "Encoding"), and one that Python does not know."""
_PLAIN = ("", "identity")
_GZIP = ("gzip", "x-gzip")
_PASSING = ("BadDigest", "IncompleteBody", "InternalError", "RequestTimeout", "SlowDown")
"""What S3 says when the same request may succeed a moment later (Amazon S3, "Error responses")."""


class TooLarge(Exception):
    """The answer has more than so many bytes, packed or unpacked, as such an answer may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


@dataclass(frozen=True)
class Document:
    """A whole document, unpacked; `stream` can be read from its beginning as often as is wanted."""

    stream: BinaryIO
    charset: str
    """As its Content-Type says it, in lower case; empty when it does not."""
    size: int
    """Bytes, unpacked."""

    def text(self, otherwise: str = "cp1252") -> TextIO:
        """The document as text, with its line ends; what cannot be decoded becomes U+FFFD.

        The charset is the one that its Content-Type names; without one that is known, the document's own mark, UTF-8
        if all of it is that, else `otherwise` (cp932 in Japan). Reading it ends the use of `stream`.
        """
        encoding = self._encoding() or otherwise
        self.stream.seek(0)
        return io.TextIOWrapper(self.stream, encoding=encoding, errors="replace", newline="")

    def _encoding(self) -> str:
        self.stream.seek(0)
        head = self.stream.read(3)
        if head == codecs.BOM_UTF8:
            return "utf-8-sig"
        if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        with suppress(LookupError):
            return codecs.lookup(_ENCODINGS.get(self.charset, self.charset)).name
        decoder = codecs.getincrementaldecoder("utf-8")()
        self.stream.seek(0)
        try:
            while piece := self.stream.read(PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return ""
        return "utf-8"


def pieces(response: requests.Response, exchange: Exchange, limit: int) -> Iterator[bytes]:
    """The body as it arrives; raises TooLarge, TimeoutError, or what the connection raises."""
    size = 0
    # read1 gives back what has arrived, so that the limit is met early. Nobody else unpacks: that has no limit.
    while piece := response.raw.read1(PIECE, decode_content=False):
        size += len(piece)
        if size > limit:
            raise TooLarge(limit)
        yield piece
        if exchange.expired:
            break
    if exchange.expired:  # its end is ours, even if it looks like the remote's
        raise TimeoutError


def document(
    response: requests.Response, exchange: Exchange, *, packed: bool, limit: int, unpacked_limit: int
) -> Iterator[bytes]:
    """The unpacked pieces of a document; `packed` says that it is gzip, whatever the headers say.

    Raises ValueError when it does not come to its end or is not what its checksum says, else as `pieces` does.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in (*_PLAIN, *_GZIP):
        raise ValueError("it is packed in an unknown way")
    packed = packed or encoding in _GZIP
    checks = _checks(response.headers)
    if not (packed or checks or response.raw.chunked or "Content-Length" in response.headers):
        raise ValueError("nothing says where it ends")
    arriving = _checked(pieces(response, exchange, limit), checks)
    size = 0
    for piece in unpacked(arriving) if packed else arriving:
        size += len(piece)
        if size > unpacked_limit:
            raise TooLarge(unpacked_limit)
        yield piece


def unpacked(packed: Iterable[bytes]) -> Iterator[bytes]:
    """Gzip of one member or several, unpacked in small pieces; raises ValueError or zlib.error unless it is whole."""
    member: Any = None
    any_member = False
    for piece in packed:
        more = True
        while piece or more:
            if member is None:
                if not piece:
                    break
                member, any_member = zlib.decompressobj(zlib.MAX_WBITS | 16), True
            plain = member.decompress(piece, PIECE)
            if plain:
                yield plain
            piece, more = member.unconsumed_tail, len(plain) == PIECE
            if member.eof:
                piece, member = member.unused_data, None
    if member is not None or not any_member:
        raise ValueError("it is not one whole packed document")


def charset(headers: Mapping[str, str]) -> str:
    """The charset that a Content-Type names."""
    message = Message()
    message["Content-Type"] = headers.get("Content-Type", "")
    found = message.get_param("charset")
    return found.strip().lower() if isinstance(found, str) else ""


def refusal(status: int, body: bytes, what: str, subject: str) -> RemoteError:
    """What a status other than success means; `what` names the document. Of the body only the code is told."""
    found = re.search(rb"<Code>\s*(\w{1,50})\s*</Code>", body)
    code = found[1].decode("ascii") if found else ""
    said = f"{status} {code}".strip()
    if status >= 500 or status == 429 or code in _PASSING:
        return RemoteBusy(f"{what} cannot be had for now ({said}).", subject=subject, status=status)
    return Rejected(
        f"{what} is refused ({said}).",
        subject=subject,
        next_step="Run it again: its address is good for minutes only, and a new one is asked for then.",
        status=status,
        code=code,
    )


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


_CHECKSUMS: dict[str, Callable[[], _Hash]] = {
    "Content-MD5": lambda: hashlib.md5(usedforsecurity=False),
    "x-amz-checksum-sha256": hashlib.sha256,
    "x-amz-checksum-sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "x-amz-checksum-crc32": _Crc32,
}
"""Header → how the bytes on the way are summed up; its value is in Base64. S3 knows others, which come beside these."""


def _checks(headers: Mapping[str, str]) -> list[tuple[bytes, _Hash]]:
    found = []
    for name, make in _CHECKSUMS.items():
        value = headers.get(name, "").strip()
        if not value or "-" in value:  # one of parts, "value-3", which only S3 can compute
            continue
        try:
            found.append((base64.b64decode(value, validate=True), make()))
        except binascii.Error:
            raise ValueError("its checksum cannot be read") from None
    return found


def _checked(arriving: Iterable[bytes], checks: list[tuple[bytes, _Hash]]) -> Iterator[bytes]:
    for piece in arriving:
        for _, check in checks:
            check.update(piece)
        yield piece
    if any(check.digest() != wanted for wanted, check in checks):
        raise ValueError("it is not what its checksum says")
