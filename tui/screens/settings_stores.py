"""The stores: list, add, edit, verify, prepare, delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core import stores
from core.checks import Check
from core.stores import StoreView
from tui.forms.fields import Entered
from tui.forms.modal import FormModal
from tui.screens.settings_section import Section, fact
from tui.screens.store_fields import STORE_FIELDS, STORE_GUIDE
from tui.text import clean, foreign
from tui.widgets import moments
from tui.widgets.checklist import Checklist, all_in_order, something_missing
from tui.widgets.confirm import Confirm
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

ASKING = "Asking the store, a few seconds …"
CREATES = "It adds a payment, a shipping method, a tax label and an order status to the store; it changes nothing else."


class StoresSection(Section[StoreView]):
    """Every CS-Cart or Multi-Vendor installation."""

    NAME = "stores"
    TITLE = "Stores"
    COLUMNS = (
        Column("Store", least=12, most=24),
        Column("Address"),
        Column("Channels", right=True, most=8),
        Column("Checked", most=10),
    )
    EMPTY = (
        "No store is connected yet. Press a to add one: its address, and the e-mail and API key of an administrator."
    )
    ADMIN_KEYS = frozenset({"add", "edit", "prepare", "delete"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="stores.add", tooltip="Connect another store"),
        Binding("enter,e", "edit", "Edit", id="stores.edit", tooltip="Change address, e-mail, key or currency"),
        Binding("v", "verify", "Verify", id="stores.verify", tooltip="Ask the store, and show what is in order"),
        Binding("p", "prepare", "Prepare", id="stores.prepare", tooltip="What imports need in the store; creates it"),
        Binding("d", "delete", "Delete", show=False, id="stores.delete", tooltip="Forget a store that no channel uses"),
    ]

    def read(self) -> Sequence[StoreView]:
        """All stores that the operator may see."""
        return stores.list_stores(self.workspace, self.actor)

    def name_of(self, item: StoreView) -> str:
        """Its name."""
        return item.name

    def cells(self, item: StoreView) -> tuple[Cell, ...]:
        """Name, address, channels, last check."""
        checked = f"{datetime.fromisoformat(item.probed_at).astimezone():%Y-%m-%d}" if item.probed_at else "never"
        return foreign(item.name), foreign(item.url), Content(str(item.channels)), Content(checked)

    def detail(self, item: StoreView) -> Sequence[Line]:
        """What the store is and what is prepared in it."""
        product = f"{item.edition.title()} {item.product_version}".strip() or "it does not tell"
        checked = moments.full(datetime.fromisoformat(item.probed_at)) if item.probed_at else "never; press v"
        names = {"payment": "payment", "shipping": "shipping", "tax": "tax", "no_stock": "status without stock effect"}
        ready = ", ".join(f"{names.get(key, key)} {value}" for key, value in item.prepared.items())
        missing = set(names) - set(item.prepared)
        return [
            fact("Address", item.url),
            fact("API user", f"{item.email}, key set"),
            fact("Currency", item.currency),
            fact("Edition", f"{product}, API {item.api_version or 'default'}"),
            fact("Checked", checked),
            fact("Prepared", ready or "nothing yet; press p"),
            *(
                [fact("Missing", f"{', '.join(names[key] for key in sorted(missing))}; press p")]
                if ready and missing
                else []
            ),
        ]

    # -- actions --------------------------------------------------------------------------------------------

    def action_add(self) -> None:
        """Ask for a new store; once it is saved, show what the probe found."""
        form = FormModal("Add a store", STORE_FIELDS, self._add, saving=ASKING, guide=STORE_GUIDE)
        self.ask(form, lambda added: self._verify(added.name))

    def _add(self, entered: Entered) -> StoreView:
        return stores.add(self.workspace, self.actor, entered.document())

    def action_edit(self) -> None:
        """Change the store under the cursor."""
        store = self.wanted()
        if store is None:
            return
        values = {"url": store.url, "email": store.email, "api_key": True, "currency": store.currency}
        fields = [field for field in STORE_FIELDS if field.name != "name"]
        form = FormModal(
            f"Store {store.name}",
            fields,
            partial(self._edit, store),
            values=values,
            saving=ASKING,
            guide=STORE_GUIDE,
        )
        self.ask(form, lambda edited: self.place.tell(f"Store {edited.name} is saved."))

    def _edit(self, read: StoreView, entered: Entered) -> StoreView:
        if not entered.changes:
            return read
        document = entered.changed() | {"name": read.name, "revision": read.revision}
        return stores.edit(self.workspace, self.actor, document)

    def action_verify(self) -> None:
        """Probe the store under the cursor."""
        if store := self.wanted():
            self._verify(store.name)

    def _verify(self, name: str) -> None:
        checklist = Checklist(
            f"Store {clean(name)}",
            lambda: stores.verify(self.workspace, self.actor, name).checks,
            asking=ASKING,
            follow="look for what imports need in the store" if self.actor.is_admin else "",
            follow_if=all_in_order,
        )
        self.ask(checklist, lambda _: self._look(name))

    def action_prepare(self) -> None:
        """Look for what imports need in the store under the cursor, and offer to create what is missing."""
        if store := self.wanted():
            self._look(store.name)

    def _look(self, name: str) -> None:
        checklist = Checklist(
            f"What imports need in {clean(name)}",
            partial(self._missing, name),
            asking=ASKING,
            follow="create what is missing",
            follow_if=something_missing,
            note=CREATES,
        )
        self.ask(checklist, lambda _: self._make(name))

    def _missing(self, name: str) -> Sequence[Check]:
        found = stores.prepare_store(self.workspace, self.actor, name, apply=False)
        return [check if check.ok else replace(check, fix="f2 creates it.") for check in found.checks]

    def _make(self, name: str) -> None:
        make = partial(stores.prepare_store, self.workspace, self.actor, name, apply=True)
        self.ask(Checklist(f"Prepared {clean(name)}", lambda: make().checks, asking=ASKING), lambda _: None)

    def action_delete(self) -> None:
        """Ask, then forget the store under the cursor."""
        store = self.wanted()
        if store is None:
            return
        question = Confirm(
            f"Forget store {clean(store.name)}? The store itself and its orders stay as they are.",
            yes="Forget it",
            no="Keep it",
        )
        self.ask(question, lambda _: self._delete(store.name))

    def _delete(self, name: str) -> None:
        remove = partial(stores.remove, self.workspace, self.actor, name)
        self.use(remove, lambda _: self.place.tell(f"Store {name} is forgotten."))
