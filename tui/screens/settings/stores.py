"""The stores: list, add, edit, verify, prepare, delete."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core import stores
from core.stores import StoreView
from tui.forms.fields import Entered
from tui.forms.modal import FormModal
from tui.frame.section import Section, fact
from tui.screens.settings.store_fields import ADMIN_SCRIPT, STORE_FIELDS, STORE_GUIDE
from tui.screens.settings.store_steps import ASKING, StoreSteps
from tui.text import clean, foreign
from tui.widgets import timestamps
from tui.widgets.confirm import Confirm
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

EDITION_NAMES = {"ULTIMATE": "CS-Cart", "MULTIVENDOR": "Multi-Vendor"}


class StoresSection(Section[StoreView], inherit_bindings=False):
    """Every CS-Cart or Multi-Vendor installation."""

    NAME = "stores"
    TITLE = "Stores"
    ADMINS = True
    COLUMNS = (
        Column("store", least=12, most=24),
        Column("address"),
        Column("channels", right=True, most=8),
        Column("checked", most=10),
    )
    EMPTY = (
        "No store is connected yet. Press a to add one: its address, and the e-mail and API key of an administrator."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="stores.add", tooltip="Connect another store"),
        Binding("enter,e", "edit", "Edit", id="stores.edit", tooltip="Change address, e-mail, key or currency"),
        Binding("v", "verify", "Verify", show=False, id="stores.verify", tooltip="What is in order in the store"),
        Binding(
            "p",
            "prepare",
            "Prepare",
            show=False,
            id="stores.prepare",
            tooltip="Create what imports need",
        ),
        Binding("d", "delete", "Delete", show=False, id="stores.delete", tooltip="A store that no channel uses"),
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
        product = f"{EDITION_NAMES.get(item.edition, item.edition)} {item.product_version}".strip() or "not known"
        checked = timestamps.full(datetime.fromisoformat(item.probed_at)) if item.probed_at else "never; press v"
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

    @property
    def steps(self) -> StoreSteps:
        """The windows that open over the screen."""
        return StoreSteps(self.screen)

    def action_add(self) -> None:
        """Connect another store."""
        self.steps.add()

    def action_edit(self) -> None:
        """Change the store under the cursor."""
        store = self.wanted()
        if store is None:
            return
        values = {"url": store.url, "email": store.email, "api_key": store.api_key, "currency": store.currency}
        values |= {"edition": store.edition.lower()} if store.edition else {}
        values |= {"admin_script": store.admin_script}
        fields = [*(field for field in STORE_FIELDS if field.name != "name"), ADMIN_SCRIPT]
        form = FormModal(
            f"Store {store.name}",
            fields,
            partial(self._edit, store),
            values=values,
            saving=ASKING,
            guide=STORE_GUIDE,
        )
        self.steps.ask(form, lambda edited: self.screen.notify(f"Store {edited.name} saved."))

    def _edit(self, read: StoreView, entered: Entered) -> StoreView:
        if not entered.changes:
            return read
        document = entered.changed() | {"name": read.name, "revision": read.revision}
        return stores.edit(self.workspace, self.actor, document)

    def action_verify(self) -> None:
        """Probe the store under the cursor."""
        if store := self.wanted():
            self.steps.verify(store.name)

    def action_prepare(self) -> None:
        """Look for what imports need in the store under the cursor, and offer to create what is missing."""
        if store := self.wanted():
            self.steps.prepare(store.name)

    def action_delete(self) -> None:
        """Ask, then delete the store under the cursor."""
        store = self.wanted()
        if store is None:
            return
        question = Confirm(
            f"Delete store {clean(store.name)}? The store itself and its orders stay as they are.",
            yes="Delete",
            no="Cancel",
        )
        self.steps.ask(question, lambda _: self._delete(store.name))

    def _delete(self, name: str) -> None:
        remove = partial(stores.remove, self.workspace, self.actor, name)
        self.screen.use(remove, lambda _: self.screen.notify(f"Store {name} deleted. The store itself stays as it is."))
