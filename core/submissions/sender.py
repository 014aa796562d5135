"""The base of the senders of flows that submit to listings: what is the same, whatever is said of a SKU."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from core.jobs.context import JobContext
from core.model.channel import Channel
from core.model.outbox import OutboxIntent
from core.submissions.message import Answer, Message
from core.sync.decisions import Hold
from core.sync.delivery import Delivery, Outcome
from core.sync.outbox import Outbox
from core.sync.remotes import Remote
from core.workspace import Workspace


class ListingSender(Delivery):
    """Carries intents about SKUs to a seller account. A flow says what is sent, and whether Amazon shows it.

    An intent carries no content: what is sent is composed when it is sent, and kept with it until it has ended.
    """

    per_feed = 25_000
    """Messages of a feed at the most; fewer where they are large: what does not fit 10 MiB is composed once more."""

    def __init__(self, workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> None:
        super().__init__(outbox, remote.pace, settle_seconds=workspace.settings.settle_seconds, tell=context.event_of)

    # -- what a flow says -----------------------------------------------------------------------------------

    @abstractmethod
    def compose(self, channel: Channel, intents: Sequence[OutboxIntent]) -> Mapping[int, Message | Hold | None]:
        """What is to be sent now, by the keys of intents of one channel; None (or left out): nothing any more.

        Reads what it needs in batches: there may be 500 of them. Called from many threads.
        """

    @abstractmethod
    def accepted(self, session: Session, intent: OutboxIntent, message: Message, answer: Answer) -> None:
        """Write down that this was sent and taken, in the transaction in which the intent becomes `sent`.

        It comes once for each message taken; where the answer was lost, once the message is seen at Amazon.
        """

    @abstractmethod
    def shows(self, intent: OutboxIntent, message: Message, item: Mapping[str, Any] | None) -> Outcome:
        """Whether a listing as it was read back (None: it is not there) is as was sent.

        `Arrived(seen)` gives `seen` to `verified`. `Missing` or `Differs` is looked at again until the settling time is
        over, then composed and sent once more. A data set that the item lacks is not known.
        """
