"""What channels fall back on: app mode, public app, default payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core import apps, global_settings, stores
from core.global_settings import GlobalView
from core.stores import LookupView
from tui.forms.fields import Entered, Field, Value, Values
from tui.forms.modal import FormModal
from tui.screens.app_fields import MODES
from tui.screens.section import Section
from tui.text import foreign
from tui.widgets.choice import Choice
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

PAYMENTS = "Where neither the channel nor what was prepared in its store names one."


@dataclass(frozen=True)
class Setting:
    """One line: what is set, and what it is for."""

    key: str
    label: str
    value: str
    about: str


class GlobalSection(Section[Setting]):
    """A line per setting; one form for all."""

    NAME = "global"
    TITLE = "Global"
    ADMINS = True
    COLUMNS = (Column("Setting", least=24, most=32), Column("Value"))
    EMPTY = "There are no settings."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e", "edit", "Edit", id="global.edit", tooltip="Change these settings"),
    ]

    def read(self) -> Sequence[Setting]:
        """All of them, with payments by their names."""
        now = global_settings.show(self.workspace, self.actor)
        names = {str(choice.value): choice.label for choice in self._payments({})}
        return [
            Setting("app_mode", "App mode", now.app_mode, "Of new channels that do not tell."),
            Setting("public_app", "Public app", now.public_app or "not set", "Of channels that name none."),
            *[
                Setting(key, label, names.get(str(value), str(value)) if value else "not set", PAYMENTS)
                for key, label, value in (
                    ("payments.cod", "Cash on delivery", now.payment_cod),
                    ("payments.prepaid", "Prepaid", now.payment_prepaid),
                )
            ],
        ]

    def name_of(self, item: Setting) -> str:
        """Its key."""
        return item.key

    def cells(self, item: Setting) -> tuple[Cell, ...]:
        """Label and value."""
        return Content(item.label), foreign(item.value)

    def detail(self, item: Setting) -> Sequence[Line]:
        """What it is for."""
        return [Line(Content(item.about))]

    def action_edit(self) -> None:
        """Read the settings as they are now, then open the form."""
        self.place.use(partial(global_settings.show, self.workspace, self.actor), self._open, opens=True)

    def _open(self, now: GlobalView) -> None:
        document = now.document()["settings"]
        values: dict[str, Value] = dict(document)
        fields = (
            Field("app_mode", "App mode", "choice", choices=MODES, required=True, help="Of new channels."),
            Field("public_app", "Public app", "choice", choices=self._apps, help="Of channels that name none."),
            Field("payments.cod", "Cash on delivery", "choice", choices=self._payments, help=PAYMENTS),
            Field("payments.prepaid", "Prepaid", "choice", choices=self._payments, help=PAYMENTS),
        )
        self.steps.ask(FormModal("Global settings", fields, self._save, values=values), self._saved)

    def _save(self, entered: Entered) -> GlobalView:
        return global_settings.change(self.workspace, self.actor, entered.changes)

    def _saved(self, _: GlobalView) -> None:
        self.place.tell("The global settings are saved.")

    def _apps(self, _: Values) -> Sequence[Choice]:
        return [Choice(name) for name in apps.public_names(self.workspace)]

    def _payments(self, _: Values) -> Sequence[Choice]:
        """Active payments of all stores; a number means another payment in each of them."""
        all_stores = stores.list_stores(self.workspace, self.actor)
        found: dict[str, list[tuple[str, LookupView]]] = {}
        for store in all_stores:
            for payment in stores.lookups(self.workspace, self.actor, store.name, "payment"):
                if payment.active:
                    found.setdefault(payment.key, []).append((store.name, payment))
        return [
            Choice(
                int(key),
                f"{', '.join(dict.fromkeys(p.name for _, p in where))} ({key})",
                ", ".join(n for n, _ in where),
            )
            for key, where in sorted(found.items(), key=lambda item: int(item[0]))
        ]
