"""Adding a channel, the consent of its seller, a look at what works, and an import of its orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from core.actor import Actor
from core.channels import registry
from core.channels.verification import PAYMENT_COD, verify
from core.channels.views import ChannelView
from core.checks import Check
from core.jobs.requests import Requested
from core.mappings import choices as mappings
from core.notifications import actions as notifications
from core.orders import actions as orders
from core.workspace import Workspace
from tui.frame.starting import begin
from tui.frame.steps import Steps
from tui.frame.value_pick import usable, value_pick
from tui.screens.channels.authorize import Authorize
from tui.screens.channels.form import Beginnings, beginnings, edit_form, new_form
from tui.text import clean
from tui.widgets.checklist import Checklist, something_missing
from tui.widgets.choice import Choice

ASKING = "Asking Amazon and the store, a few seconds …"
ASKING_AMAZON = "Asking Amazon and the queue, a few seconds …"
COD = "cash on delivery"
COD_KEY = "payments.cod"


class ChannelSteps(Steps):
    """Each step leads to the next one."""

    def add(self) -> None:
        """Read what a new channel begins with, then open its form."""

        def opened(begins: Beginnings) -> None:
            self.ask(new_form(self.workspace, self.actor, begins), self._added)

        self._begin(opened)

    def edit(self, channel: ChannelView) -> None:
        """Open the form of a channel."""

        def opened(begins: Beginnings) -> None:
            form = edit_form(self.workspace, self.actor, channel, begins)
            self.ask(form, lambda saved: self.screen.notify(f"Channel {saved.name} saved."))

        self._begin(opened)

    def _begin(self, opened: Callable[[Beginnings], None]) -> None:
        self.screen.use(partial(beginnings, self.workspace, self.actor), opened, opens=True)

    def _added(self, channel: ChannelView) -> None:
        """The consent of its seller is next, or a look at what works."""
        if channel.authorized_at is None:
            self.authorize(channel.name)
        else:
            self.verify(channel.name)

    def authorize(self, name: str) -> None:
        """Ask the seller for the consent, for the first time or again."""
        self.ask(Authorize(self.workspace, self.actor, name), lambda _: self.verify(name))

    def verify(self, name: str) -> None:
        """Show what works; where only the payment for cash on delivery has to be chosen, that is next."""
        checklist = Checklist(
            f"Channel {clean(name)}",
            partial(self._checks, name),
            asking=ASKING,
            follow=f"choose the payment for {COD}",
            follow_if=lacks_cod,
        )
        self.ask(checklist, lambda _: self._choose_cod(name))

    def _checks(self, name: str) -> Sequence[Check]:
        checks, _ = verify(self.workspace, self.actor, name)
        return checks

    def notifications(self, name: str) -> None:
        """Show how the channel's notifications stand; what is missing can be set up then."""
        checklist = Checklist(
            f"Notifications of {clean(name)}",
            partial(self._standing, notifications.status, name),
            asking=ASKING_AMAZON,
            follow="let Amazon tell what is missing",
            follow_if=something_missing,
        )
        self.ask(checklist, lambda _: self._set_up(name))

    def _set_up(self, name: str) -> None:
        asks = partial(self._standing, notifications.set_up, name)
        self.ask(Checklist(f"Notifications of {clean(name)}", asks, asking=ASKING_AMAZON))

    def _standing(self, ask: Callable[[Workspace, Actor, str], notifications.Standing], name: str) -> Sequence[Check]:
        return ask(self.workspace, self.actor, name).checks

    # -- cash on delivery -----------------------------------------------------------------------------------

    def _choose_cod(self, name: str) -> None:
        def opened(payments: Sequence[mappings.Choice]) -> None:
            title = f"Which payment of the store is {COD}?"
            self.ask(value_pick(title, COD_KEY, payments), partial(self._set_cod, name))

        self.screen.use(partial(self._payments, name), opened, opens=True)

    def _payments(self, name: str) -> Sequence[mappings.Choice]:
        return usable(COD_KEY, mappings.choices(self.workspace, self.actor, name, "payments"))

    def _set_cod(self, name: str, chosen: Choice | None) -> None:
        assert chosen is not None
        document = {"name": name, "settings": {"payments": {"cod": int(chosen.value)}}}

        def saved(_: ChannelView) -> None:
            self.screen.notify(f"Cash on delivery → {chosen.words}. The next import takes in the orders held for it.")
            self.verify(name)

        self.screen.use(partial(registry.edit, self.workspace, self.actor, document), saved, opens=True)

    # -- import ---------------------------------------------------------------------------------------------

    def import_orders(self, channel: ChannelView, then: Callable[[Requested], object] | None = None) -> None:
        """Import what is new; without a worker the operator decides whether it runs here. Then the job is shown, unless
        `then` does something else.
        """
        work = partial(orders.import_orders, self.workspace, self.actor, channel.name)
        begin(self.screen, work, then or self._show, opens=True)

    def _show(self, asked: Requested) -> None:
        self.screen.shell.go("jobs", job=asked.job_id)


def lacks_cod(checks: Sequence[Check]) -> bool:
    """Whether the store answers, and no payment for cash on delivery is mapped."""
    return any(check.name == PAYMENT_COD and not check.ok for check in checks)
