"""Registering an Amazon application."""

from __future__ import annotations

from core import apps
from core.apps import AppView
from core.model.account import MODE_PUBLIC
from tui.forms.fields import Entered
from tui.forms.modal import FormModal
from tui.frame.steps import Steps
from tui.screens.settings.app_fields import APP_FIELDS, APP_GUIDE

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

    def saved(self, app: AppView) -> None:
        """Say so."""
        self.screen.notify(f"App {app.name} saved.")
