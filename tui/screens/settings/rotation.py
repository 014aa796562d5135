"""A new client secret of an app, step by step: asked for, arrived, tried, in use, while all jobs go on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from core.actor import Actor
from core.flows import HEARS
from core.notifications import rotation
from core.notifications.actions import Received
from core.notifications.rotation import Rotation, Step, StepState
from core.workspace import Workspace
from tasks.start import start
from tui.text import clean, foreign
from tui.using import UsesCore, reason_of
from tui.widgets import timestamps
from tui.widgets.fixed import FixedText
from tui.widgets.keys import Keys
from tui.widgets.text_pane import Line, TextPane

Result = TypeVar("Result")
_STATES: dict[StepState, tuple[str, str]] = {
    "done": ("done", "$text-success"),
    "now": ("now ", "$text-warning bold"),
    "waiting": ("-   ", "$text-muted"),
    "failed": ("FAIL", "$text-error bold"),
}
_NAMES = 20
ABOUT = (
    "Amazon sends the new secret to the queue that is registered in the Developer Console (Notification Preferences, "
    "Application Client New Secret), never in its answer. It is stored, tried, and only then used; the one of today "
    "works for another seven days, so jobs go on."
)
ASKING = "Asking Amazon for a new secret …"
LOOKING = "Looking into the queue …"
NOTHING = "Nothing has come yet. It is safe to leave: a worker takes the secret when it comes."
LISTENED = "A worker listens to the queue; it takes the secret when it comes."


class RotationWindow(UsesCore, ModalScreen[bool]):
    """Follows the rotation of an app; True when the secret is to be entered by hand."""

    HELP = (
        "{rotation.ask} asks Amazon for a new client secret, once: a second one before the first has arrived would end "
        "the secret in use. {rotation.look} looks into the queue here, where no worker does. {rotation.by_hand} is the "
        "way without a queue: make a secret in the Developer Console and enter it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "ask", "Ask Amazon", id="rotation.ask", tooltip="For a new client secret"),
        Binding(
            "f4", "dismiss(True)", "Enter by hand", id="rotation.by_hand", tooltip="One from the Developer Console"
        ),
        Binding("f5", "look", "Look now", id="rotation.look", tooltip="Look into the queue here"),
        Binding("escape,q", "dismiss(False)", "Close", id="rotation.close", tooltip="What is under way goes on"),
    ]
    POLL_EVERY: ClassVar[float] = 1.0
    """Real seconds between two readings."""

    def __init__(self, workspace: Workspace, actor: Actor, read: Rotation) -> None:
        super().__init__()
        self._workspace = workspace
        self._actor = actor
        self._rotation = read
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """The steps, what is to be known, what is wrong."""
        with Vertical(classes="box"):
            yield FixedText(id="verdict")
            yield TextPane(id="text")
            yield Static("", markup=False, id="answer-note")
            yield Keys(show_command_palette=False)

    def on_mount(self) -> None:
        """Show what was read, and follow it."""
        self._show_steps()
        self.set_interval(self.POLL_EVERY, self._read)

    def _read(self) -> None:
        if not self._is_busy:
            self._use_rotation(rotation.state, self._show)

    def _show(self, read: Rotation) -> None:
        if read != self._rotation:
            self._rotation = read
            self._show_steps()
            self.refresh_bindings()

    def _show_steps(self) -> None:
        now = self._rotation
        verdict = "under way" if now.is_open else "in use" if now.was_done else "not begun"
        self.query_one("#verdict", FixedText).set_text(foreign(f"New client secret of {now.app}: {verdict}"))
        words = now.message if now.is_open or now.was_done else ABOUT
        queue = Line(Content.assemble(("Queue ", "$text-muted"), foreign(now.queue or "none")), indent=6)
        lines = [*map(step_line, now.steps), Line(Content("")), queue, Line(Content("")), Line(foreign(words))]
        self.query_one(TextPane).replace(lines)

    # -- actions --------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Amazon is asked where the answer can come and none is awaited; the queue is looked into while one is."""
        if action == "ask":
            return self._rotation.can_ask
        if action == "look":
            return self._rotation.is_open and bool(self._rotation.queue)
        return True

    def action_ask(self) -> None:
        """Ask Amazon."""
        if not self._is_busy:
            self._begin(ASKING)
            self._use_rotation(rotation.ask, self._asked)

    def _asked(self, now: Rotation) -> None:
        self._end("")
        self._show(now)

    def action_look(self) -> None:
        """Take what waits in the queue, here."""
        if not self._is_busy:
            self._begin(LOOKING)
            self._use_rotation(partial(rotation.look, hears=HEARS, seconds=5), self._looked)

    def _looked(self, received: Received | None) -> None:
        for asked in received.asked if received else ():
            self.use(partial(start, self._workspace, asked), lambda _: None)
        self._end(LISTENED if received is None else "" if received.counts["handled"] else NOTHING)
        self._read()

    def _use_rotation(self, work: Callable[..., Result], then: Callable[[Result], object]) -> None:
        self.use(partial(work, self._workspace, self._actor, self._rotation.app), then, self._refuse)

    def _begin(self, words: str) -> None:
        self._is_busy = True
        self._say(words)

    def _end(self, words: str) -> None:
        self._is_busy = False
        self._say(words)

    def _refuse(self, error: Exception) -> None:
        self._is_busy = False
        self._say(f"! {reason_of(error)}", wrong=True)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        note = self.query_one("#answer-note", Static)
        note.set_class(wrong, "wrong")
        note.update(foreign(clean(text), limit=400))


def step_line(step: Step) -> Line:
    """A step with its state in words, so that it is read without colours too."""
    when = timestamps.full(step.at) if step.at else ""
    told = " ".join(part for part in (when, step.words) if part)
    return Line(Content.assemble(_STATES[step.state], f"  {step.name:<{_NAMES}}  ", foreign(told)), indent=_NAMES + 8)
