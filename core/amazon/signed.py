"""Documents of reports and feeds: an address that is good for five minutes, and what lies there.

Source: Reports and Feeds API 2021-06-30, "Retrieve a report", "Download the feed processing report".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from core.amazon.transport import AmazonClient
from core.errors import OutcomeUnknown, Rejected, RemoteError

if TYPE_CHECKING:
    from core.download import Document

Value = TypeVar("Value")
_GZIP = "GZIP"


@dataclass(frozen=True)
class Address:
    """Where a document can be had, by whoever knows it: the address is a secret for as long as it is good."""

    document_id: str
    url: str = field(repr=False)
    packed: bool = False
    """Whether the document is gzip."""


def read_address(body: dict[str, Any], key: str) -> Address:
    """The address in an answer that names its document under `key`."""
    document_id, url, packing = body.get(key), body.get("url"), body.get("compressionAlgorithm")
    if not (isinstance(document_id, str) and document_id and isinstance(url, str) and url):
        raise not_promised("The address of a document", "id or address")
    if packing not in (None, "", _GZIP):
        raise RemoteError(
            f"A document is packed in a way that this version does not know ({str(packing)[:20]!r}).",
            subject="Amazon",
            next_step="Update Crossdock.",
        )
    return Address(document_id, url, packing == _GZIP)


@contextmanager
def opened(client: AmazonClient, find: Callable[[], Address]) -> Iterator[Document]:
    """The document at the address that `find` asks for; a refused address is asked for afresh, once.

    Raises as `AmazonClient.download` does, and what `find` raises.
    """
    with ExitStack() as stack:

        def enter() -> Document:
            address = find()
            return stack.enter_context(client.download(address.url, packed=address.packed))

        yield once_more_if_refused(enter)


def once_more_if_refused(use: Callable[[], Value]) -> Value:
    """What `use` makes of a fresh address; tried with another one when the address was refused: its time was over."""
    try:
        return use()
    except Rejected as error:
        if error.status not in (400, 403):
            raise
        return use()


def not_promised(what: str, part: str) -> OutcomeUnknown:
    """The error for an answer without a part that the model promises."""
    return OutcomeUnknown(
        f"{what} came without the promised {part}.",
        subject="Amazon",
        next_step="Check CROSSDOCK_SPAPI_URL and any proxy on the way.",
    )
