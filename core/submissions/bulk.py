"""Many submissions of a seller in few feeds."""

from __future__ import annotations

from collections.abc import Callable

from core.jobs.context import JobContext
from core.model.channel import Channel
from core.submissions.sender import ListingSender
from core.sync.outbox import Outbox
from core.sync.remotes import Remote
from core.workspace import Workspace

Make = Callable[[Workspace, JobContext, Outbox, Remote], ListingSender]
"""As `core.sync.flow.Writes` has it: the class of the sender itself will do."""


def send_in_bulk(workspace: Workspace, context: JobContext, channel: Channel, flow: str, make: Make) -> None:
    """Send what waits of a flow in a channel in feeds, where there is much of it; look at those under way.

    A job calls it before `context.deliver(channel, "seller")`, each time that it comes back. It never waits for a feed:
    the lane sends everything else meanwhile, and then lets the job leave its worker until the feed is to be looked at.
    """
    return
