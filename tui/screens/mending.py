"""How problems are mended from the screens: a choice, a line or a question, and the job that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.content import Content

from core import listings, mappings, orders, stores
from core.channels import registry
from core.jobs.requests import Requested
from core.mappings import NO_STOCK
from tui.screens.fixes import Case, Way, fix_of
from tui.text import clean, foreign
from tui.widgets.choice import Choice
from tui.widgets.pick import Pick
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line

if TYPE_CHECKING:
    from tui.screens.fixing import FixingScreen

NO_PRODUCT = "None to show. Type a word of the product's name, or its whole code."
NO_CHOICE = "The store has nothing that fits. Make it there, or run: crossdock store prepare"

PREPARE = "prepare"
PREPARED = ("payments.prepaid", "shipping.default", f"statuses.{NO_STOCK}")
"""What `store prepare` makes in the store."""

SERVED = {
    "cod": "orders paid on delivery",
    "prepaid": "prepaid orders",
    "default": "all other service levels",
    NO_STOCK: "orders that move no stock",
}
"""What the keys of mappings mean; the others are Amazon's own words."""


def mend(screen: FixingScreen[Any], case: Case) -> None:
    """Do what mends this kind of problem, or say what does."""
    WAYS[fix_of(case.code, case.about).way](screen, case)


def again(screen: FixingScreen[Any], case: Case) -> None:
    """Plan its orders again."""
    screen.begin(lambda: screen.in_portions(orders.retry, case.channel, case.orders()), "Tried again.")


def _link(screen: FixingScreen[Any], case: Case) -> None:
    who = screen.workspace, screen.actor, case.channel

    def find(text: str) -> list[Choice]:
        found = listings.search_products(*who, text)
        return [Choice(it.product_id, it.name, f"{it.sku}  {it.price}  {it.amount} in stock") for it in found]

    def choose(choice: Choice | None) -> None:
        if choice is not None:
            work = partial(listings.link, *who, case.about, int(choice.value))
            screen.begin(work, f"{case.about} is {choice.words} from now on.")

    def ask(title: str) -> None:
        what = f"{case.about} ({title})" if title else f"{case.about} on Amazon"
        screen.app.push_screen(Pick(f"Which product of the store is {what}?", find, empty=NO_PRODUCT), choose)

    screen.use(partial(listings.title_of, *who, case.about), ask, opens=True)


def _map(screen: FixingScreen[Any], case: Case) -> None:
    kind, _, key = case.about.partition(".")
    who = screen.workspace, screen.actor, case.channel

    def find(text: str) -> list[Choice]:
        found = [it for it in mappings.choices(*who, kind) if it.active and (key != NO_STOCK or it.gives_stock_back)]
        choices = [Choice(it.key, it.name, it.key) for it in found]
        if case.about in PREPARED and screen.actor.is_admin:
            choices.append(Choice(PREPARE, "A new one, made for Amazon's orders", "store prepare"))
        return [choice for choice in choices if choice.fits(text)]

    def choose(choice: Choice | None) -> None:
        if choice is None:
            return
        if choice.value == PREPARE:
            screen.begin(partial(_prepare, screen, case), "The store is prepared.")
        else:
            work = partial(mappings.set_mapping, *who, kind, key, str(choice.value))
            screen.begin(work, f"{case.about} is {choice.words} from now on.")

    title = f"Channel {case.channel}: {fix_of(case.code, case.about).words.lower()} for {SERVED.get(key, key)}"
    screen.app.push_screen(Pick(title, find, empty=NO_CHOICE), choose)


def _prepare(screen: FixingScreen[Any], case: Case) -> Requested | Sequence[Requested] | None:
    """Have the store prepared, and use what it made; runs in a thread."""
    kind, _, key = case.about.partition(".")
    who = screen.workspace, screen.actor, case.channel
    stores.prepare_store(screen.workspace, screen.actor, registry.show(*who).store, apply=True)
    said = {it.key: it.source for it in mappings.mapping(*who, kind)}
    if said.get(key) == "channel":  # what the channel says itself would go before it
        return mappings.unset_mapping(*who, kind, key)
    return screen.in_portions(orders.retry, case.channel, case.orders())


def _release(screen: FixingScreen[Any], case: Case) -> None:
    screen.begin(lambda: screen.in_portions(orders.release, case.channel, case.orders()), "Released.")


def _read(screen: FixingScreen[Any], case: Case) -> None:
    lines = [
        Line(foreign(case.message)),
        Line(Content("")),
        Line(Content.styled("What to do: ", "bold") + foreign(case.fix), indent=12),
    ]
    screen.app.push_screen(TextModal(clean(f"{case.code}, channel {case.channel}"), lines))


def _nothing(screen: FixingScreen[Any], case: Case) -> None:
    screen.tell(f"{fix_of(case.code, case.about).words}.")


WAYS: Mapping[Way, Callable[[FixingScreen[Any], Case], None]] = {
    Way.LINK: _link,
    Way.MAP: _map,
    Way.RELEASE: _release,
    Way.AGAIN: again,
    Way.ELSEWHERE: _read,
    Way.NOTHING: _nothing,
}
