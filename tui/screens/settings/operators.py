"""The operators: accounts, passwords, tokens, who is locked out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.people import operators
from core.people.operators import OperatorView
from tui.frame.section import Section, fact
from tui.screens.settings.account_steps import AccountSteps
from tui.text import clean, foreign
from tui.widgets import timestamps
from tui.widgets.confirm import Confirm
from tui.widgets.table import Cell, Column
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line

TOKEN = (
    "For headless use set CROSSDOCK_OPERATOR to the name and CROSSDOCK_TOKEN to this token. It is shown only now; a "
    "former one is void."
)


class OperatorsSection(Section[OperatorView]):
    """Every account; a vendor sees their own."""

    NAME = "operators"
    TITLE = "Operators"
    COLUMNS = (
        Column("operator", least=12, most=30),
        Column("role", most=8),
        Column("company", most=30),
        Column("state"),
    )
    EMPTY = "There are no accounts: whoever may read this machine's key is the administrator. Press a to add one."
    ADMIN_KEYS = frozenset({"add", "token", "toggle", "delete"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="operators.add", tooltip="An account for an administrator or a vendor"),
        Binding("p", "password", "Password", id="operators.password", tooltip="Give a new password; ends a lock"),
        Binding("o", "token", "Token", show=False, id="operators.token", tooltip="A new token for headless use"),
        Binding("t", "toggle", "On/off", show=False, id="operators.toggle", tooltip="Disable the account or enable it"),
        Binding("d", "delete", "Delete", show=False, id="operators.delete", tooltip="Delete the account"),
    ]

    @property
    def steps(self) -> AccountSteps:
        """The windows that open over the screen."""
        return AccountSteps(self.screen)

    def read(self) -> Sequence[OperatorView]:
        """The accounts."""
        return operators.list_operators(self.workspace, self.actor)

    def name_of(self, item: OperatorView) -> str:
        """Its name."""
        return item.name

    def cells(self, item: OperatorView) -> tuple[Cell, ...]:
        """Name, role, company, state."""
        company = f"{item.company_id} of {item.store}" if item.company_id else ""
        return foreign(item.name), Content(item.role), foreign(company), _state(item)

    def detail(self, item: OperatorView) -> Sequence[Line]:
        """What the account can be used for."""
        password = "none: it cannot log in" if not item.has_password else "set"
        return [
            fact("Password", f"{password}, to be changed at the next login" if item.must_change_password else password),
            fact("Token", "set" if item.has_token else "none"),
            fact("Last login", timestamps.full(item.last_login_at) if item.last_login_at else "never"),
            fact("Since", timestamps.full(item.created_at)),
            *([fact("Locked until", timestamps.full(item.locked_until))] if item.locked_until else []),
        ]

    def action_add(self) -> None:
        """Ask for a new account."""
        self.steps.add()

    def action_password(self) -> None:
        """Give the operator under the cursor a new password; to oneself by the present one."""
        operator = self.wanted()
        if operator and self.actor.operator_id is not None and operator.name == self.actor.name:
            self.steps.change_own()
        elif operator:
            self.steps.set_password(operator.name)

    def action_token(self) -> None:
        """Ask, then make a token for the operator under the cursor."""
        if operator := self.wanted():
            question = f"Make a new token for {clean(operator.name)}? One that is in use stops working."
            issue = partial(operators.issue_token, self.workspace, self.actor, operator.name)
            window = Confirm(question, yes="Make a token", no="Cancel")
            self.steps.ask(window, lambda _: self.screen.use(issue, self._show, opens=True))

    def _show(self, token: str) -> None:
        lines = [Line(Content(TOKEN)), Line(Content("")), Line(Content.styled(token, "bold"))]
        self.app.push_screen(TextModal("A new token", lines))

    def action_toggle(self) -> None:
        """Disable the operator under the cursor after a question, or enable them again."""
        operator = self.wanted()
        if operator and (operator.disabled or operator.locked_until):
            self._switch(operator.name, True)
        elif operator:
            words = f"Disable {clean(operator.name)}? Neither password nor token works any more."
            question = Confirm(words, yes="Disable", no="Cancel")
            self.steps.ask(question, lambda _: self._switch(operator.name, False))

    def _switch(self, name: str, enabled: bool) -> None:
        switch = partial(operators.set_enabled, self.workspace, self.actor, name, enabled)
        self.screen.use(switch, lambda _: self.screen.notify(f"{name} may {'log in' if enabled else 'not log in'}."))

    def action_delete(self) -> None:
        """Ask, then delete the account under the cursor."""
        if operator := self.wanted():
            question = f"Delete the account {clean(operator.name)}? What it did stays in the audit."
            remove = partial(operators.remove, self.workspace, self.actor, operator.name)
            done = f"Account {operator.name} deleted."
            self.steps.ask(
                Confirm(question, yes="Delete", no="Cancel"),
                lambda _: self.screen.use(remove, lambda _: self.screen.notify(done)),
            )


def _state(operator: OperatorView) -> Content:
    if operator.disabled:
        return Content.styled("disabled", "$text-muted")
    if operator.locked_until:
        return Content.styled("locked", "$text-error bold")
    return Content("may log in" if operator.has_password else "by token only")
