"""Carries single intents to their end, whatever they are: send, settle what is unknown, read back, give up.

    waiting ─ send ─▶ sending ─▶ sent ─ read back ─▶ verified
                         │                └ differs: sent once more, then a problem
                         ▼ no clear answer, or the worker died
                      unknown ─ look ─▶ arrived: sent
                                     └▶ not for SETTLE seconds: sent again

Nothing is repeated blindly: what may have happened is looked at first. What a call is, how the remote is looked at and
what is said of it belongs to the flow, which gives the abstract methods.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from sqlmodel import Session

from core import clock
from core.errors import (
    AuthorizationError,
    ConfigurationError,
    CrossdockError,
    OutcomeUnknown,
    Rejected,
    RemoteBusy,
    Unreachable,
)
from core.jobs.context import ItemResult
from core.model.base import stored_id
from core.model.outbox import SENDING, SENT, UNKNOWN, WAITING, OutboxIntent
from core.quota import QuotaWait
from core.state import State
from core.sync import wording
from core.sync.decisions import Hold
from core.sync.lane import Back
from core.sync.outbox import Outbox, Withdrawn
from core.sync.pace import Pace
from core.sync.tries import Tries, tries

log = logging.getLogger(__name__)

LOOKS = (1, 3, 8, 20, 45, 80)
"""Seconds after an unanswered call at which the remote is looked at; the last looks follow the settling time."""
_SECOND_LOOK = 5.0
FIRST_LOOK = 0.1
"""Of the settling time, after which what the remote takes in slowly is read back first."""
MOST_REPEATS = 1
_LONGEST_BACKOFF = 60.0
_TROUBLES_IN_A_ROW = 10

Tell = Callable[..., None]
"""`tell(job_id, text, level=…, subject=…)`: a line in the log of the job whose work it is."""


@dataclass(frozen=True)
class Arrived:
    """The remote has it as planned; `seen` is what it has."""

    seen: Any = None


@dataclass(frozen=True)
class Missing:
    """The remote has nothing of it, or not yet."""


@dataclass(frozen=True)
class Differs:
    """The remote has it otherwise; `seen` is what it has."""

    seen: Any


@dataclass(frozen=True)
class Ended:
    """It cannot go on; a person has to know."""

    hold: Hold


@dataclass(frozen=True)
class GoesOn:
    """Who looked has carried the intent on already."""


Outcome = Arrived | Missing | Differs | Ended | GoesOn


class Delivery(ABC):
    """A sender of intents of some kinds to one remote; each method is safe in any thread."""

    kinds: ClassVar[frozenset[str]]
    doing: ClassVar[str]
    """What it does, for the progress of a job: "Writing orders to the store"."""
    batch: ClassVar[int] = 50
    """Intents that are read back in one call."""
    most_repeats: ClassVar[int] = MOST_REPEATS
    """Times that an intent is sent again which the remote has otherwise, or not."""

    def __init__(self, outbox: Outbox, pace: Pace, *, settle_seconds: float, tell: Tell) -> None:
        self.outbox = outbox
        self._pace = pace
        self.settle_seconds = settle_seconds
        self._tell = tell
        self._troubles = 0
        self._last_trouble: CrossdockError | None = None

    # -- what a flow says -----------------------------------------------------------------------------------

    @abstractmethod
    def send(self, intent: OutboxIntent) -> None:
        """Do the next step of a waiting intent and all that follow without waiting; `calling` wraps each write."""

    @abstractmethod
    def look(self, intent: OutboxIntent) -> Outcome:
        """Look at the remote for what became of a call without a clear answer."""

    @abstractmethod
    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        """What the remote has of sent intents, by their keys; those left out are as `Missing`."""

    @abstractmethod
    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        """The problem that a clear no of the remote becomes."""

    @abstractmethod
    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        """End an intent that the remote has otherwise although it was sent again."""

    @abstractmethod
    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]]) -> list[ItemResult]:
        """Write what was seen of sent intents into the mirror, in the caller's transaction; a result for each."""

    def odd(self, intent: OutboxIntent) -> Hold | None:
        """The problem of an intent that this version of the program cannot read; None where it can."""
        return None

    def given_up(self, session: Session, intent: OutboxIntent) -> None:
        """Write what has to be known after an intent ended with a problem: whether it is planned again."""
        return

    def may_double(self, intent: OutboxIntent) -> bool:
        """Whether sending it twice would make two things: then it is looked for once more before."""
        return False

    def again(self, intent: OutboxIntent) -> tuple[str, State | None]:
        """The step from which an intent is sent again, and what the flow knows of it then, where that changes."""
        return "", None

    # -- as the lane calls it -------------------------------------------------------------------------------

    def ready(self) -> None:
        """Called once before anything is sent."""
        return

    @property
    def back(self) -> Back | None:
        """When the job has to come back for what it has on its way in bulk; None when it has nothing there."""
        return None

    @property
    def unusable(self) -> CrossdockError | None:
        """Why the remote cannot be used: its last error, after many in a row; None while it answers now and then."""
        return self._last_trouble if self._troubles >= _TROUBLES_IN_A_ROW else None

    def advance(self, intent: OutboxIntent) -> None:
        """Do the next step of an intent; one that was withdrawn is left alone.

        Raises what makes the whole remote unusable, in words that name no item; all else is kept with the intent.
        """
        try:
            for readable in self._readable([intent]):
                self._advance(readable)
        except Withdrawn:
            log.info("intent %s was withdrawn before it was sent", intent.id)
        except CrossdockError as error:
            raise wording.trouble(error) from None

    def verify(self, intent_ids: Sequence[int]) -> None:
        """Read sent intents back and end those that are as planned."""
        # What the lane knew may have been overtaken by a transition that was just being committed.
        sent = [intent for intent in self.outbox.load(intent_ids) if intent.state == SENT]
        intents = self._readable(sent)
        if not intents:
            return
        try:
            outcomes = self.read_back(intents)
        except (RemoteBusy, OutcomeUnknown, Unreachable) as error:
            for intent in intents:
                self._later(intent, error)
            self._troubled(error)
            return
        except QuotaWait as wait:
            for intent in intents:
                self.outbox.note(intent, not_before=wait.until)
            return
        except CrossdockError as error:
            raise wording.trouble(error) from None
        self._troubles = 0
        arrived = []
        for intent in intents:
            outcome = outcomes.get(stored_id(intent.id), Missing())
            if isinstance(outcome, Arrived):
                arrived.append((intent, outcome.seen))
            else:
                self._not_as_sent(intent, outcome)
        self.end(arrived)

    # -- sending --------------------------------------------------------------------------------------------

    def calling(self, intent: OutboxIntent, step: str, call: Callable[[], Any], *, back: str = "") -> Any:
        """Make one write: `sending` is committed before it. Returns its answer (True for none), or None.

        None: it went wrong, and the intent is on its way already, by the kind of error; when nothing was sent it stands
        at the step `back` again. A refused login is raised.
        """
        if (intent.state, intent.step) != (SENDING, step):
            self.outbox.begin(intent, step)
        try:
            with self._pace.turn():
                answer = call()
        except CrossdockError as error:
            self._failed(intent, error, back)
            return None
        except QuotaWait as wait:
            self._quota_waits(intent, wait, back)
            return None
        self._pace.went_well()
        self._troubles = 0
        return answer if answer is not None else True

    def tell(self, intent: OutboxIntent, text: str, *, level: str = "info") -> None:
        """A line in the log of the job that the intent belongs to, whichever job runs the lane."""
        self._tell(intent.job_id, text, level=level, subject=intent.subject)

    def fail(self, intent: OutboxIntent, hold: Hold, also: Callable[[Session], None] = lambda session: None) -> None:
        """End an intent with a problem; `also` is written with it."""
        item = ItemResult(intent.subject, "failed", hold.code, hold.message, hold.fix)
        self.tell(intent, hold.message, level="error")

        def end(session: Session) -> None:
            self.outbox.close_in(session, [(intent, item)])
            self.given_up(session, intent)
            also(session)

        self.outbox.write(end)

    def end(self, ends: Sequence[tuple[OutboxIntent, Any]]) -> None:
        """End intents that are as planned, each with what was seen of it, in one transaction."""
        if not ends:
            return

        def close(session: Session) -> None:
            results = self.verified(session, ends)
            self.outbox.close_in(session, [(intent, item) for (intent, _), item in zip(ends, results, strict=True)])

        self.outbox.write(close)

    def patiently(self, intent: OutboxIntent, outcome: Outcome, *, times: float = 1) -> Outcome:
        """The same, once the remote had so many settling times to take in what was sent; it is looked at until then."""
        age = self.age(intent)
        rest = self.settle_seconds * times - age
        if not isinstance(outcome, Missing | Differs) or rest <= 0:
            return outcome
        self.outbox.note(intent, not_before=clock.after(min(max(age, self.settle_seconds * FIRST_LOOK), rest)))
        return GoesOn()

    def age(self, intent: OutboxIntent) -> float:
        """Seconds since the last call that changes something was made."""
        return -clock.seconds_until(intent.sent_at) if intent.sent_at else self.settle_seconds

    # -- inside ---------------------------------------------------------------------------------------------

    def _readable(self, intents: Sequence[OutboxIntent]) -> list[OutboxIntent]:
        """Those that this version of the program understands; the others end, and one of them stops nobody."""
        readable = []
        for intent in intents:
            if (hold := self.odd(intent)) is not None:
                self.fail(intent, hold)
            else:
                readable.append(intent)
        return readable

    def _advance(self, intent: OutboxIntent) -> None:
        try:
            if intent.state == UNKNOWN:
                self._settle(intent)
            elif intent.state == WAITING:
                self.send(intent)
        except QuotaWait as wait:  # of a read before or after the write
            if intent.state == SENDING:
                self._quota_waits(intent, wait, intent.step)
            else:
                self.outbox.note(intent, not_before=wait.until)
        except CrossdockError as error:
            # A read failed (writes are dealt with where they are made): nothing was changed, so the step is due again.
            passing = isinstance(error, RemoteBusy | OutcomeUnknown | Unreachable)
            if passing:
                self._troubled(error)
            if intent.state == SENDING:
                told, seconds = str(wording.trouble(error)), self._backoff(intent)
                self.outbox.put_back(intent, step=intent.step, seconds=seconds, message=told)
            elif passing or isinstance(error, Rejected):
                self._later(intent, error)
            if not passing:
                raise

    def _quota_waits(self, intent: OutboxIntent, wait: QuotaWait, step: str) -> None:
        """Nothing was sent: the remote's quota comes first."""
        seconds = max(clock.seconds_until(wait.until), 0.0)
        self.outbox.put_back(intent, step=step, seconds=seconds, message="It waits for the quota.")

    def _failed(self, intent: OutboxIntent, error: CrossdockError, back: str) -> None:
        told = str(wording.trouble(error))
        if isinstance(error, OutcomeUnknown):
            self._pace.trouble()
            self.tell(intent, f"{told} It may have taken effect; looking for it.", level="warning")
            self.outbox.unknown(intent, seconds=LOOKS[0], message=told)
        elif isinstance(error, RemoteBusy | Unreachable):
            self._troubled(error)
            self.outbox.put_back(intent, step=back, seconds=self._backoff(intent, error), message=told)
        elif isinstance(error, AuthorizationError | wording.RemoteChanged):
            self.outbox.put_back(intent, step=back, seconds=0, message=told)
            raise error
        else:
            self.fail(intent, self.refused(intent, error))
            if isinstance(error, ConfigurationError):
                raise error

    def _settle(self, intent: OutboxIntent) -> None:
        outcome = self.look(intent)
        self._troubles = 0
        if isinstance(outcome, Arrived):
            self.outbox.sent(intent)
        elif isinstance(outcome, Ended):
            self.fail(intent, outcome.hold)
        elif not isinstance(outcome, GoesOn):
            self._not_there(intent)

    def _not_there(self, intent: OutboxIntent) -> None:
        """Nothing of an unanswered call is to be seen: look again, and send it again only after the settling time."""
        if self.age(intent) < self.settle_seconds:
            self.outbox.unknown(intent, seconds=self._next_look(intent))
            return
        so_far = tries(intent)
        if self.may_double(intent) and so_far.quiet_looks < 1:
            found = replace(so_far, quiet_looks=so_far.quiet_looks + 1)
            self.outbox.unknown(intent, seconds=_SECOND_LOOK, found=found)
            return
        self.tell(intent, "It did not arrive; sending it again.", level="warning")
        self._send_again(intent, replace(so_far, quiet_looks=0), not_before=None)

    def _not_as_sent(self, intent: OutboxIntent, outcome: Outcome) -> None:
        if isinstance(outcome, Ended):
            self.fail(intent, outcome.hold)
        elif isinstance(outcome, Missing | Differs):
            so_far = tries(intent)
            if so_far.repeats >= self.most_repeats:
                self.keeps_differing(intent, outcome)
                return
            so_far = replace(so_far, repeats=so_far.repeats + 1)
            message = "It is not there as it was sent; sent again."
            self._send_again(intent, so_far, not_before=clock.after(1), message=message)

    def _send_again(self, intent: OutboxIntent, so_far: Tries, **values: Any) -> None:
        step, known = self.again(intent)
        evidence = so_far.into(known.into(intent.evidence) if known else intent.evidence)
        self.outbox.note(intent, state=WAITING, step=step, evidence=evidence, **values)

    def _later(self, intent: OutboxIntent, error: CrossdockError) -> None:
        message = str(wording.trouble(error))
        self.outbox.note(intent, not_before=clock.after(self._backoff(intent)), message=message)

    def _troubled(self, error: CrossdockError) -> None:
        self._pace.trouble()
        # An unanswered write is settled by itself; a remote that does not answer reads cannot be used at all.
        self._troubles += 1
        self._last_trouble = wording.trouble(error)

    def _next_look(self, intent: OutboxIntent) -> float:
        age, settle = self.age(intent), self.settle_seconds
        return next((look - age for look in LOOKS if look > age + 0.5 and look < settle), settle - age)

    def _backoff(self, intent: OutboxIntent, error: CrossdockError | None = None) -> float:
        asked = error.retry_after if isinstance(error, RemoteBusy) else 0.0
        return max(asked, min(2.0 ** min(intent.attempts, 10), _LONGEST_BACKOFF))
