"""Taking listings away at Amazon, from lists, after a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.jobs.requests import Requested
from core.listings.actions import close_listings
from tui.frame.fixes import counted
from tui.text import clean
from tui.widgets.confirm import Confirm

if TYPE_CHECKING:
    from tui.frame.starts_jobs import StartsJobs

NOT_LISTED = "Amazon does not list it: there is nothing to close."


def ask_to_close(screen: StartsJobs[Any], listings: Mapping[str, Sequence[str]]) -> None:
    """Close listings, given as SKUs by channel, once a person has agreed."""
    if not listings:
        screen.notify(NOT_LISTED)
        return
    skus = [sku for some in listings.values() for sku in some]

    def work() -> list[Requested]:
        return [job for channel, some in listings.items() for job in screen.in_portions(close_listings, channel, some)]

    def answered(is_agreed: bool | None) -> None:
        if is_agreed:
            screen.begin(work, f"{counted(len(skus), 'listing')} to be closed.")

    what = f"the listing {clean(skus[0])}" if len(skus) == 1 else counted(len(skus), "listing")
    question = f"Close {what} at Amazon?\nWhat is in the store stays. To pause one, set its stock to 0 instead."
    screen.app.push_screen(Confirm(question, yes="Close", no="Keep"), answered)
