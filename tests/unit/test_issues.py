"""Issues of listings as Amazon tells them: what is kept of each, whatever else stands there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.products.plan.issues import Issue, issues_of

BLURRED: dict[str, Any] = {
    "code": "18027",
    "message": "The main image has a watermark.",
    "severity": "WARNING",
    "attributeNames": ["main_product_image_locator"],
    "categories": ["INVALID_IMAGE"],
    "enforcements": {
        "actions": [{"action": "SEARCH_SUPPRESSED"}, {"action": "LISTING_SUPPRESSED"}],
        "exemption": {"status": "EXEMPT_UNTIL_EXPIRY_DATE", "expiryDate": "2026-12-09T10:30:00Z"},
    },
}


def test_an_issue_is_kept_with_what_amazon_does_and_until_when_it_waits_with_that() -> None:
    assert issues_of([BLURRED, "odd"]) == (
        Issue(
            code="18027",
            severity="WARNING",
            attribute="main_product_image_locator",
            message="The main image has a watermark.",
            category="INVALID_IMAGE",
            action="SEARCH_SUPPRESSED, LISTING_SUPPRESSED",
            deadline=datetime(2026, 12, 9, 10, 30, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    "enforced",
    [
        None,
        [],
        {"exemption": {"status": "NOT_EXEMPT"}},
        {"actions": "none", "exemption": {"expiryDate": "soon"}},
        {"actions": [None], "exemption": "x"},
    ],
)
def test_without_a_time_there_is_no_deadline(enforced: Any) -> None:
    (found,) = issues_of([{**BLURRED, "enforcements": enforced}])
    assert (found.deadline, found.action) == (None, "")
