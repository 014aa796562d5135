"""The seller's consent to a public app: the link to Amazon, and the address that comes back.

The link is opened in any browser anywhere. The address of the page that opens after the consent is pasted here, or
the browser comes back to this machine by itself where the app's redirect URL leads here.
"""

from __future__ import annotations

from functools import partial
from threading import Event
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from core.actor import Actor
from core.channels import consent, listener
from core.channels.consent import ConsentRequest
from core.channels.views import ChannelView
from core.errors import CrossdockError
from core.workspace import Workspace
from tui.text import clean, foreign
from tui.using import UsesCore, reason_of
from tui.widgets import timestamps
from tui.widgets.keys import Keys
from tui.widgets.line_input import LineInput
from tui.widgets.text_pane import Line, TextPane

STEPS = (
    "1. Open this link in a browser, signed in to Seller Central as the account's main user (f4 copies it):",
    "2. Confirm there. Amazon then opens the redirect URL of the app; the page may look broken, its address counts.",
    "3. Within five minutes paste that whole address below, and press f2.",
)


class Authorize(UsesCore, ModalScreen[ChannelView]):
    """Gives the channel once its seller has given the consent."""

    HELP = (
        "Amazon's answer is good once and for five minutes; the link for half an hour. {authorize.again} makes another "
        "link. {authorize.listen} waits for the browser on this machine: for redirect URLs such as "
        "http://127.0.0.1:8912/amazon, reached through an SSH forward if the browser runs elsewhere."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "finish", "Finish", id="authorize.finish", tooltip="Use the pasted address"),
        Binding("f4", "copy", "Copy link", id="authorize.copy", tooltip="The link to the clipboard of the terminal"),
        Binding("f5", "listen", "Listen", id="authorize.listen", tooltip="Wait for the browser on this machine"),
        Binding("f6", "again", "New link", id="authorize.again", tooltip="Make another link; the old one stays good"),
        Binding("escape", "leave", "Later", id="authorize.leave", tooltip="Leave; the channel waits for its seller"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor, channel: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._actor = actor
        self._channel = channel
        self._request: ConsentRequest | None = None
        self._stop = Event()
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """The steps with the link, the line for the address, what is wrong."""
        with Vertical(classes="box"):
            yield Static(foreign(f"Connect {self._channel} to Amazon"), markup=False, classes="heading")
            yield TextPane(id="text")
            yield LineInput(placeholder="the address of the page that opened after the consent")
            yield Static("", markup=False, id="answer-note")
            yield Keys(show_command_palette=False)

    def on_mount(self) -> None:
        """Make a link."""
        self.query_one(Input).focus()
        self.action_again()

    def on_unmount(self) -> None:
        """Nobody waits for the browser any longer."""
        self._stop.set()

    def action_again(self) -> None:
        """Make a link."""
        begin = partial(consent.begin, self._workspace, self._actor, self._channel)
        self.use(begin, self._show, self._refuse)

    def _show(self, request: ConsentRequest) -> None:
        self._request = request
        until = f"The link is good until {timestamps.full(request.expires)}."
        lines = [Line(Content(STEPS[0])), Line(Content("")), Line(foreign(request.consent_url, "bold"))]
        rest = [
            Line(Content("")),
            *[Line(Content(step)) for step in STEPS[1:]],
            Line(Content("")),
            Line(Content(until)),
        ]
        self.query_one(TextPane).replace(lines + rest)

    def action_copy(self) -> None:
        """Copy the link; terminals that do not allow it ignore the request."""
        if self._request is not None:
            self.app.copy_to_clipboard(self._request.consent_url)
            self._note("The link was sent to the terminal's clipboard.")

    # -- coming back ----------------------------------------------------------------------------------------

    def action_finish(self) -> None:
        """Take over the pasted address."""
        address = self.query_one(Input).value.strip()
        if not address:
            self._note("! Paste the address first.", wrong=True)
        elif not self._is_busy:
            self._begin("Asking Amazon for the seller's token …")
            finish = partial(consent.finish, self._workspace, self._actor, self._channel, address)
            self.use(finish, self.dismiss, self._refuse)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_finish()

    def action_listen(self) -> None:
        """Wait for the browser."""
        if not self._is_busy:
            self._begin("Waiting for the browser. Open the link above; escape ends the waiting.")
            self.use(self._listen, self.dismiss, self._refuse)

    def _listen(self) -> ChannelView:
        def tell(request: ConsentRequest) -> None:
            self.call_later(self._show, request)

        return listener.authorize(self._workspace, self._actor, self._channel, tell=tell, should_stop=self._stop.is_set)

    def action_leave(self) -> None:
        """Leave; what is under way is given up."""
        self._stop.set()
        self.dismiss()

    def _begin(self, words: str) -> None:
        self._is_busy = True
        self._note(words)

    def _refuse(self, error: Exception) -> None:
        self._is_busy = False
        fields = error.fields if isinstance(error, CrossdockError) else {}
        words = fields.get("callback_url", "")
        step = error.next_step if isinstance(error, CrossdockError) else ""
        self._note(f"! {words[:1].upper()}{words[1:]}. {step}" if words else f"! {reason_of(error)}", wrong=True)

    def _note(self, text: str, *, wrong: bool = False) -> None:
        note = self.query_one("#answer-note", Static)
        note.set_class(wrong, "wrong")
        note.update(foreign(clean(text), limit=400))
