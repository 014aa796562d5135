"""How problems are fixed from the screens: a choice, a form or a question, and the job that comes of it.

Whatever touches more than one item asks first, and says how many. What can be taken back is `undo`ne.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from core import stores
from core.amazon.carriers import OTHER
from core.channels import registry
from core.errors import UsageError
from core.flows import code_of, fix_of
from core.jobs.requests import Requested
from core.listings import links, products
from core.mappings import choices as mappings
from core.mappings.choices import NO_STOCK
from core.subjects import Subject
from core.sync.codes import FixKind
from core.sync.problems import holders_of, problem_keys, problem_of, problem_rows
from tui.frame.fixes import FixRequest, Undo, is_in_mapping, mapping_focus
from tui.frame.value_pick import usable, value_pick
from tui.widgets.choice import Choice
from tui.widgets.confirm import Confirm
from tui.widgets.pick import Pick

if TYPE_CHECKING:
    from tui.frame.starts_jobs import StartsJobs

    Fixing = StartsJobs[Any]

NO_PRODUCT = "Nothing similar. Type a word of the product's name, or its whole code."
PREPARE = "prepare"
PREPARED = ("payments.prepaid", "shipping.default", f"statuses.{NO_STOCK}")
"""What `store prepare` makes in the store."""
PREPARED_NOW = Choice(PREPARE, "A new one, made for Amazon's orders", "store prepare")

USED_FOR = {
    "payments": ("Create {items} with payment {value}?", "Create"),
    "shipping": ("Create {items} with shipping method {value}?", "Create"),
    "statuses": ("Write {items} with status {value}?", "Write"),
    "carriers": ("Tell Amazon of {items} with carrier {value}?", "Tell Amazon"),
}
"""What happens with the items of a mapping once its value is chosen, and the word for it, by kind."""

SETTING_FORM = "tui.screens.channels.form:setting_form"
SHIPMENT_FORM = "tui.screens.shipments.enter_form:form_for_order"
"""Forms that belong to a place; they are named, since what all places share imports none."""


def fix(screen: Fixing, request: FixRequest) -> None:
    """Do what fixes this kind of problem; where the program cannot, say what does."""
    if request.kind in FIXED_BY:
        FIXED_BY[request.kind](screen, request)
    else:
        screen.notify(f"{request.advice}.")


def fix_one(screen: Fixing, channel: str, subject: Subject) -> None:
    """Do what fixes the problem of one subject of a channel, and of all that the same choice fixes."""

    def read() -> FixRequest | None:
        problem = problem_of(screen.workspace.database, screen.actor, channel, subject)
        if problem is None:
            return None
        code = code_of(problem.code)
        shared = code.kind_for(problem.about) in (FixKind.LINK, FixKind.MAP)
        group = problem.channel, problem.code, problem.about
        items: list[tuple[str, Subject]] = [(problem.channel, subject)]
        if shared:
            database, actor = screen.workspace.database, screen.actor
            found = problem_rows(database, actor, problem_keys(database, actor, *group))
            items = [(it.channel, it.subject) for it in found]
        return FixRequest(problem.channel, code, problem.about, problem.fix, len(items), subject.kind, lambda: items)

    screen.use(read, lambda request: fix(screen, request) if request else None, opens=True)


def retry(screen: Fixing, request: FixRequest) -> None:
    """Plan its items again."""
    work = partial(_by_flow, screen, request, FixKind.RETRY)
    _ask(screen, request, f"Try {request.items} again?", "Try again", partial(screen.begin, work, "Tried again."))


def undo(screen: Fixing) -> None:
    """Take the last fix back after a question."""
    last = screen.undo
    if last is None:
        screen.notify("There is no fix to undo: none was made here, or the last one cannot be taken back.")
        return

    def answered(yes: bool | None) -> None:
        if yes:
            screen.begin(last.work, last.done)

    screen.app.push_screen(Confirm(last.question, yes="Undo it", no="Keep it"), answered)


def link_undo(screen: Fixing, channel: str, sku: str, before: int | None) -> Undo:
    """How a link is taken back: the SKU means the product of before again, if there was one."""
    who = screen.workspace, screen.actor, channel
    follows = "Orders that are in the store stay there; others with this SKU are planned again."
    if before is not None:
        question = f"Link {sku} to product {before} again? {follows}"
        return Undo(question, f"{sku} → product {before}.", partial(links.link, *who, sku, before))
    question = f"Unlink {sku}? {follows} They are held again if no product has this code."
    return Undo(question, f"{sku} is unlinked.", partial(links.unlink, *who, sku))


def _release(screen: Fixing, request: FixRequest) -> None:
    work = partial(_by_flow, screen, request, FixKind.RELEASE)
    _ask(screen, request, f"Release {request.items}?", "Release", partial(screen.begin, work, "Released."))


def _by_flow(screen: Fixing, request: FixRequest, kind: FixKind) -> list[Requested]:
    """Have every flow do with its items what it declares for a kind of fix; runs in a thread."""
    items: dict[tuple[str, str], list[Subject]] = {}
    for channel, subject in request.subjects():
        items.setdefault((channel, subject.kind), []).append(subject)
    requested: list[Requested] = []
    for (channel, noun), subjects in items.items():
        holders = holders_of(screen.workspace.database, screen.actor, channel, request.code.name, subjects)
        for flow, ids in holders.items():
            use_case = fix_of(kind, noun, request.code, flow)
            if use_case is None:
                raise UsageError(f"Nothing is done here about {noun}s like this.", next_step=request.fix)
            requested += screen.in_portions(use_case, channel, ids)
    return requested


def _ask(screen: Fixing, request: FixRequest, question: str, yes: str, go: Callable[[], object]) -> None:
    """Do something at once with one item; with more after a question."""
    if request.count == 1:
        go()
        return
    screen.app.push_screen(Confirm(question, yes=yes, no="Cancel"), lambda agreed: go() if agreed else None)


# -- SKUs ---------------------------------------------------------------------------------------------------


def _link(screen: Fixing, request: FixRequest) -> None:
    who = screen.workspace, screen.actor, request.channel
    sku = request.about

    def read() -> tuple[str, int | None]:
        known = links.show(*who, sku).link
        return products.title_of(*who, sku), known.product_id if known else None

    def find(text: str) -> list[Choice]:
        found = products.search_products(*who, text) if text.strip() else products.suggested_products(*who, sku)
        return [Choice(it.product_id, it.name, f"{it.sku}  {it.price}  {it.amount} in stock") for it in found]

    def choose(before: int | None, choice: Choice | None) -> None:
        if choice is None:
            return
        work = partial(links.link, *who, sku, int(choice.value))
        back = link_undo(screen, request.channel, sku, before)
        begin = partial(screen.begin, work, f'{sku} → "{choice.words}", for {request.items}.', back)
        question = f'Link {sku} to "{choice.words}" and plan {request.items} again?'
        _ask(screen, request, question, "Link", begin)

    def ask(known: tuple[str, int | None]) -> None:
        title, before = known
        what = f"{sku} ({title})" if title else f"{sku} on Amazon"
        pick = Pick(f"Which product of the store is {what}?", find, empty=NO_PRODUCT)
        screen.app.push_screen(pick, partial(choose, before))

    screen.use(read, ask, opens=True)


# -- mappings -----------------------------------------------------------------------------------------------


def _map(screen: Fixing, request: FixRequest) -> None:
    if is_in_mapping(request.about):
        screen.shell.go("mapping", channel=request.channel, **mapping_focus(request.about))
        return
    kind, _, key = request.about.partition(".")
    who = screen.workspace, screen.actor, request.channel

    def read() -> tuple[list[mappings.Choice], str | None]:
        rows = {row.key: row for row in mappings.mapping(*who, kind)}
        own = rows[key].value if key in rows and rows[key].source == "channel" else None
        return usable(request.about, mappings.choices(*who, kind)), own

    def ask(known: tuple[list[mappings.Choice], str | None]) -> None:
        found, before = known
        advice = request.advice[:1].lower() + request.advice[1:]
        title = f"Channel {request.channel}: {advice} for {mappings.words_of(request.about)}"
        is_made = request.about in PREPARED and screen.actor.is_admin
        pick = value_pick(title, request.about, found, more=[PREPARED_NOW] if is_made else [])
        screen.app.push_screen(pick, partial(_use_value, screen, request, before))

    screen.use(read, ask, opens=True)


def _use_value(screen: Fixing, request: FixRequest, before: str | None, choice: Choice | None) -> None:
    """Ask about what was chosen where that is due, and save it."""
    if choice is None:
        return
    if choice.value == PREPARE:
        question = f"Prepare the store for Amazon's orders, and plan {request.items} again?"
        begin = partial(screen.begin, partial(_prepare, screen, request), "The store is prepared.")
        _ask(screen, request, question, "Prepare", begin)
        return
    kind, value = request.about.partition(".")[0], str(choice.value)
    free = value.removeprefix(f"{OTHER}:") if value.startswith(f"{OTHER}:") else ""
    words = free or choice.words
    title = f'{mappings.title_of(request.about)} → "{words}"'
    back = _mapping_undo(screen, request, before)
    begin = partial(screen.begin, partial(_mapped, screen, request, value), f"{title}, for {request.items}.", back)
    question, yes = USED_FOR[kind]
    if free:
        near = mappings.near_carrier(free)
        hint = f" Did you mean {near}?" if near else ""
        question = f'Amazon does not list a carrier "{free}".{hint} Use it as free text for {request.items}?'
        screen.app.push_screen(
            Confirm(question, yes="Use as free text", no="Cancel"), lambda agreed: begin() if agreed else None
        )
    else:
        _ask(screen, request, question.format(items=request.items, value=f'"{words}"'), yes, begin)


def _mapping_undo(screen: Fixing, request: FixRequest, before: str | None) -> Undo:
    kind, _, key = request.about.partition(".")
    who = screen.workspace, screen.actor, request.channel
    title = mappings.title_of(request.about)
    follows = "What is in the store or at Amazon stays as it is; other items are planned again."
    if before is None:
        work = partial(mappings.unset_mapping, *who, kind, key)
        return Undo(f"{title}: take the choice back? {follows}", f"{title} is not set.", work)
    back = partial(mappings.set_mapping, *who, kind, key, before)
    return Undo(f'{title}: back to "{before}"? {follows}', f'{title} → "{before}".', back)


def _mapped(screen: Fixing, request: FixRequest, value: str) -> Requested | list[Requested] | None:
    """Say what a key means, and have the items planned that were held for it; runs in a thread."""
    kind, _, key = request.about.partition(".")
    who = screen.workspace, screen.actor, request.channel
    requested = mappings.set_mapping(*who, kind, key, value)
    may_go_on = requested is None and registry.get(*who).enabled
    return _by_flow(screen, request, FixKind.RETRY) if may_go_on else requested


def _prepare(screen: Fixing, request: FixRequest) -> Requested | list[Requested] | None:
    """Have the store prepared, and use what it made; runs in a thread."""
    kind, _, key = request.about.partition(".")
    who = screen.workspace, screen.actor, request.channel
    stores.prepare_store(screen.workspace, screen.actor, registry.show(*who).store, apply=True)
    said = {it.key: it.source for it in mappings.mapping(*who, kind)}
    if said.get(key) == "channel":  # what the channel says itself would go before it
        return mappings.unset_mapping(*who, kind, key)
    return _by_flow(screen, request, FixKind.RETRY)


# -- forms of other places ----------------------------------------------------------------------------------


def _set_setting(screen: Fixing, request: FixRequest) -> None:
    """Open the form of the channel at the setting; with what was saved the items are planned again."""
    begin = partial(screen.begin, partial(_by_flow, screen, request, FixKind.RETRY), "Tried again.")
    question = f"Saved. Try {request.items} again now?"
    form = partial(resolve_name(SETTING_FORM), screen.workspace, screen.actor, request.channel, request.about)
    _open(screen, form, lambda _: _ask(screen, request, question, "Try again", begin))


def _enter(screen: Fixing, request: FixRequest) -> None:
    """Open the form that enters the shipment of the first of the orders."""

    def form() -> Screen[Requested]:
        channel, subject = request.subjects()[0]
        window: Screen[Requested] = resolve_name(SHIPMENT_FORM)(screen.workspace, screen.actor, channel, subject.id)
        return window

    def entered(requested: Requested) -> None:
        screen.follow("The shipment is entered into the store and told to Amazon.", [requested])

    _open(screen, form, entered)


def _open(screen: Fixing, form: Callable[[], Screen[Any]], then: Callable[[Any], object]) -> None:
    """Make a form in a thread and open it; `then` gets what it saved."""

    def opened(window: Screen[Any]) -> None:
        screen.app.push_screen(window, lambda saved: None if saved is None else then(saved))

    screen.use(form, opened, opens=True)


FIXED_BY: Mapping[FixKind, Callable[[Fixing, FixRequest], None]] = {
    FixKind.LINK: _link,
    FixKind.MAP: _map,
    FixKind.ENTER: _enter,
    FixKind.CHANNEL: _set_setting,
    FixKind.RELEASE: _release,
    FixKind.RETRY: retry,
}
"""What the key does; nothing of the rest is done by the program."""
