"""Accounts of operators: adding one, and a new password."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from core import login, operators, stores
from core.actor import Actor
from core.errors import RightsError, UsageError
from core.model.operator import ROLE_ADMIN, ROLE_VENDOR
from core.operators import OperatorView
from core.passwords import SHORTEST
from tui import guides
from tui.forms.fields import Entered, Field, Values
from tui.forms.modal import FormModal
from tui.screens.steps import Steps
from tui.widgets.choice import Choice

_ROLES = (
    Choice(ROLE_ADMIN, "admin", "everything"),
    Choice(ROLE_VENDOR, "vendor", "the channels of one company of a store"),
)
_PASSWORD = (
    Field(
        "password", "Password", "secret", required=True, help=f"At least {SHORTEST} characters, such as a few words."
    ),
    Field("again", "Again", "secret", required=True, help="The same once more."),
)


class AccountSteps(Steps):
    """What administrators do with accounts."""

    def add(self, *, role: str | None = None) -> None:
        """Ask for a new account; with `role` only for one of that role."""
        fields = _identity(self._stores) if role is None else _identity(self._stores)[:1]
        begun = {"role": role or ROLE_VENDOR}
        title = "Add an operator" if role is None else f"Add an {role}"
        form = FormModal(title, [*fields, *_PASSWORD], partial(self._add, role), values=begun, guide=guides.OPERATORS)
        self.ask(form, lambda added: self.place.tell(f"Operator {added.name} is added."))

    def _add(self, role: str | None, entered: Entered) -> OperatorView:
        wanted = entered.document()
        return operators.add(
            self.workspace,
            self.actor,
            wanted["name"],
            role=role or wanted["role"],
            store=wanted.get("store"),
            company_id=wanted.get("company_id"),
            password=_agreed(entered),
        )

    def set_password(self, name: str) -> None:
        """Ask for a new password of somebody."""
        form = FormModal(
            f"New password of {name}", _PASSWORD, partial(self._set_password, name), guide=guides.OPERATORS[2:]
        )
        self.ask(form, lambda _: self.place.tell(f"{name} has a new password, to be changed at the next login."))

    def _set_password(self, name: str, entered: Entered) -> bool:
        operators.set_password(self.workspace, self.actor, name, _agreed(entered))
        return True

    def change_own(self) -> None:
        """Ask for the own password, old and new."""
        old = Field("old", "Present password", "secret", required=True, help="To be sure that it is you.")
        form = FormModal("Your password", [old, *_PASSWORD], self._change_own)
        self.ask(form, lambda _: self.place.tell("Your password is changed."))

    def _change_own(self, entered: Entered) -> Actor:
        try:
            return login.change_password(self.workspace, self.actor.name, str(entered.values["old"]), _agreed(entered))
        except RightsError as error:
            error.fields = {"old": error.what}
            raise

    def _stores(self, _: Values) -> Sequence[Choice]:
        return [Choice(store.name, note=store.url) for store in stores.list_stores(self.workspace, self.actor)]


def _identity(store_choices: object) -> list[Field]:
    def is_vendor(now: Values) -> bool:
        return now.get("role") == ROLE_VENDOR

    return [
        Field("name", "Name", required=True, help="Small letters, digits and . _ - @"),
        Field("role", "Role", "choice", choices=_ROLES, required=True, help="What they may see and do."),
        Field("store", "Store", "choice", choices=store_choices, when=is_vendor, help="Of the vendor."),
        Field("company_id", "Company", "number", least=1, when=is_vendor, help="The vendor's number in the store."),
    ]


def _agreed(entered: Entered) -> str:
    """The password, typed twice alike; raises UsageError."""
    password = str(entered.values["password"])
    if password != entered.values["again"]:
        words = "it is not the same as above"
        raise UsageError("The passwords are not the same.", fields={"again": words})
    return password
