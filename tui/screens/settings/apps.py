"""The Amazon applications: list, add, edit, redirect URL to copy, rotation of the secret, delete."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core import apps
from core.apps import AppView
from core.countdowns import Severity
from core.countdowns import secret as secret_countdown
from core.model.account import MODE_PUBLIC
from tui.forms.fields import Entered
from tui.forms.modal import FormModal
from tui.frame.section import Section, fact
from tui.screens.settings.app_fields import APP_GUIDE, app_values, changeable
from tui.screens.settings.app_steps import ASKING, AppSteps
from tui.text import clean, foreign
from tui.widgets import timestamps
from tui.widgets.confirm import Confirm
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line


class AppsSection(Section[AppView]):
    """Public apps, and the private ones that channels brought with them."""

    NAME = "apps"
    TITLE = "Apps"
    ADMINS = True
    COLUMNS = (
        Column("app", least=12, most=30),
        Column("mode", most=8),
        Column("API", most=8),
        Column("channels", right=True, most=8),
        Column("secret expires"),
    )
    EMPTY = (
        "No Amazon application is known yet. Press a to add a public one. A private one needs no entry here: it comes "
        "with the credentials of its channel."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="apps.add", tooltip="Register an application"),
        Binding("enter,e", "edit", "Edit", id="apps.edit", tooltip="Change it, or enter a new client secret"),
        Binding(
            "y", "copy_url", "Copy URL", id="apps.copy_url", tooltip="The redirect URL to the terminal's clipboard"
        ),
        Binding("t", "rotate", "Rotate", show=False, id="apps.rotate", tooltip="A new client secret, step by step"),
        Binding("d", "delete", "Delete", show=False, id="apps.delete", tooltip="Delete an app that no channel uses"),
    ]

    def read(self) -> Sequence[AppView]:
        """All apps."""
        return apps.list_apps(self.workspace, self.actor)

    def name_of(self, item: AppView) -> str:
        """Its name."""
        return item.name

    def cells(self, item: AppView) -> tuple[Cell, ...]:
        """Name, modes, channels, what is left of the secret."""
        return (
            foreign(item.name),
            Content(item.mode),
            Content(item.api_mode),
            Content(str(item.channels)),
            _secret(item),
        )

    def detail(self, item: AppView) -> Sequence[Line]:
        """What the app is, without its secret."""
        public = item.mode == MODE_PUBLIC
        return [
            *([fact("App ID", item.app_id)] if public else []),
            fact("Client id", item.client_id),
            fact("Client secret", f"set {timestamps.full(item.secret_set_at)}"),
            *([fact("Old secret", "serves beside it for its last days")] if item.previous_secret_kept else []),
            *([fact("Redirect URL", item.redirect_url or "not set")] if public else []),
            *([fact("Draft", "yes: the consent page is asked for a beta version")] if item.draft_app else []),
            fact("Region", item.region or "set per channel"),
            *[fact("Look at", warning, style="$text-warning") for warning in item.warnings],
        ]

    # -- actions --------------------------------------------------------------------------------------------

    @property
    def steps(self) -> AppSteps:
        """The windows that open over the screen."""
        return AppSteps(self.screen)

    def action_add(self) -> None:
        """Register another app."""
        self.steps.add()

    def action_edit(self) -> None:
        """Change the app under the cursor."""
        if app := self.wanted():
            save = partial(self._edit, app)
            form = FormModal(
                f"App {app.name}", changeable(app), save, values=app_values(app), saving=ASKING, guide=APP_GUIDE
            )
            self.steps.ask(form, self.steps.saved)

    def _edit(self, read: AppView, entered: Entered) -> AppView:
        if not entered.changes:
            return read
        emptied = {key: "" for key, value in entered.changes.items() if value is None and key != "secret_expires_at"}
        document = {"name": read.name, "revision": read.revision} | entered.changed() | emptied
        return apps.edit(self.workspace, self.actor, document)

    def action_copy_url(self) -> None:
        """Send the redirect URL of the app under the cursor to the clipboard of the terminal."""
        app = self.wanted()
        if app and app.redirect_url:
            self.app.copy_to_clipboard(app.redirect_url)
            self.screen.notify("The redirect URL was sent to the terminal's clipboard.")
        elif app:
            self.screen.notify("It has no redirect URL.")

    def action_delete(self) -> None:
        """Ask, then delete the app under the cursor."""
        if app := self.wanted():
            question = Confirm(
                f"Delete app {clean(app.name)} with its client secret? Amazon keeps the application.",
                yes="Delete",
                no="Cancel",
            )
            self.steps.ask(question, lambda _: self._delete(app.name))

    def _delete(self, name: str) -> None:
        remove = partial(apps.remove, self.workspace, self.actor, name)
        self.screen.use(remove, lambda _: self.screen.notify(f"App {name} deleted."))

    def action_rotate(self) -> None:
        """Open the window with the steps to a new secret for the app under the cursor."""
        if app := self.wanted():
            self.steps.rotate(app.name)


def _secret(app: AppView) -> Content:
    left = secret_countdown(app.secret_set_at, app.secret_expires_at)
    style = {Severity.OK: "", Severity.SOON: "$text-warning", Severity.LATE: "$text-error bold"}[left.severity]
    words = f"in {left.days} days" if left.severity is not Severity.LATE else "expired"
    return Content.styled(words, style) if style else Content(words)
