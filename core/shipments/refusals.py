"""What Amazon's refusal of a confirmation is about, told by a fixed vocabulary: nothing that it said is kept."""

from __future__ import annotations

from core.amazon.shipments import says_fulfilled
from core.errors import CrossdockError, Rejected
from core.sync.wording import status_of, trouble

_ABOUT = {
    "the carrier": ("carrier",),
    "the tracking number": ("tracking",),
    "a line of the order": ("orderitem",),
    "a quantity": ("quantity",),
    "the shipping date": ("shipdate", "ship date"),
    "the number of the parcel": ("packagereference", "package reference"),
    "the marketplace": ("marketplace",),
    "the order's cancellation": ("cancel",),
    "the order being fulfilled by Amazon": ("fulfilled by amazon", "afn"),
    "the order not being released": ("pending",),
    "a label bought at Amazon": ("ship+", "ship plus"),
}
"""What an answer may be about → parts of words that tell it, field names of the API among them."""


def refusal(error: CrossdockError) -> str:
    """The end of "Amazon refuses it: …"."""
    if not isinstance(error, Rejected):
        return trouble(error).what.rstrip(".")
    if says_fulfilled(error):
        return "it waits for nothing of this order, and has no such parcel"
    said = error.what.lower()
    about = [words for words, parts in _ABOUT.items() if any(part in said for part in parts)]
    named = f"its answer speaks of {', '.join(about)}" if about else "its answer names no reason known here"
    request = f"; Amazon's support needs request id {error.request_id}" if getattr(error, "request_id", "") else ""
    return f"{named}{status_of(error)}{request}"
