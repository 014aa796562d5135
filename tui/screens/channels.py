"""Channels: which Amazon marketplace goes into which store, how each stands, and everything that is set in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from textual.widget import Widget

from core.actor import Actor
from core.channels.views import ChannelView
from core.workspace import Workspace
from tui.screens.channels_list import ChannelsSection
from tui.screens.live import LiveScreen


class ChannelsScreen(LiveScreen[Sequence[ChannelView]]):
    """The list of channels with the details of the one under the cursor."""

    HELP = "A channel is one marketplace of one seller, connected to one store."

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self.section = ChannelsSection(workspace, actor)

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield self.section

    def on_mount(self) -> None:
        """Begin in the list, even while it is empty."""
        self.section.enter()

    def reader(self) -> Callable[[], Sequence[ChannelView]]:
        """Read the channels."""
        return self.section.read

    def show(self, data: Sequence[ChannelView]) -> None:
        """Show a reading."""
        self.section.show(data)

    def focus_on(self, *, name: str = "", **_: Any) -> None:
        """Put the cursor on a channel."""
        self.section.point_at(name)
