"""The worker as a service: what to run, and the unit file to write."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from core.actor import Actor
from core.workspace import Workspace
from tasks.service import WorkerService, service, write_unit
from tui.text import clean, foreign
from tui.using import UsesCore
from tui.widgets.confirm import Confirm
from tui.widgets.key_line import KeyLine
from tui.widgets.text_pane import Line, TextPane

TITLE = "The worker, which imports on schedule and confirms shipments"


class ServiceWindow(UsesCore, ModalScreen[None]):
    """Shows the unit and its commands, and writes it once that was confirmed."""

    HELP = (
        "A worker runs jobs and schedules in the background. As a service it starts with this machine and goes on "
        "after an error; {service.copy} copies the commands that start it. Without systemd run it by hand."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "write", "Write unit file", id="service.write", tooltip="Asks first; changes nothing else"),
        Binding("f4", "copy", "Copy commands", id="service.copy", tooltip="The commands to the terminal's clipboard"),
        Binding("escape", "dismiss(None)", "Close", id="service.close", tooltip="Back to the steps"),
    ]
    AUTO_FOCUS = "TextPane"

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__()
        self._workspace = workspace
        self._actor = actor
        self._service = service(workspace.settings)

    def compose(self) -> ComposeResult:
        """Heading, what to do, keys."""
        with Vertical(classes="box"):
            yield Static(Content(TITLE), markup=False, classes="heading")
            yield TextPane(id="text")
            yield KeyLine()

    def on_mount(self) -> None:
        """Say what to do."""
        self._show(self._service)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing to write or to copy without systemd."""
        return self._service.has_systemd or action not in ("write", "copy")

    def action_copy(self) -> None:
        """Copy the commands; terminals that do not allow it ignore the request."""
        self.app.copy_to_clipboard("\n".join(self._service.commands))
        self.notify("The commands were sent to the terminal's clipboard.")

    def action_write(self) -> None:
        """Ask, then write the unit file."""
        replaces = " It replaces the one that is there." if self._service.is_written else ""
        question = f"Write {clean(self._service.path)}?{replaces} Nothing is started by it."
        self.app.push_screen(Confirm(question, yes="Write it", no="Cancel"), self._confirmed)

    def _confirmed(self, confirmed: bool | None) -> None:
        if confirmed:
            self.use(partial(write_unit, self._workspace, self._actor), self._show)

    def _show(self, found: WorkerService) -> None:
        self._service = found
        self.query_one(TextPane).replace(list(_lines(found)))


def _lines(found: WorkerService) -> Iterator[Line]:
    """What to do, the nearest first."""
    if found.has_systemd:
        yield from _with_systemd(found)
        return
    yield Line(Content("This machine has no systemd. Keep a worker running with:"))
    yield Line(foreign(f"  {found.by_hand}", "bold"))


def _with_systemd(found: WorkerService) -> Iterator[Line]:
    if found.is_written:
        yield Line(foreign(f"The unit file is {found.path}. Start the service:"))
    else:
        yield Line(foreign(f"f2 writes the unit file {found.path}, then start the service:"))
    for command in found.commands:
        yield Line(Content.styled(f"  {command}", "bold"))
    yield Line(Content.styled("The last one lets it run while nobody is logged in.", "dim"))
    if found.needs_key:
        needs = "The key is set by the environment here: give it to the service as well."
        yield Line(Content.styled(needs, "$text-warning"))
    yield Line(Content(""))
    yield Line(Content("Or run it in another terminal:"))
    yield Line(foreign(f"  {found.by_hand}", "bold"))
    yield Line(Content(""))
    for line in found.unit.splitlines():
        yield Line(foreign(line, "dim"))
