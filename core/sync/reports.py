"""Reports for flows: one that is recent is used again, one that is asked for is waited for, and its text is streamed.

    wanted = ReportRequest("GET_MERCHANT_LISTINGS_ALL_DATA", (channel.marketplace_id,))
    with fetched(context, client, channel.account_id, wanted) as report:
        for line in report.stream if report else ():
            ...

The job leaves its worker while Amazon makes the report, and comes back to the same one, also after its worker died.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core import clock
from core.amazon import reports as api
from core.amazon.processing import DONE, FATAL, NO_DATA, Processing
from core.amazon.reports import ReportRequest
from core.amazon.signed import opened
from core.amazon.transport import AmazonClient
from core.errors import CrossdockError, Rejected, RemoteError
from core.jobs.context import JobContext
from core.redaction import excerpt
from core.sync.asking import Asked, Asking

if TYPE_CHECKING:
    from core.download import Document

RECENT = timedelta(minutes=30)
"""Amazon makes most reports anew no oftener than that, and cancels what is asked for sooner."""
_REASON = 4096
"""Bytes of the document that says why a report was not made."""


def fetched(
    context: JobContext,
    client: AmazonClient,
    account_id: int,
    wanted: ReportRequest,
    *,
    recent: timedelta = RECENT,
) -> AbstractContextManager[Document | None]:
    """The report of an account, not older than `recent` when the job begins with it; None when Amazon has no data.

    None also comes when Amazon does not want to make the same report so soon again: nobody may take it for "nothing is
    there any more". Costs no call when the program has a recent one, but for its address.

    Whatever is wanted has to be the same each time the job comes back: bounds belong into its checkpoint. Raises
    WaitUntil (the job comes back), what the client raises, and RemoteError when Amazon could not make it.
    """
    return Reports(context, client, account_id, recent=recent).opened(wanted)


class Reports:
    """Reports of an account, of which several may be made side by side: first all are asked for, then each is opened.

    `others`: recent ones that other programs have asked for will do, where there are no options.
    """

    def __init__(
        self,
        context: JobContext,
        client: AmazonClient,
        account_id: int,
        *,
        recent: timedelta = RECENT,
        others: bool = True,
    ) -> None:
        self._context = context
        self._client = client
        self._recent = recent
        self._others = others
        self._listed: dict[str, list[Processing]] = {}
        self._asking = Asking(
            context,
            account_id,
            "reports",
            since=lambda kind, start: api.since(client, kind, start),
            get=lambda report_id: api.get(client, report_id),
        )

    def known(self, wanted: ReportRequest) -> Asked | None:
        """What this job has asked for; None while it has not."""
        scope = _scope(wanted)
        asked = self._asking.known(scope)
        return asked if asked is not None and self._asking.is_own(scope, asked) else None

    def ask(self, wanted: ReportRequest) -> Asked:
        """Ask for a report unless a recent one is known; does not wait for it. Raises as `opened` does."""
        scope = _scope(wanted)
        known = self._asking.known(scope)
        if known is not None and known.id and not self._asking.is_own(scope, known):
            if known.is_young(self._recent) and known.status not in (FATAL, *NO_DATA):
                self._context.event(f"{wanted.type} of {known.at:%H:%M} UTC is used again.")
                self._asking.keep(scope, known)
            else:
                self._asking.forget(scope, known)
                known = None
        if known is not None and known.id:
            return known
        self._context.progress(step=f"Asking Amazon for {wanted.type}")
        return self._asking.once(
            scope,
            _asked(wanted),
            lambda: lambda: api.create(self._client, wanted),
            instead=lambda: self._of_others(wanted),
        )

    @contextmanager
    def opened(self, wanted: ReportRequest) -> Iterator[Document | None]:
        """See `fetched`."""
        scope, asked = _scope(wanted), self.ask(wanted)
        try:
            asked = self._asking.ended(scope, asked)
        except Rejected as error:
            raise _forgotten(self._asking, scope, asked, error) from None
        if asked.status == FATAL:
            raise _fatal(self._client, asked)
        if asked.status != DONE or not asked.document_id:
            self._context.event(
                f"Amazon made no report ({wanted.type}): it has no data, or has made the same one shortly before.",
                level="warning",
            )
            yield None
            return
        with ExitStack() as stack:
            self._context.progress(step=f"Reading {wanted.type} from Amazon")
            self._context.check()
            try:
                document = stack.enter_context(
                    opened(self._client, lambda: api.address(self._client, asked.document_id))
                )
            except Rejected as error:
                raise _forgotten(self._asking, scope, asked, error) from None
            yield document

    def _of_others(self, wanted: ReportRequest) -> Asked | None:
        """A recent report that another program, or an earlier home, has asked for.

        Only where the request has no options: Amazon does not tell with which options a report was made. The list is
        read once for all reports of a type.
        """
        if wanted.options or not self._others:
            return None
        template = replace(_asked(wanted), at=clock.now() - self._recent)
        if wanted.type not in self._listed:
            self._listed[wanted.type] = list(self._asking.since(wanted.type, template.at))
        found = [
            one
            for one in self._listed[wanted.type]
            if one.status == DONE and one.document_id and one.created >= template.at and template.may_be(one)
        ]
        if not found:
            return None
        newest = max(found, key=_created)
        self._context.event(f"{wanted.type} of {newest.created:%H:%M} UTC is used again.")
        at = min(newest.created, clock.now())
        return replace(template, at=at, id=newest.id, status=DONE, document_id=newest.document_id)


def _forgotten(asking: Asking, scope: str, asked: Asked, error: Rejected) -> Rejected:
    """The error for a report that Amazon does not give out; when it is not there any more, the next job asks anew."""
    if error.status == 404:
        asking.forget(scope, asked)
        error.next_step = "Run it again: Amazon does not have this report any more, so it is asked for anew."
    return error


def _created(report: Processing) -> float:
    return report.created.timestamp()


def _asked(wanted: ReportRequest) -> Asked:
    places = tuple(sorted(wanted.marketplace_ids))
    return Asked(wanted.type, places, clock.now(), wanted.start, wanted.end)


def _scope(wanted: ReportRequest) -> str:
    """The same for requests that ask for the same."""
    body = wanted.body() | {"marketplaceIds": sorted(wanted.marketplace_ids)}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]


def _fatal(client: AmazonClient, asked: Asked) -> RemoteError:
    return RemoteError(
        f"Amazon could not make {asked.type} ({_reason(client, asked) or 'it does not say why'}).",
        subject="Amazon",
        next_step="Often it was asked for too soon after an earlier one: run it again in half an hour. "
        f"Amazon's support needs report id {asked.id}.",
        code=FATAL,
    )


def _reason(client: AmazonClient, asked: Asked) -> str:
    """What Amazon says in the document of a report that it could not make."""
    if not asked.document_id:
        return ""
    try:
        with opened(client, lambda: api.address(client, asked.document_id)) as document:
            return excerpt(document.stream.read(_REASON).decode("utf-8", "replace"))
    except CrossdockError:
        return ""
