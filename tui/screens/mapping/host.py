"""What the tabs of the mapping screen stand in: the channel they are about, and the line about the last job."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from textual.content import Content

from core.actor import Actor
from core.channels.views import ChannelView
from core.jobs.requests import Requested
from core.workspace import Workspace
from tui.frame.job_line import started_line
from tui.frame.live import LiveScreen
from tui.keymap import spoken
from tui.screens.mapping.data import Snapshot
from tui.text import foreign
from tui.widgets.choice import Choice
from tui.widgets.click_text import ClickText, clickable
from tui.widgets.fixed import FixedText
from tui.widgets.pick import Pick


class MappingHost(LiveScreen[Snapshot]):
    """Knows one channel at a time."""

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._channels: Sequence[ChannelView] = ()
        self._chosen: ChannelView | None = None
        self.wanted_channel = ""
        """The name of the channel to read; empty for the first."""
        self.started: int | None = None
        """The job that was started here last."""

    # -- for subclasses -------------------------------------------------------------------------------------

    @abstractmethod
    def scope(self) -> Content:
        """What of the channel's mappings is listed."""

    @abstractmethod
    def choose_channel(self, name: str) -> None:
        """Show the mappings of another channel."""

    # -- the channel ----------------------------------------------------------------------------------------

    @property
    def channel(self) -> str:
        """The name of the channel that is shown."""
        return self._chosen.name if self._chosen else ""

    @property
    def store(self) -> str:
        """The name of its store."""
        return self._chosen.store if self._chosen else ""

    @property
    def country(self) -> str:
        """The country of its marketplace."""
        return self._chosen.country if self._chosen else ""

    def take(self, data: Snapshot) -> None:
        """Take the channels of a reading."""
        self._channels, self._chosen = data.channels, data.channel

    def spoken(self, sentence: str) -> str:
        """A sentence with the keys as they are now."""
        return spoken(self.app, sentence)

    def action_channel(self) -> None:
        """Choose another channel: by its name, country, store or company."""
        if len(self._channels) < 2:
            self.notify("There is no other channel.")
            return
        choices = [Choice(one.name, one.name, _about(one)) for one in self._channels]
        pick = Pick("The mappings of which channel?", choices, current=self.channel)
        self.app.push_screen(pick, lambda choice: choice and self.choose_channel(str(choice.value)))

    def show_scope(self) -> None:
        """Say whose mappings these are, and what of them is listed."""
        word = Content.styled(" channel ", "$text-muted")
        name = foreign(f"{self.channel} {self.country}".rstrip(), "bold")
        several = len(self._channels) > 1
        key = Content.styled(f" {self.spoken('{mapping.channel}')} for others" if several else "", "$text-muted")
        whose = clickable(word, "screen.channel") + name + key + Content("  ")
        self.query_one("#scope", ClickText).set_text(whose + self.scope())

    # -- jobs -----------------------------------------------------------------------------------------------

    def follow(self, done: str, requested: Requested | None) -> None:
        """Say what was done, and from now on what becomes of the job that came of it."""
        if requested is None:
            self.notify(done)
            return
        self.started = requested.job_id
        self.notify(done, job=requested.job_id)

    def show_job(self, data: Snapshot) -> None:
        """Say what became of the job."""
        line = self.query_one("#started", FixedText)
        line.display = data.job is not None
        if data.job is not None:
            key = self.spoken("{app.open_job} goes to it")
            line.set_text(started_line(data.job, self.size.width - line.gutter.width, key))


def _about(channel: ChannelView) -> str:
    company = f"  company {channel.company_id}" if channel.company_id is not None else ""
    return f"{channel.country}  store {channel.store}{company}"
