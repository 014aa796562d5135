"""What the first start says of each step: its state, what it needs, and why."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from core.first_start import Progress
from core.model.account import MODE_PUBLIC
from tui.screens.section import fact
from tui.text import foreign
from tui.widgets.text_pane import Line

STEPS = ("1 Admin account", "2 Store", "3 Amazon app", "4 Channel", "5 First import")

_WHAT = (
    "A name and a password.",
    "The store's address, and the e-mail and API key of one of its administrators. Then the store is looked at, and "
    "what imports need is created in it: a payment, a shipping method, a tax label and a status.",
    "A decision: the seller's own private app, or a public one that sellers give their consent to. A public one needs "
    "its App ID, client id, client secret and redirect URL.",
    "The marketplace, and what lets this program in: for a private app client id, client secret, refresh token and "
    "seller id; for a public one the seller's consent.",
    "A worker: start one in another terminal with: crossdock worker. Without one it can run here.",
)
_WHY = (
    "Whoever may read this machine's key is an administrator anyway. The account is for coming in by password, and for "
    "an audit that names people. It may be left for later.",
    "Amazon's orders become orders of this store.",
    "Amazon gives out orders to registered applications only.",
    "A channel is one marketplace of one seller, connected to one store.",
    "It brings in what was ordered in the last 30 days, or since the day set in the channel; from then on only what "
    "is new. Orders that cannot be created are held, each with its reason.",
)


def state_of(now: Progress, step: int) -> Content:
    """Where a step stands, in words."""
    if now.steps[step]:
        return Content.assemble(("done", "$text-success"), foreign(_done(now, step)))
    words = _half_done(now, step) or ("next" if step == now.next_step else "open")
    return Content.styled(words, "bold") if step == now.next_step else Content(words)


def why(now: Progress, step: int) -> Iterator[Line]:
    """What a step needs, and why there is such a step."""
    yield fact("Needs", _WHAT[step])
    yield fact("Why", _WHY[step])
    if step == len(STEPS) - 1:
        yield fact("Worker", f"{now.workers} running" if now.workers else "none is running")
    if step == 2 and now.app_mode:
        yield fact("Decided", f"{now.app_mode} app; enter decides anew")


def _done(now: Progress, step: int) -> str:
    if step == 1:
        return f": {', '.join(now.stores)}"
    if step == 2:
        return f": {now.app_mode}"
    return f": {', '.join(channel.name for channel in now.channels)}" if step == 3 else ""


def _half_done(now: Progress, step: int) -> str:
    if step == 1 and now.unprepared:
        return f"{now.unprepared} lacks what imports need"
    if step == 2 and now.app_mode == MODE_PUBLIC:
        return "the public app is missing"
    return f"{now.waiting.name} waits for its seller" if step == 3 and now.waiting else ""
