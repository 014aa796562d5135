"""Documents at presigned addresses, as S3 serves them: for a while, to whoever knows them.

An address is signed for its method, path, time and kind of content. What is signed for nobody is refused: S3 takes no
second proof of identity beside the signature, and no x-amz-… header that was not signed. Errors are XML.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import io
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from urllib.parse import urlencode

from flask import Response, request

from sandbox.clock import Clock

LIFE = 300.0
"""Seconds of the sandbox's clock that an address is good for: five minutes for reports and feeds."""
PATH = "/documents/"


@dataclass
class Kept:
    """One document; `data` is None until it was uploaded. `packed`: gzip."""

    seller_id: str
    content_type: str
    data: bytes | None = None
    packed: bool = False


class Shelf:
    """All documents. Thread-safe."""

    def __init__(self, clock: Clock, key: str) -> None:
        self._clock = clock
        self._key = key.encode()
        self._lock = threading.Lock()
        self._kept: dict[str, Kept] = {}

    def keep(self, seller_id: str, text: Iterable[str], content_type: str, *, packed: bool) -> str:
        """Keep a text; returns the id of its document, empty when there is no text."""
        charset, file = _charset(content_type), io.BytesIO()
        out = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) if packed else file
        size = sum(out.write(piece.encode(charset, "replace")) for piece in text)
        if packed:
            out.close()
        return self._add(Kept(seller_id, content_type, file.getvalue(), packed)) if size else ""

    def reserve(self, seller_id: str, content_type: str) -> str:
        """Make room for a document that is to be uploaded; returns its id."""
        return self._add(Kept(seller_id, content_type))

    def get(self, seller_id: str, document_id: str) -> Kept | None:
        """A document of a seller."""
        found = self._kept.get(document_id)
        return found if found is not None and found.seller_id == seller_id else None

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def address(self, base: str, method: str, document_id: str, *, encoded: bool = False, life: float = LIFE) -> str:
        """An address good from now for one method; `encoded`: its answer says Content-Encoding: gzip."""
        moment = self._clock.now().strftime("%Y%m%dT%H%M%SZ")
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": "SANDBOX/20260101/eu-west-1/s3/aws4_request",
            "X-Amz-Date": moment,
            "X-Amz-Expires": f"{life:.0f}",
            "X-Amz-SignedHeaders": "content-type;host" if method == "PUT" else "host",
            "X-Amz-Signature": self._sign(method, document_id, moment, f"{life:.0f}"),
        }
        if encoded:
            query["response-content-encoding"] = "gzip"
        return f"{base.rstrip('/')}{PATH}{document_id}?{urlencode(query)}"

    def answer(self, document_id: str) -> Response:
        """Serve the request at an address, as S3 would."""
        kept, moment = self._kept.get(document_id), request.args.get("X-Amz-Date", "")
        signature, life = request.args.get("X-Amz-Signature", ""), request.args.get("X-Amz-Expires", "")
        if kept is None or not hmac.compare_digest(signature, self._sign(request.method, document_id, moment, life)):
            return error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
        signed = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if not -LIFE <= (self._clock.now() - signed).total_seconds() <= float(life):
            return expired()
        if request.headers.get("Authorization"):
            return error(400, "InvalidArgument", "Only one auth mechanism allowed.")
        if any(name.lower().startswith("x-amz-") for name, _ in request.headers):
            return error(403, "AccessDenied", "There were headers present in the request which were not signed.")
        return self._put(kept) if request.method == "PUT" else _got(kept)

    def _put(self, kept: Kept) -> Response:
        if request.headers.get("Content-Type", "") != kept.content_type:
            return error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
        data, told = request.get_data(), request.headers.get("Content-MD5")
        if told is not None and told != base64.b64encode(hashlib.md5(data).digest()).decode():
            return error(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
        kept.data = data
        return Response(status=200, headers={"ETag": f'"{hashlib.md5(data).hexdigest()}"'})

    def _add(self, kept: Kept) -> str:
        document_id = f"amzn1.spdoc.1.4.eu.{secrets.token_hex(16)}"
        with self._lock:
            self._kept[document_id] = kept
        return document_id

    def _sign(self, method: str, document_id: str, moment: str, life: str) -> str:
        text = f"{method} {document_id} {moment} {life}".encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()


def expired() -> Response:
    """What S3 says at an address whose time is over."""
    return error(403, "AccessDenied", "Request has expired")


def error(status: int, code: str, message: str) -> Response:
    """A refusal of S3."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(body, status, mimetype="application/xml")


def _got(kept: Kept) -> Response:
    if kept.data is None:
        return error(404, "NoSuchKey", "The specified key does not exist.")
    response = Response(kept.data, 200)
    response.headers["Content-Type"] = kept.content_type
    response.headers["ETag"] = f'"{hashlib.md5(kept.data).hexdigest()}"'
    if kept.packed and request.args.get("response-content-encoding"):
        response.headers["Content-Encoding"] = "gzip"
    return response


def _charset(content_type: str) -> str:
    """The charset that a text is written in; Python does not know Amazon's name of the Japanese one."""
    message = Message()
    message["Content-Type"] = content_type
    named = str(message.get_param("charset") or "utf-8")
    return "cp932" if named.lower() == "windows-31j" else named
