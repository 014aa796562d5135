"""Keys take effect in the order they were pressed: none is looked at before what the one before it caused is there.

Textual hands a key to the widget that has the focus when the key arrives. Over a slow line several arrive at once:
of "/373" the digits would find the list still in focus, and go to other places in place of into the filter line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.timer import Timer

ROUNDS = 3
"""How often a call follows the way of a key, from the focus up to the application: a key leads to a message (such as
"submitted"), that one to another (such as "left"), and each may move the focus or open a window."""

PATIENCE = 2.0
"""Real seconds after which a key is looked at although what it waits for has not come."""


class KeysInOrder(App[None]):
    """An application whose keys, and pasted text, wait for each other. A key that comes alone waits for nothing."""

    _rounds = 0
    _turn = 0
    _patience: Timer | None = None

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._waiting: deque[events.Event] = deque()
        self._awaited: set[Hashable] = set()

    @property
    def keys_are_done(self) -> bool:
        """Whether no key waits, and the last one has had its effect."""
        return not (self._waiting or self._rounds or self._awaited)

    def keys_wait_for(self, what: Hashable) -> None:
        """Let no further key act until `keys_go_on` is called with the same, for as long as there is patience.

        For what decides what a key means, such as a window that is about to open.
        """
        self._awaited.add(what)

    def keys_go_on(self, what: Hashable) -> None:
        """What keys waited for has come, or will not."""
        if what in self._awaited:
            self._awaited.discard(what)
            self._follow()

    async def on_event(self, event: events.Event) -> None:
        """Let keys wait; everything else goes its way."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._waiting.append(event)
            await self._look_at_keys()
        else:
            await super().on_event(event)

    async def _look_at_keys(self) -> None:
        while self._waiting and not self._rounds and not self._awaited:
            await super().on_event(self._waiting.popleft())
            self._follow()
        if self._patience is not None:
            self._patience.stop()
        self._patience = self.set_timer(PATIENCE, self._wait_no_longer) if self._waiting else None

    async def _wait_no_longer(self) -> None:
        self._rounds = 0
        self._awaited.clear()
        await self._look_at_keys()

    def _follow(self) -> None:
        """Go the way of the key that was just handed on, behind it everywhere, until all it caused is there."""
        self._turn += 1
        self._rounds = ROUNDS
        self._begin_round(self._turn)

    def _begin_round(self, turn: int) -> None:
        if self.screen_stack:
            self._pass(turn, self.focused or self.screen)

    def _pass(self, turn: int, node: DOMNode) -> None:
        """Be called by `node` once it has seen to everything before, or by the next one above that still lives."""
        while node is not self and not node.call_later(self._passed, turn, node):
            node = node.parent or self
        if node is self:
            self.call_later(self._arrived, turn)

    def _passed(self, turn: int, node: DOMNode) -> None:
        self._pass(turn, node.parent or self)

    async def _arrived(self, turn: int) -> None:
        if turn != self._turn or not self._rounds:
            return
        self._rounds -= 1
        if self._rounds:
            self._begin_round(turn)
        else:
            await self._look_at_keys()
