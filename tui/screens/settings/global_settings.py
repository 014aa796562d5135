"""What channels fall back on: app mode, public app, default payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core import apps, global_settings, stores
from core.days import Days
from core.documents import as_json
from core.global_settings import GlobalView
from core.model.account import MODE_PRIVATE
from core.orders.kept import OPEN, SHIPPED
from core.retention import AUDIT, HISTORY, LOGS, ORDERS_KEPT
from core.stores import LookupView
from tui.forms.fields import Entered, Field, Value, Values
from tui.forms.modal import FormModal
from tui.frame.section import Section, fact
from tui.screens.settings.app_fields import MODES
from tui.text import foreign
from tui.widgets.choice import Choice
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

COD = "The payment of orders paid on delivery, in channels that name none. Without it such orders are held."
PREPAID = "The payment of paid orders, where neither the channel nor what was prepared in its store names one."
APP_MODE = "How new channels are connected that do not say."
SHIPPED_DAYS = "Days after shipment until names and addresses are deleted. Amazon's policy allows 30 after delivery."
OPEN_DAYS = "The same for orders that never end: days after their last change."
LOG_DAYS = "Days after the end of a job until its log and the results of its items are deleted."
HISTORY_DAYS = "Days until jobs, resolved problems and entries in the timelines of orders are deleted."
AUDIT_DAYS = "Days until entries of the audit are deleted. Amazon's policy asks for a year."
ORDER_DAYS = "Days until the figures of an order are deleted here. Its store order, and the link to it, stay."
PUBLIC_APP = "The app of channels of public mode that name none. With a single public app there is nothing to set."


@dataclass(frozen=True)
class Setting:
    """One line: what is set, and what it means."""

    key: str
    label: str
    value: str
    """What is set; empty for the default."""
    kind: str
    default: str
    effect: str


def _days(days: Days, label: str, help: str) -> Field:
    return Field(days.key, label, "number", help, least=days.least, most=days.most, blank=f"{days.default} days")


def _in_days(days: Days, label: str, value: int, effect: str) -> Setting:
    kind = f"{days.least} to {days.most} days"
    return Setting(days.key, label, f"{value} days", kind, f"{days.default} days", effect)


class GlobalSection(Section[Setting]):
    """A line per setting; one form for all."""

    NAME = "global"
    TITLE = "Global"
    ADMINS = True
    COLUMNS = (Column("setting", least=18, most=24), Column("value", least=12, most=30), Column("default"))
    EMPTY = "There are no settings."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e", "edit", "Edit", id="global.edit", tooltip="Change these settings"),
    ]

    def read(self) -> Sequence[Setting]:
        """All of them, with payments by their names."""
        now = global_settings.show(self.workspace, self.actor)
        names = {str(choice.value): choice.label for choice in self._payments({})}

        def payment(number: int | None) -> str:
            return names.get(str(number), str(number)) if number else ""

        kind = "a payment of the store"
        prepared = "as prepared in the store"
        return [
            Setting("app_mode", "App mode", now.app_mode, "private or public", MODE_PRIVATE, APP_MODE),
            Setting("public_app", "Public app", now.public_app or "", "an app", "the only public app", PUBLIC_APP),
            Setting("payments.cod", "Cash on delivery", payment(now.payment_cod), kind, "none: held", COD),
            Setting("payments.prepaid", "Prepaid", payment(now.payment_prepaid), kind, prepared, PREPAID),
            _in_days(SHIPPED, "Keep buyers' data", now.shipped_days, SHIPPED_DAYS),
            _in_days(OPEN, "  of open orders", now.open_days, OPEN_DAYS),
            _in_days(LOGS, "Keep logs of jobs", now.log_days, LOG_DAYS),
            _in_days(HISTORY, "Keep history", now.history_days, HISTORY_DAYS),
            _in_days(AUDIT, "Keep the audit", now.audit_days, AUDIT_DAYS),
            _in_days(ORDERS_KEPT, "Keep orders", now.order_days, ORDER_DAYS),
        ]

    def name_of(self, item: Setting) -> str:
        """Its key."""
        return item.key

    def cells(self, item: Setting) -> tuple[Cell, ...]:
        """Label, value, default."""
        return Content(item.label), foreign(item.value or "not set"), Content.styled(item.default, "dim")

    def detail(self, item: Setting) -> Sequence[Line]:
        """What it is for."""
        return [
            fact("Effect", item.effect),
            fact("Value", item.value or "not set"),
            fact("Type", item.kind),
            fact("Default", item.default),
            fact("Key", item.key),
        ]

    def action_edit(self) -> None:
        """Read the settings as they are now, then open the form."""
        self.screen.use(partial(global_settings.show, self.workspace, self.actor), self._open, opens=True)

    def _open(self, now: GlobalView) -> None:
        values: dict[str, Value] = as_json(now)
        fields = (
            Field("app_mode", "App mode", "choice", choices=MODES, required=True, help=APP_MODE),
            Field(
                "public_app",
                "Public app",
                "choice",
                choices=self._apps,
                blank="the only public app",
                help="The app of channels that name none.",
            ),
            Field(
                "payments.cod",
                "Cash on delivery",
                "choice",
                choices=self._payments,
                blank="not set: held unless the channel names one",
                warns=True,
                help="Payment of orders paid on delivery, in channels that name none.",
            ),
            Field(
                "payments.prepaid",
                "Prepaid",
                "choice",
                choices=self._payments,
                blank="as prepared in the store",
                help="Where neither the channel nor its prepared store names one.",
            ),
            _days(SHIPPED, "Keep buyers' data", "Days after shipment; Amazon allows 30."),
            _days(OPEN, "  of open orders", "Days after the last change of an order that never ends."),
            _days(LOGS, "Keep logs of jobs", "Days after their end; results of items go with them."),
            _days(HISTORY, "Keep history", "Jobs, resolved problems, timelines of orders."),
            _days(AUDIT, "Keep the audit", "Days; Amazon's policy asks for a year."),
            _days(ORDERS_KEPT, "Keep orders", "Days; figures alone, and only here."),
        )
        self.steps.ask(FormModal("Global settings", fields, self._save, values=values), self._saved)

    def _save(self, entered: Entered) -> GlobalView:
        return global_settings.change(self.workspace, self.actor, entered.changes)

    def _saved(self, _: GlobalView) -> None:
        self.screen.notify("Global settings saved.")

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
