"""What Amazon finds wrong with a submission, in the words of operators: a problem, and what to do.

Amazon's codes are an open list: one that is not known here is told in Amazon's own words. Those below are from issues
of amzn/selling-partner-api-models and -docs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from core.errors import CrossdockError
from core.redaction import excerpt
from core.sync.codes import Code, FixKind
from core.sync.decisions import Hold

SUBMISSION_REFUSED = Code("submission_refused", "Submission refused", FixKind.RETRY, "Correct it, then send it again")
SUBMISSION_NOT_SHOWN = Code("submission_not_shown", "Submission not shown", FixKind.RETRY, "Send it again")
SKU_NOT_LISTED = Code("sku_not_listed", "Not listed", FixKind.RETRY, "Export it as a new listing")
SUBMISSION_ODD = Code("submission_odd", "Cannot be sent", FixKind.RETRY, "Correct it, then send it again")

CODES = tuple(code for code in vars().values() if isinstance(code, Code))

_SHOWN = 3
"""Issues that are told in full; of more the number is told."""
_FIXES = {
    "90220": "Give the attribute a value in the field mapping, then send it again.",
    "99022": "Give the attribute more values in the field mapping, then send it again.",
    "18448": "Complete the attributes that belong together in the field mapping, then send it again.",
    "18027": "Replace the main picture by one without text or logo, then send it again.",
    "99300": "Shorten or correct the text by Amazon's rules for detail pages, then send it again.",
    "18155": "Let the lowest price be no higher than the price, then send it again.",
    "18742": "Ask Amazon for the approval of such products in Seller Central, then send it again.",
    "4000001": "Correct the value in the store or in the field mapping, then send it again.",
    "90000900": "Choose another attribute in the field mapping: Amazon does not know this one here.",
    "100476": "Leave the second part of the title out, or shorten the first to 75 characters.",
    "90183": "Choose a value that Amazon accepts in the field mapping, then send it again.",
    "4002008": "Report it: Amazon could not read the message that was sent.",
}
_BY_CATEGORY = {
    "MISSING_ATTRIBUTE": _FIXES["90220"],
    "INVALID_ATTRIBUTE": _FIXES["4000001"],
    "INVALID_IMAGE": "Replace the picture, whose address has to be public, then send it again.",
    "MISSING_IMAGE": "Give the product a picture, whose address has to be public, then send it again.",
    "INVALID_PRICE": "Correct the price or the price rules of the channel, then send it again.",
    "MISSING_PRICE": "Give the product a price, then send it again.",
    "DUPLICATE": "Offer it on the ASIN that Amazon names, then send it again.",
    "QUALIFICATION_REQUIRED": _FIXES["18742"],
}
_RETRY = "Correct what Amazon names, then send it again."
_SEVERE = "ERROR"


def refused(issues: Sequence[Mapping[str, Any]], titles: Mapping[str, str] = MappingProxyType({})) -> Hold:
    """The problem that a refused submission becomes; `titles` says what people call attributes."""
    severe = [issue for issue in issues if issue.get("severity", _SEVERE) == _SEVERE] or list(issues)
    if not severe:
        return Hold(SUBMISSION_REFUSED, "Amazon refuses it and does not say why.", "Send it again.")
    told = "; ".join(_told(issue, titles) for issue in severe[:_SHOWN])
    more = f"; and {len(severe) - _SHOWN} more" if len(severe) > _SHOWN else ""
    return Hold(SUBMISSION_REFUSED, f"Amazon refuses it: {told}{more}.", fix_of(severe[0]), about=_about(severe[0]))


def refused_call(error: CrossdockError) -> Hold:
    """The problem of a call that Amazon did not take at all."""
    return Hold(SUBMISSION_REFUSED, error.what, error.next_step or _RETRY)


def not_shown() -> Hold:
    """The problem of what was accepted again and again and does not show."""
    message = "Amazon accepted it, and does not show it."
    return Hold(SUBMISSION_NOT_SHOWN, message, "Look at the listing in Seller Central, then send it again.")


def not_listed(sku: str) -> Hold:
    """The problem of a change of what is not there: Amazon would accept it without a word."""
    message = f"Amazon has no listing with the SKU {sku} in this marketplace, so there is nothing to change."
    return Hold(SKU_NOT_LISTED, message, "Export the product as a new listing, or import the listings again.")


def odd(fault: str) -> Hold:
    """The problem of what Amazon's schema of submissions does not allow; found before anything is sent."""
    return Hold(SUBMISSION_ODD, f"It cannot be sent: {fault}.", "Correct it in the store or in the field mapping.")


def fix_of(issue: Mapping[str, Any]) -> str:
    """What to do about an issue."""
    categories = issue.get("categories")
    by_category = (_BY_CATEGORY[one] for one in categories or () if one in _BY_CATEGORY)
    return _FIXES.get(str(issue.get("code") or "")) or next(by_category, _RETRY)


def _told(issue: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    code, names = str(issue.get("code") or ""), [titles.get(name, name) for name in _names(issue)]
    words = excerpt(str(issue.get("message") or "")).rstrip(".") or "no words"
    about = f" [{', '.join(names)}]" if names else ""
    return f"{words}{about}{f' ({code})' if code else ''}"


def _about(issue: Mapping[str, Any]) -> str:
    return next(iter(_names(issue)), "")


def _names(issue: Mapping[str, Any]) -> list[str]:
    names = issue.get("attributeNames")
    return [str(name) for name in names] if isinstance(names, list) else []
