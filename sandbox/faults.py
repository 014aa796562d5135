"""Faults on demand: rules that say which call fails, how, and how often.

Kinds of both sides
    429            refused, with the header of that side (x-amzn-RateLimit-Limit, Retry-After)
    429_bare       refused, without such a header
    html_503       503 with an HTML body
    html_200       200 with an HTML login page
    error_500      500 before anything was done
    reset          the answer breaks off in the middle: Content-Length promises the whole, half of it arrives
    slow           the answer comes `seconds` real seconds late
    drop           the connection is closed before anything was done
    malformed      200 with JSON cut short and a right Content-Length
Both sides, on writes
    timeout_after  done, then the connection is held for `seconds` real seconds and closed without an answer
    error_after    done, then 500
Amazon only
    expired_token  403; the access token used becomes invalid
    revoked        the token service answers invalid_grant
    swallowed      confirmShipment answers 204, and nothing ever happens; a listing's write likewise, see below
    expired_url    of a document: 403, as after its five minutes
    bad_checksum   of a document: the answer has a checksum that is another's
Amazon only, of what it does when nobody calls: operation "listing" is each write of a SKU that it has accepted, "feed"
each feed that was made
    swallowed      of a listing: accepted, and nothing ever happens
    late_issue     of a listing: `seconds` sandbox seconds later it has an issue and cannot be bought
    warned         of a listing: accepted, with an issue that is a warning
    gated          of a listing: INVALID, though a preview says VALID: the seller may not list it
    fatal          of a feed: it ends FATAL, with a report that says why
    stuck          of a feed: it is IN_PROGRESS for `seconds` sandbox seconds more
    no_report      of a feed: it ends DONE, and there is no report
Store only, on writes
    late_commit    504 at once; the write happens `seconds` sandbox seconds later
    lost           504; the write never happens
"""

from __future__ import annotations

import random
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

COMMON = frozenset({"429", "429_bare", "html_503", "html_200", "error_500", "reset", "slow", "drop", "malformed"})
WRITES = frozenset({"timeout_after", "error_after"})
DOCUMENTS_ONLY = frozenset({"expired_url", "bad_checksum"})
LISTINGS_ONLY = frozenset({"swallowed", "late_issue", "warned", "gated"})
FEEDS_ONLY = frozenset({"fatal", "stuck", "no_report"})
AMAZON_ONLY = frozenset({"expired_token", "revoked"}) | DOCUMENTS_ONLY | LISTINGS_ONLY | FEEDS_ONLY
STORE_WRITES = frozenset({"late_commit", "lost"})
TOKEN_OPERATION = "token"
"""The operation name of calls to the token service."""
CONFIRM_OPERATION = "confirmShipment"
DOCUMENT_OPERATION = "document"
"""The operation name of what happens at presigned addresses."""
LISTING_OPERATION = "listing"
"""The operation name of what becomes of an accepted write of a SKU."""
FEED_OPERATION = "feed"
"""The operation name of what becomes of a feed."""


@dataclass(frozen=True)
class Rule:
    """One fault to inject.

    `times` is how often it strikes (-1: for ever), `after` how many matching calls pass first, of the rest it means
    each `every`-th, `probability` is the chance at each of these, `seconds` the duration of the kinds that have one.
    """

    side: str
    operation: str
    kind: str
    times: int = 1
    after: int = 0
    every: int = 1
    probability: float = 1.0
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.side not in ("amazon", "store"):
            raise ValueError(f"side is {self.side!r}: give 'amazon' or 'store'")
        allowed = COMMON | WRITES | (AMAZON_ONLY if self.side == "amazon" else STORE_WRITES)
        if self.kind not in allowed:
            raise ValueError(f"kind is {self.kind!r}: side {self.side} knows {', '.join(sorted(allowed))}")
        if self.every < 1:
            raise ValueError(f"every is {self.every!r}: give 1 or more")

    def matches(self, side: str, operation: str, write: bool) -> bool:
        """Whether the rule could strike this call; a kind that makes no sense for the call never does."""
        if side != self.side or self.operation not in ("*", operation):
            return False
        if operation == LISTING_OPERATION:
            return self.kind in LISTINGS_ONLY
        if operation == FEED_OPERATION or self.kind in FEEDS_ONLY:
            return operation == FEED_OPERATION and self.kind in FEEDS_ONLY
        if self.kind in WRITES | STORE_WRITES:
            return write
        if self.kind in LISTINGS_ONLY:
            return self.kind == "swallowed" and operation == CONFIRM_OPERATION
        if self.kind in DOCUMENTS_ONLY or operation == DOCUMENT_OPERATION:
            return operation == DOCUMENT_OPERATION and self.kind not in ("expired_token", "revoked")
        if self.kind in AMAZON_ONLY:
            return (self.kind == "revoked") == (operation == TOKEN_OPERATION)
        return True


@dataclass
class _Armed:
    rule: Rule
    seen: int = 0
    struck: int = field(default=0)

    @property
    def spent(self) -> bool:
        return 0 <= self.rule.times <= self.struck


class Faults:
    """The rules in force. Thread-safe; the dice of `probability` are deterministic by seed."""

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._armed: list[_Armed] = []

    def add(self, rule: Rule) -> None:
        """Put a rule in force. Of several that match a call the oldest unspent one strikes."""
        with self._lock:
            self._armed.append(_Armed(rule))

    def clear(self) -> None:
        """Forget all rules."""
        with self._lock:
            self._armed.clear()

    def take(self, side: str, operation: str, *, write: bool = True) -> Rule | None:
        """The rule that strikes this call, if any; it counts as used.

        `write` tells whether the call changes something: some kinds need that.
        """
        with self._lock:
            chosen: Rule | None = None
            for armed in self._armed:
                if armed.spent or not armed.rule.matches(side, operation, write):
                    continue
                armed.seen += 1
                met = armed.seen - armed.rule.after
                if chosen is not None or met <= 0 or met % armed.rule.every:
                    continue
                if armed.rule.probability < 1 and self._random.random() >= armed.rule.probability:
                    continue
                armed.struck += 1
                chosen = armed.rule
            return chosen

    def state(self) -> list[dict[str, Any]]:
        """The rules with how many calls each has matched and struck."""
        with self._lock:
            return [{**asdict(armed.rule), "seen": armed.seen, "struck": armed.struck} for armed in self._armed]
