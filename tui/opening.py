"""Opening the home folder while the terminal shows the first sentence, and saying what is wrong when that fails."""

from __future__ import annotations

import logging
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.message import Message

from core import logs
from core.actor import Actor
from core.errors import ConfigurationError, CrossdockError
from tui.ending import log_file
from tui.screens.opening import TroubleScreen
from tui.telling import TellsPeople
from tui.using import UsesCore, reason_of

if TYPE_CHECKING:
    # What takes long to load waits until the terminal shows the first sentence.
    from core.settings import Settings
    from core.workspace import Workspace

log = logging.getLogger(__name__)


class OpensHome(TellsPeople, UsesCore):
    """An application that opens a home folder."""

    home: Path
    actor: Actor | None
    workspace: Workspace | None
    _settings: Settings | None
    _login: bool

    LEADS: ClassVar[bool] = True
    """Whether an installation that has not been set up yet opens with its first start."""

    @dataclass
    class Opened(Message):
        """The home folder is open."""

        workspace: Workspace
        actor: Actor | None
        """None: somebody has to log in."""
        is_to_lead: bool
        """Whether the first start opens."""

    @dataclass
    class OpeningFailed(Message):
        """The home folder cannot be used."""

        error: CrossdockError

    @abstractmethod
    def load_first(self) -> None:
        """Load what the first picture of the open home needs."""

    @work(thread=True, group="open", exclusive=True, exit_on_error=False)
    def open_workspace(self) -> None:
        """Open the home folder in a thread: it may wait for a lock or bring the schema up to date."""
        try:
            workspace = self._open()
            actor = self._acting(workspace)
            self.load_first()
            is_to_lead = actor is not None and self.is_to_lead(workspace, actor)
        except CrossdockError as error:
            self.post_message(self.OpeningFailed(error))
        except Exception as error:
            log.exception("the home folder cannot be opened")
            what = f"The home folder {self.home} cannot be opened: {reason_of(error)}"
            self.post_message(self.OpeningFailed(ConfigurationError(what, next_step=f"See {log_file(self.home)}.")))
        else:
            self.post_message(self.Opened(workspace, actor, is_to_lead))

    def is_to_lead(self, workspace: Workspace, actor: Actor) -> bool:
        """Whether somebody has to be led through the first start; blocks."""
        from core import first_start

        return self.LEADS and actor.is_admin and not first_start.is_begun(workspace, actor)

    def _open(self) -> Workspace:
        from core.settings import load
        from core.workspace import Workspace

        settings = self._settings or load()
        if self._settings is None:
            logs.configure(settings, file=log_file(self.home))
        return Workspace(settings)

    def _acting(self, workspace: Workspace) -> Actor | None:
        if self._login:
            return None
        from core.people.login import acting

        try:
            return self.actor or acting(workspace)
        except CrossdockError:
            workspace.close()
            raise

    @on(OpeningFailed)
    def _show_trouble(self, event: OpeningFailed) -> None:
        self.push_screen(TroubleScreen(event.error))

    def action_open_again(self) -> None:
        """Try to open the home folder once more."""
        self.pop_screen()
        self.open_workspace()
