"""Many submissions of a seller in few feeds.

    waiting ─ claimed under the feed's key ─ composed, kept, checked ─ uploaded, createFeed ─▶ processed
        └◀ stuck, cancelled: singly     FATAL: singly, read first ◀┘        report joined: sent, verified or failed

All of it follows from the rows: a claim of a key that Amazon was never asked for is composed anew, one that was asked
for is looked at. A feed's number of a message is the key of its intent, so a report can be joined by whoever reads it.
Calls per feed: createFeedDocument, createFeed, getFeed now and then, getFeedDocument; reading back costs none for what
the report shows as it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from sqlmodel import Session, col, func, select

from core import clock
from core.amazon.feeds import LISTINGS, FeedRequest
from core.amazon.processing import DONE, FATAL
from core.errors import OutcomeUnknown, Rejected, RemoteBusy, Unreachable, WaitUntil
from core.jobs.context import Cancelled, ItemResult, JobContext
from core.leases import holding, take
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.outbox import WAITING, OutboxIntent
from core.quota import QuotaWait
from core.subjects import Subject
from core.submissions import issues
from core.submissions.claiming import ALLOWANCE, IS_URGENT, STOPPED, URGENTLY, Claims
from core.submissions.document import CONTENT_TYPE, FeedDocument
from core.submissions.message import ACCEPTED, FEED, Answer, Message
from core.submissions.report import Judged, items, judged
from core.submissions.route import stuck_after
from core.submissions.sender import (
    LOOK_FIRST,
    SINGLY,
    ListingSender,
    Returning,
    Submitted,
    has_message,
    message_of,
    remember,
    sent_values,
)
from core.sync.asking import Asked
from core.sync.carried import IS_CARRIED, URGENT, Overtaking, overtaken
from core.sync.decisions import Hold
from core.sync.delivery import Arrived
from core.sync.feeds import Processed, asking, processed
from core.sync.lane import Back
from core.sync.outbox import NewIntent, Outbox, WritesStopped, post
from core.sync.remotes import Remote, SellerRemote, remote
from core.words import counted
from core.workspace import Workspace

Make = Callable[[Workspace, JobContext, Outbox, Remote], ListingSender]
"""As `core.sync.flow.Writes` has it: the class of the sender itself will do."""

_AT_ONCE = 500
_LATER = 30.0
_REPORT_LATER = 300.0
"""Seconds after which a report that could not be had is asked for again."""
_BUSY = 5.0


def send_in_bulk(workspace: Workspace, context: JobContext, channel: Channel, flow: str, make: Make) -> None:
    """Send what waits of a flow in a channel in feeds, where there is much of it; look at those under way.

    A job calls it before `context.deliver(channel, "seller")`, each time that it comes back. It never waits for a feed:
    the lane sends everything else meanwhile, and then lets the job leave its worker until the feed is to be looked at.
    Raises WaitUntil while another job writes to the seller.
    """
    context.keep(Returning())
    if channel.app_status == "draft":
        return
    target = remote(workspace, context, channel, "seller")
    assert isinstance(target, SellerRemote)
    lease = f"feeds of/{target.owner}"
    if not take(workspace.database, lease, context.owner):
        at = clock.after(clock.from_real(_BUSY))
        context.keep(Returning(at, "another job that sends feeds to this seller"))
        return
    with holding(workspace.database, lease, context.owner):
        outbox = Outbox(
            workspace.database, target.owner, stored_id(channel.id), lane=lease, owner=context.owner, kinds=()
        )
        sender = make(workspace, context, outbox, target)
        _Bulk(workspace, context, channel, flow, sender, outbox, target).run()


class _NothingToSend(Exception):
    """Composing left no message."""


class _Bulk:
    """The feeds of one flow in one channel, while their lease is held."""

    def __init__(
        self,
        workspace: Workspace,
        context: JobContext,
        channel: Channel,
        flow: str,
        sender: ListingSender,
        outbox: Outbox,
        target: SellerRemote,
    ) -> None:
        self._workspace = workspace
        self._context = context
        self._channel = channel
        self._flow = flow
        self._sender = sender
        self._outbox = outbox
        self._client = target.client
        self._seller_id = sender.seller_of(stored_id(channel.id))[1]
        self._feeds = asking(context, target.client, channel.account_id)
        self._mine = (
            col(OutboxIntent.remote) == str(target.owner),
            col(OutboxIntent.flow) == flow,
            col(OutboxIntent.channel_id) == stored_id(channel.id),
            col(OutboxIntent.kind).in_(sorted(sender.kinds)),
        )
        self._claims = Claims(workspace, context, target, f"{flow} {channel.id}", self._mine, sender.per_feed)

    def run(self) -> None:
        """Begin what can begin, look at what is under way, and note when to come back."""
        backs = [back for key in self._keys() if (back := self._tend(key)) is not None]
        for key in self._given_up():
            self._tend_late(key)
        while not backs or backs[-1].reason not in (STOPPED, ALLOWANCE, URGENTLY):
            key, back = self._claims.take()
            if not key:
                backs += [back] if back else []
                break
            if (back := self._tend(key)) is not None:
                backs.append(back)
        if backs:
            self._context.keep(Returning(*min(backs)))

    def _keys(self) -> Sequence[str]:
        with self._workspace.database.read() as session:
            query = select(OutboxIntent.step).where(*self._mine, IS_CARRIED).distinct()
            return sorted(session.exec(query).all())

    # -- one feed -------------------------------------------------------------------------------------------

    def _tend(self, key: str) -> Back | None:
        """Bring a feed as far as it goes now; gives when to look at it again."""
        try:
            with processed(
                self._context,
                self._client,
                self._channel.account_id,
                FeedRequest(LISTINGS, (self._channel.marketplace_id,), CONTENT_TYPE),
                key,
                lambda: self._document(key),
            ) as feed:
                self._join(key, feed)
        except _NothingToSend:
            return None
        except Cancelled:
            if self._feeds.known(key) is None:
                self._give_back(key, step="")
            raise
        except WritesStopped:
            return Back(clock.after(clock.from_real(2)), STOPPED)
        except WaitUntil as wait:
            if not self._is_stuck(key):
                return Back(wait.until, wait.reason)
            self._give_up(key)
        except QuotaWait as wait:
            return Back(wait.until, "Amazon's quota for feeds")
        except (RemoteBusy, OutcomeUnknown, Unreachable) as error:
            self._context.event(f"A feed cannot be looked at or sent now: {error.what}", level="warning")
            if not self._has_ended(key):
                return Back(clock.after(_LATER), "Amazon to take feeds")
            if not self._is_stuck(key):
                return Back(clock.after(_REPORT_LATER), "the report of a feed")
            self._join_unread(key)
        except Rejected as error:
            if self._has_ended(key):
                self._join_unread(key)
                return None
            self._context.event(f"Amazon does not take the feed, so its changes go singly: {error}", level="warning")
            self._give_back(key, step=SINGLY)
        return None

    @contextmanager
    def _document(self, key: str) -> Iterator[BinaryIO]:
        """The document of a feed, composed now; what is in it is kept with its intents before it is sent."""
        document = FeedDocument(self._seller_id, self._sender.report_data, most=self._sender.per_feed)
        try:
            for some in self._carried(key):
                self._context.check()
                self._context.progress(step=f"Composing a feed: {counted(document.count, 'listing')}")
                if document.is_full:
                    self._give_back(key, step="", only=some)
                else:
                    self._compose(key, some, document)
            if not document.count:
                raise _NothingToSend
            if self._workspace.writes_stopped():
                raise WritesStopped
            self._context.event(f"Sending a feed: {counted(document.count, 'listing')}, {document.size:,} bytes.")
            yield document.finished()
        finally:
            document.close()

    def _compose(self, key: str, intents: Sequence[OutboxIntent], document: FeedDocument) -> None:
        composed = self._sender.compose(self._channel, intents)
        messages = [one for one in composed.values() if isinstance(one, Message)]
        barred = self._sender.barred(self._channel, messages)
        chosen: dict[int, Message | Hold | str | None] = {}
        for intent in intents:
            number = stored_id(intent.id)
            said: Message | Hold | str | None = composed.get(number)
            if isinstance(said, Message):
                said = barred.get(said.sku, said)
            if isinstance(said, Message) and said.urgent:
                said = URGENT
            elif isinstance(said, Message):
                try:
                    said = said if document.add(number, said) else ""
                except ValueError as fault:
                    said = issues.odd(str(fault))
            chosen[number] = said

        def keep(session: Session) -> None:
            for row in self._still(session, key, list(chosen)):
                said = chosen[stored_id(row.id)]
                if isinstance(said, Message):
                    remember(row, said)
                    row.attempts, row.sent_at = row.attempts + 1, clock.now()
                    session.add(row)
                elif isinstance(said, str):
                    self._outbox.note_in(session, row, state=WAITING, step=said, not_before=None)
                elif isinstance(said, Hold):
                    self._fail(session, row, said)
                else:
                    self._close(session, [(row, None)])

        self._outbox.write(keep)

    # -- its end --------------------------------------------------------------------------------------------

    def _join(self, key: str, feed: Processed) -> None:
        """Carry every intent of a feed on by what its report says; what it does not say is read back."""
        found = judged(feed.report.stream) if feed.report else Judged()
        if feed.status != DONE:
            said = "; ".join(found.about_all) or "it does not say why"
            self._context.event(f"Feed {feed.id} ended {feed.status} ({said}): its changes go singly.", level="warning")
            self._give_back(key, step=LOOK_FIRST if feed.status == FATAL else SINGLY)
            return
        processed_all = found.is_whole and int(found.summary.get("messagesProcessed") or 0) >= self._count(key)
        if feed.report is not None:
            feed.report.stream.seek(0)
            self._see(key, feed, found)
        self._rest(key, feed, found, processed_all)

    def _has_ended(self, key: str) -> bool:
        asked = self._feeds.known(key)
        return asked is not None and asked.has_ended

    def _join_unread(self, key: str) -> None:
        """The same for a feed whose report is not to be had: all of it is read back."""
        asked = self._feeds.known(key)
        assert asked is not None
        self._context.event("The report of a feed cannot be had: its listings are read back.", level="warning")
        self._join(key, Processed(asked.id, asked.status, None))

    def _see(self, key: str, feed: Processed, found: Judged) -> None:
        """End what the report shows as it was sent."""
        assert feed.report is not None
        part: dict[str, dict[str, Any]] = {}
        for item in items(feed.report.stream):
            part[str(Subject("sku", str(item.get("sku") or "")))] = item
            if len(part) == _AT_ONCE:
                self._end_shown(key, feed, found, part)
                part = {}
        self._end_shown(key, feed, found, part)

    def _end_shown(self, key: str, feed: Processed, found: Judged, shown: dict[str, dict[str, Any]]) -> None:
        def end(session: Session) -> None:
            query = select(OutboxIntent).where(
                *self._mine, IS_CARRIED, col(OutboxIntent.step) == key, col(OutboxIntent.subject).in_(list(shown))
            )
            ends: list[tuple[OutboxIntent, Any]] = []
            for row in session.exec(query.with_for_update()).all():
                if overtaken(row) or not has_message(row) or found.is_refused(stored_id(row.id)):
                    continue
                outcome = self._sender.shows(row, message_of(row), shown[row.subject])
                if isinstance(outcome, Arrived):
                    ends.append((row, outcome.seen))
            self._accept(session, [row for row, _ in ends], feed, found)
            self._close(session, ends, taken=True)

        if shown:
            self._outbox.write(end)

    def _rest(self, key: str, feed: Processed, found: Judged, taken: bool) -> None:
        for some in self._carried(key):
            ids = [stored_id(intent.id) for intent in some]

            def carry_on(session: Session, ids: list[int] = ids) -> None:
                sent: list[OutboxIntent] = []
                for row in self._still(session, key, ids):
                    number = stored_id(row.id)
                    if overtaken(row) or not has_message(row):
                        evidence = Overtaking().into(row.evidence)
                        values = {"state": WAITING, "step": LOOK_FIRST, "not_before": None, "evidence": evidence}
                        self._outbox.note_in(session, row, **values)
                    elif found.is_refused(number):
                        message, said = message_of(row), found.issues[number]
                        self._fail(session, row, self._sender.refusal(self._channel, message, said))
                        self._sender.turned_down(session, self._channel, message, said)
                    else:
                        sent.append(row)
                        values = sent_values(row, taken=taken, wait=0.0)
                        self._outbox.note_in(session, row, sent_at=clock.now(), step=FEED, **values)
                self._accept(session, sent if taken else [], feed, found)

            self._outbox.write(carry_on)

    def _accept(self, session: Session, rows: Sequence[OutboxIntent], feed: Processed, found: Judged) -> None:
        if rows:
            said = [tuple(found.issues.get(stored_id(row.id), ())) for row in rows]
            answers = [Answer(ACCEPTED, feed.id, told, FEED) for told in said]
            self._sender.accepted(
                session, [Submitted(row, message_of(row), answer) for row, answer in zip(rows, answers, strict=True)]
            )

    def _fail(self, session: Session, row: OutboxIntent, hold: Hold) -> None:
        self._sender.tell(row, hold.message, level="error")
        item = ItemResult(row.subject, "failed", hold.code, hold.message, hold.fix)
        self._outbox.close_in(session, [(row, item)])
        self._sender.given_up(session, row)

    def _close(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]], *, taken: bool = False) -> None:
        if ends:
            results = self._sender.verified(session, ends) if taken else self._sender.verified_in(session, ends)
            self._outbox.close_in(session, [(row, item) for (row, _), item in zip(ends, results, strict=True)])

    # -- stuck and late -------------------------------------------------------------------------------------

    def _is_stuck(self, key: str) -> bool:
        asked = self._feeds.known(key)
        if asked is None or not asked.id:
            return False
        return clock.now() - asked.at > stuck_after(self._count(key))

    def _give_up(self, key: str) -> None:
        """Let the changes of a stuck feed go singly; what it does in the end is looked at then."""
        changes = counted(self._count(key), "change")
        told = f"{changes} of a feed that Amazon does not finish go singly now, the urgent first."
        self._context.event(told, level="warning")
        self._give_back(key, step=SINGLY, carrier=key)

    def _give_back(self, key: str, *, step: str, carrier: str = "", only: Sequence[OutboxIntent] | None = None) -> None:
        """Let what a feed carries be sent by others, or `only` some of it."""
        for some in self._carried(key) if only is None else [list(only)]:
            ids = [stored_id(intent.id) for intent in some]

            def release(session: Session, ids: list[int] = ids) -> None:
                for row in self._still(session, key, ids):
                    values: dict[str, Any] = {"state": WAITING, "step": step, "not_before": None}
                    values["evidence"] = Overtaking(carrier).into(row.evidence)
                    values["attempts"] = row.attempts if step else 0  # nothing of it has left: it may be withdrawn
                    self._outbox.note_in(session, row, **values)

            self._outbox.write(release)

    def _given_up(self) -> list[str]:
        """Keys of feeds of this flow and channel that Amazon had not finished, and that carry nothing any more."""
        prefix = f"{self._flow} {self._channel.id} "
        query = select(Cursor).where(
            col(Cursor.owner) == str(self._outbox.remote),
            col(Cursor.stream) == "feeds",
            col(Cursor.scope).startswith(prefix, autoescape=True),
        )
        with self._workspace.database.read() as session:
            rows = session.exec(query).all()
        carrying = set(self._keys())
        asked = {row.scope: Asked.from_json(row.window) for row in rows if row.scope not in carrying}
        return [key for key, one in asked.items() if one.id and not one.has_ended]

    def _tend_late(self, key: str) -> None:
        """Look at a feed that was given up: what it wrote late is read, and put right where it is not wanted."""
        asked = self._feeds.known(key)
        if asked is None:
            return
        try:
            self._feeds.ended(key, asked, longest=None, also=lambda session: self._compare_again(session, key))
        except (WaitUntil, QuotaWait, RemoteBusy, OutcomeUnknown, Unreachable):
            return  # nothing waits for it: a later job looks again
        self._context.event("A feed that was given up has ended; its listings are compared once more.")

    def _compare_again(self, session: Session, key: str) -> None:
        """Let all listings be read and composed that a feed carried; what is urgent goes out by itself, and at once."""
        behind = OutboxIntent.evidence["carrier"].as_string() == key
        rows = session.exec(select(OutboxIntent.subject, OutboxIntent.kind).where(*self._mine, behind)).all()
        urgent = set(session.exec(select(OutboxIntent.subject).where(*self._mine, *IS_URGENT)).all())
        late = {subject: kind for subject, kind in rows if subject not in urgent}
        again = [NewIntent(Subject.parse(subject), kind, step=LOOK_FIRST) for subject, kind in late.items()]
        job, flow = self._context.job_id, self._flow
        for start in range(0, len(again), _AT_ONCE):
            post(session, self._channel, job, self._outbox.remote, flow, again[start : start + _AT_ONCE])

    # -- rows -----------------------------------------------------------------------------------------------

    def _count(self, key: str) -> int:
        """How many intents a feed carries."""
        query = select(func.count()).select_from(OutboxIntent)
        with self._workspace.database.read() as session:
            return session.exec(query.where(*self._mine, IS_CARRIED, col(OutboxIntent.step) == key)).one()

    def _carried(self, key: str) -> Iterator[list[OutboxIntent]]:
        """What a feed carries, in parts; what is given back meanwhile is left out."""
        last = 0
        while True:
            carried = (*self._mine, IS_CARRIED, col(OutboxIntent.step) == key, col(OutboxIntent.id) > last)
            with self._workspace.database.read() as session:
                query = select(OutboxIntent).where(*carried).order_by(col(OutboxIntent.id)).limit(_AT_ONCE)
                some = list(session.exec(query).all())
            if not some:
                return
            last = stored_id(some[-1].id)
            yield some

    def _still(self, session: Session, key: str, ids: Sequence[int]) -> Sequence[OutboxIntent]:
        """Those that the feed still carries: an urgent change may have taken one out."""
        query = select(OutboxIntent).where(
            *self._mine, IS_CARRIED, col(OutboxIntent.step) == key, col(OutboxIntent.id).in_(ids)
        )
        return session.exec(query.with_for_update()).all()
