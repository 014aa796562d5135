"""Feeds for flows: a document is sent once, waited for, and what Amazon says of it is streamed.

    with processed(context, client, account_id, wanted, f"job {job.id} part 3", body) as feed:
        ...

What goes into a feed, how many may be sent in a while, and what a feed that broke off means for its messages are the
flow's to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from core import clock
from core.amazon import feeds as api
from core.amazon.feeds import FeedRequest
from core.amazon.signed import opened
from core.amazon.transport import AmazonClient
from core.jobs.context import JobContext
from core.sync.asking import Asked, Asking

if TYPE_CHECKING:
    from core.download import Document


@dataclass(frozen=True)
class Processed:
    """A feed that Amazon is done with."""

    id: str
    status: str
    """DONE says nothing of single messages. After FATAL some, none or all may have been done, after CANCELLED none."""
    report: Document | None
    """Amazon's processing report; None when there is none."""


def asking(context: JobContext, client: AmazonClient, account_id: int) -> Asking:
    """How feeds are asked of an account."""
    return Asking(
        context,
        account_id,
        "feeds",
        since=lambda kind, start: api.since(client, kind, start),
        get=lambda feed_id: api.get(client, feed_id),
    )


@contextmanager
def processed(
    context: JobContext,
    client: AmazonClient,
    account_id: int,
    wanted: FeedRequest,
    key: str,
    body: Callable[[], AbstractContextManager[BinaryIO]],
) -> Iterator[Processed]:
    """Send a feed unless it was sent under this key of the account, and give out what became of it.

    `body` opens its document, which can be read again from its beginning; it is opened only to be sent. Raises
    WaitUntil (the job comes back, however long Amazon takes) and what the client raises.
    """
    feeds = asking(context, client, account_id)

    def prepare() -> Callable[[], str]:
        context.progress(step=f"Sending {wanted.type} to Amazon")
        with body() as document:
            document_id = api.upload(client, wanted.content_type, document)
        return partial(api.create, client, wanted, document_id)

    asked = feeds.known(key)
    if asked is None or not asked.id:
        template = Asked(wanted.type, tuple(sorted(wanted.marketplace_ids)), clock.now())
        asked = feeds.once(key, template, prepare)
    feed = feeds.ended(key, asked, longest=None)
    with ExitStack() as stack:
        report = None
        if feed.document_id:
            report = stack.enter_context(opened(client, lambda: api.address(client, feed.document_id)))
        yield Processed(feed.id, feed.status, report)
