"""Adding a store, looking at it, and creating in it what imports need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from core import stores
from core.checks import Check
from core.stores import StoreView
from tui.forms.fields import Entered
from tui.forms.modal import FormModal
from tui.frame.steps import Steps
from tui.screens.settings.store_fields import STORE_FIELDS, STORE_GUIDE
from tui.text import clean
from tui.widgets.checklist import Checklist, all_in_order, something_missing

ASKING = "Asking the store, a few seconds …"
CREATES = "It adds a payment, a shipping method, a tax label and an order status to the store; it changes nothing else."


class StoreSteps(Steps):
    """Each step offers the next one."""

    def add(self) -> None:
        """Ask for a new store; once it is saved, show what the probe found."""
        form = FormModal("Add a store", STORE_FIELDS, self._add, verb="Add store", saving=ASKING, guide=STORE_GUIDE)
        self.ask(form, lambda added: self.verify(added.name))

    def _add(self, entered: Entered) -> StoreView:
        return stores.add(self.workspace, self.actor, entered.document())

    def verify(self, name: str) -> None:
        """Probe a store; where everything is in order, what imports need is next."""
        checklist = Checklist(
            f"Store {clean(name)}",
            lambda: stores.verify(self.workspace, self.actor, name).checks,
            asking=ASKING,
            follow="look for what imports need in the store",
            follow_if=all_in_order,
        )
        self.ask(checklist, lambda _: self.prepare(name))

    def prepare(self, name: str) -> None:
        """Look for what imports need in a store, and offer to create what is missing."""
        checklist = Checklist(
            f"What imports need in {clean(name)}",
            partial(self._missing, name),
            asking=ASKING,
            follow="create what is missing",
            follow_if=something_missing,
            note=CREATES,
        )
        self.ask(checklist, lambda _: self._create(name))

    def _missing(self, name: str) -> Sequence[Check]:
        found = stores.prepare_store(self.workspace, self.actor, name, apply=False)
        return [check if check.ok else replace(check, fix="f2 creates it.") for check in found.checks]

    def _create(self, name: str) -> None:
        create = partial(stores.prepare_store, self.workspace, self.actor, name, apply=True)
        self.ask(Checklist(f"Prepared {clean(name)}", lambda: create().checks, asking=ASKING))
