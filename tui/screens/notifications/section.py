"""The list of messages that were of no use, and what can be done with the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.amazon.notifications import KINDS, NEW_SECRET, SECRET_EXPIRY
from core.flows import HEARS
from core.jobs.requests import Requested
from core.notifications import unreadable
from core.notifications.unreadable import MessageView
from tasks.start import start
from tui.frame.section import Section, fact
from tui.frame.starting import offer
from tui.text import foreign
from tui.widgets import timestamps
from tui.widgets.confirm import Confirm
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

UNKNOWN = "unknown"
_WORDS = {kind.name: kind.words for kind in KINDS} | {NEW_SECRET: "new client secret", SECRET_EXPIRY: "secret expiry"}


class NotificationsSection(Section[MessageView]):
    """A line per message."""

    NAME = "notifications"
    TITLE = "Unreadable messages"
    COLUMNS = (Column("received", least=11, most=11), Column("about", least=7, most=17), Column("why it was of no use"))
    EMPTY = "Every message that came could be read and acted upon. n in Channels shows how the queues stand."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "Try again", id="notifications.retry", tooltip="Read it once more and act upon it"),
        Binding("d", "drop", "Drop", id="notifications.drop", tooltip="Delete it for good"),
    ]

    def read(self) -> Sequence[MessageView]:
        """Those of the queues that the operator may look into."""
        return unreadable.list_messages(self.workspace, self.actor)

    def name_of(self, item: MessageView) -> str:
        """Its number."""
        return str(item.id)

    def cells(self, item: MessageView) -> tuple[Cell, ...]:
        """When, what, why."""
        return (
            Content(timestamps.brief(item.received_at)),
            foreign(_WORDS.get(item.type, item.type or UNKNOWN)),
            foreign(item.reason),
        )

    def detail(self, item: MessageView) -> Sequence[Line]:
        """All of it but what it says."""
        return [
            fact("Message", item.id),
            fact("Received", timestamps.full(item.received_at)),
            fact("Queue", item.queue),
            fact("Type", item.type or UNKNOWN),
            fact("Why", item.reason),
        ]

    # -- actions --------------------------------------------------------------------------------------------

    def action_retry(self) -> None:
        """Act upon the message under the cursor once more."""
        if message := self.wanted():
            self.screen.use(partial(self._try_again, message), partial(self._tried, message))

    def _try_again(self, message: MessageView) -> tuple[int, list[Requested]]:
        asked: list[Requested] = []
        done = unreadable.try_again(self.workspace, self.actor, {message.id}, HEARS, asked.append)
        for one in asked:
            start(self.workspace, one)
        return done, asked

    def _tried(self, message: MessageView, answer: tuple[int, list[Requested]]) -> None:
        done, asked = answer
        if done:
            self.screen.notify(f"Message {message.id} is done with.", job=asked[0].job_id if asked else None)
            offer(self.screen, asked)
        else:
            self.screen.notify(f"Message {message.id} still cannot be acted upon.", severity="error")

    def action_drop(self) -> None:
        """Ask, then delete the message under the cursor."""
        if message := self.wanted():
            question = Confirm(f"Drop message {message.id}? It is deleted for good.", yes="Drop", no="Cancel")
            self.steps.ask(question, lambda _: self._drop(message))

    def _drop(self, message: MessageView) -> None:
        drop = partial(unreadable.drop, self.workspace, self.actor, {message.id})
        self.screen.use(drop, lambda _: self.screen.notify(f"Message {message.id} dropped."))
