"""What the first start says of each step: its state, what it needs, and why."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from core.first_start import Progress
from core.model.account import MODE_PUBLIC
from tui.frame.section import fact
from tui.text import foreign
from tui.widgets.text_pane import Line

STEPS = (
    "1 Admin account",
    "2 Store",
    "3 Amazon app",
    "4 Channel",
    "5 First import",
    "6 Schedule",
    "7 Worker",
)
IMPORT, SCHEDULE, WORKER = 4, 5, 6

_WHAT = (
    "A name and a password.",
    "The store's address, and the e-mail and API key of one of its administrators. Then the store is looked at, and "
    "what imports need is created in it: a payment, a shipping method, a tax label and a status.",
    "A decision: the seller's own private app, or a public one that sellers give their consent to. A public one needs "
    "its App ID, client id, client secret and redirect URL.",
    "The marketplace, and what lets this program in: for a private app client id, client secret, refresh token and "
    "seller id; for a public one the seller's consent.",
    "A connected channel. Without a worker the import can run here, in this program.",
    "An interval in minutes: 15 is proposed.",
    "A program that keeps running: a service of systemd, or another terminal.",
)
_WHY = (
    "Whoever may read this machine's key is an administrator anyway. The account is for coming in by password, and for "
    "an audit that names people. It can be done later.",
    "Amazon's orders become orders of this store.",
    "Amazon gives out orders to registered applications only.",
    "A channel is one marketplace of one seller, connected to one store.",
    "It brings in what was ordered in the last 30 days, or since the day set in the channel; later imports only what "
    "is new. Orders that cannot be created are held, each with its reason.",
    "While the schedule is off, orders are imported only when somebody starts an import.",
    "Schedules run, and jobs are done, only while a worker runs; what was missed meanwhile is caught up.",
)


def state_of(now: Progress, step: int) -> Content:
    """Where a step stands, in words."""
    if now.steps[step] and not (step == IMPORT and not now.has_imported):
        return Content.assemble(("done", "$text-success"), foreign(_done(now, step)))
    words = _half_done(now, step) or ("next" if step == now.next_step else "open")
    if step == SCHEDULE and words.startswith("Schedule off"):
        return foreign(words, "$text-warning bold" if step == now.next_step else "$text-warning")
    return foreign(words, "bold" if step == now.next_step else "")


def why(now: Progress, step: int) -> Iterator[Line]:
    """What a step needs, and why there is such a step."""
    yield fact("Needs", _WHAT[step])
    yield fact("Why", _WHY[step])
    if step == SCHEDULE and now.connected is not None and now.unscheduled is not None:
        yield fact("Now", f"Schedule off for {now.unscheduled.name}: enter sets it", style="$text-warning")
    if step == WORKER and not now.workers:
        yield fact("Now", "No worker is running: enter shows how to start one", style="$text-warning")
    if step == 2 and now.app_mode:
        yield fact("Decided", f"{now.app_mode} app; enter changes it")


def heading(now: Progress) -> str:
    """What the steps lead to, and in the end that they have."""
    if all(now.steps):
        return f"Everything is set up: new orders are imported every {now.every_minutes} minutes"
    return f"{len(STEPS)} steps from an empty home to orders that keep arriving"


def _done(now: Progress, step: int) -> str:
    if step == 1:
        return f": {', '.join(now.stores)}"
    if step == 2:
        return f": {now.app_mode}"
    if step == SCHEDULE:
        return f": every {now.every_minutes} min"
    if step == WORKER:
        return f": {now.workers} running"
    return f": {', '.join(channel.name for channel in now.channels)}" if step == 3 else ""


def _half_done(now: Progress, step: int) -> str:
    if step == 1 and now.unprepared:
        return f"{now.unprepared} lacks what imports need"
    if step == 2 and now.app_mode == MODE_PUBLIC:
        return "the public app is missing"
    if step == IMPORT and now.importing is not None:
        return f"job {now.importing} is running or queued"
    if step == SCHEDULE and now.has_asked and now.unscheduled is not None:
        return f"Schedule off for {now.unscheduled.name}"
    return f"{now.waiting.name} is waiting for its seller" if step == 3 and now.waiting else ""
