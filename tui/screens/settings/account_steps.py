"""Accounts of operators: adding one, and a new password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from core import stores
from core.actor import Actor
from core.errors import RightsError
from core.model.operator import ROLE_ADMIN, ROLE_VENDOR
from core.people import login, operators
from core.people.operators import OperatorView
from core.people.passwords import SHORTEST, check_password
from tui import guides
from tui.forms.fields import Choices, Entered, Field, Values, wrong_of
from tui.forms.modal import FormModal
from tui.frame.steps import Steps
from tui.screens.settings.companies import company_choices, company_field
from tui.widgets.choice import Choice

_ROLES = (
    Choice(ROLE_ADMIN, "admin", "everything"),
    Choice(ROLE_VENDOR, "vendor", "the channels of one company of a store"),
)
_COMPANY = "The company whose products and orders the vendor sees."
_PASSWORD = (
    Field(
        "password", "Password", "secret", required=True, help=f"At least {SHORTEST} characters, such as a few words."
    ),
    Field("again", "Repeat password", "secret", required=True, help="The same once more."),
)


class AccountSteps(Steps):
    """What administrators do with accounts."""

    def add(self, *, role: str | None = None) -> None:
        """Ask for a new account; with `role` only for one of that role."""
        identity = _identity(self._stores, self._companies)
        fields = identity if role is None else identity[:1]
        begun = {"role": role or ROLE_VENDOR}
        title = "Add an operator" if role is None else f"Add an {role}"
        form = FormModal(
            title,
            [*fields, *_PASSWORD],
            partial(self._add, role),
            values=begun,
            agree=_agree,
            verb="Add operator",
            guide=guides.OPERATORS,
        )
        self.ask(form, lambda added: self.screen.notify(f"Operator {added.name} added."))

    def _add(self, role: str | None, entered: Entered) -> OperatorView:
        wanted = entered.document()
        return operators.add(
            self.workspace,
            self.actor,
            wanted["name"],
            role=role or wanted["role"],
            store=wanted.get("store"),
            company_id=wanted.get("company_id"),
            password=_password(entered),
        )

    def set_password(self, name: str) -> None:
        """Ask for a new password of somebody."""
        form = FormModal(
            f"New password of {name}",
            _PASSWORD,
            partial(self._set_password, name),
            agree=_agree,
            verb="Set password",
            guide=guides.OPERATORS[2:],
        )
        self.ask(form, lambda _: self.screen.notify(f"{name} has a new password, to be changed at the next login."))

    def _set_password(self, name: str, entered: Entered) -> bool:
        operators.set_password(self.workspace, self.actor, name, _password(entered))
        return True

    def change_own(self) -> None:
        """Ask for the own password, old and new."""
        old = Field("old", "Current password", "secret", required=True, help="The one you log in with now.")
        form = FormModal("Your password", [old, *_PASSWORD], self._change_own, agree=_agree, verb="Change password")
        self.ask(form, self._changed)

    def _changed(self, actor: Actor) -> None:
        self.screen.app.go_on_as(actor)
        self.screen.notify("Password changed.")

    def _change_own(self, entered: Entered) -> Actor:
        try:
            return login.change_password(
                self.workspace, self.actor.name, str(entered.values["old"]), _password(entered)
            )
        except RightsError as error:
            error.fields = {"old": error.what}
            raise

    def _stores(self, _: Values) -> Sequence[Choice]:
        return [Choice(store.name, note=store.url) for store in stores.list_stores(self.workspace, self.actor)]

    def _companies(self, now: Values) -> Sequence[Choice]:
        return company_choices(self.workspace, self.actor, str(now["store"])) if now.get("store") else ()


def _identity(store_choices: Choices, companies: Choices) -> list[Field]:
    def is_vendor(now: Values) -> bool:
        return now.get("role") == ROLE_VENDOR

    return [
        Field("name", "Name", required=True, check=operators.check_name, help="Lowercase letters, digits and . _ - @"),
        Field("role", "Role", "choice", choices=_ROLES, required=True, help="What they may see and do."),
        Field(
            "store",
            "Store",
            "choice",
            choices=store_choices,
            required=True,
            when=is_vendor,
            help="The store that the vendor sells in.",
        ),
        replace(
            company_field(companies), label="Company", required=True, when=is_vendor, blank="not set", help=_COMPANY
        ),
    ]


def _agree(now: Values) -> dict[str, str]:
    """Passwords that differ, or that may not protect the account."""
    password, again, name = (now.get(key) for key in ("password", "again", "name"))
    if not password:
        return {}
    wrong = wrong_of(lambda: check_password(str(password), str(name or "")))
    return wrong | ({"again": "it is not the same as above"} if again and again != password else {})


def _password(entered: Entered) -> str:
    return str(entered.values["password"])
