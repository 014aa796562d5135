"""What Amazon finds wrong with a submission, in the words of operators: a problem, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from core.errors import CrossdockError
from core.redaction import excerpt
from core.submissions.known import known
from core.sync.codes import Code, FixKind
from core.sync.decisions import Hold

SUBMISSION_REFUSED = Code("submission_refused", "Submission refused", FixKind.RETRY, "Correct it, then send it again")
SUBMISSION_NOT_SHOWN = Code("submission_not_shown", "Submission not shown", FixKind.RETRY, "Send it again")
SKU_NOT_LISTED = Code("sku_not_listed", "Not listed", FixKind.RETRY, "Export it as a new listing")
SUBMISSION_ODD = Code("submission_odd", "Cannot be sent", FixKind.RETRY, "Correct it, then send it again")

CODES = tuple(code for code in vars().values() if isinstance(code, Code))

_SHOWN = 3
"""Issues that are told in full; of more the number is told."""
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
    return known(str(issue.get("code") or ""), issue.get("categories") or ()).fix


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
