"""Registering an Amazon application, and giving it a new client secret."""

from __future__ import annotations

from functools import partial

from core import apps
from core.apps import AppView
from core.model.account import MODE_PUBLIC
from core.notifications import rotation
from core.notifications.rotation import Rotation
from tui import guides
from tui.forms.fields import Entered
from tui.forms.modal import FormModal
from tui.frame.steps import Steps
from tui.screens.settings.app_fields import APP_FIELDS, APP_GUIDE, SECRET_FIELDS
from tui.screens.settings.rotation import RotationWindow

ASKING = "Asking Amazon whether client id and secret fit …"


class AppSteps(Steps):
    """What administrators do with apps."""

    def add(self) -> None:
        """Ask for a new app; most that are entered here are public ones."""
        begun = {"mode": MODE_PUBLIC, "api_mode": "live"}
        form = FormModal(
            "Add an app", APP_FIELDS, self._add, values=begun, verb="Add app", saving=ASKING, guide=APP_GUIDE
        )
        self.ask(form, self.saved)

    def _add(self, entered: Entered) -> AppView:
        return apps.add(self.workspace, self.actor, entered.document())

    def rotate(self, name: str) -> None:
        """Show how a new client secret comes into use; where no queue can bring one it is entered by hand."""

        def opened(found: Rotation) -> None:
            if found.queue or found.is_open:
                window = RotationWindow(self.workspace, self.actor, found)
                self.ask(window, lambda _: self.enter_secret(name))
            else:
                self.enter_secret(name)

        self.screen.use(partial(rotation.state, self.workspace, self.actor, name), opened, opens=True)

    def enter_secret(self, name: str) -> None:
        """Ask for a client secret made in the Developer Console; it is used only if Amazon takes it."""
        form = FormModal(
            f"New client secret of {name}",
            SECRET_FIELDS,
            partial(self._enter_secret, name),
            verb="Try and use",
            saving=ASKING,
            guide=guides.CLIENT,
        )
        self.ask(form, lambda app: self.screen.notify(f"The new client secret of {app.name} is in use."))

    def _enter_secret(self, name: str, entered: Entered) -> AppView:
        return apps.edit(self.workspace, self.actor, {"name": name} | entered.document())

    def saved(self, app: AppView) -> None:
        """Say so."""
        self.screen.notify(f"App {app.name} saved.")
