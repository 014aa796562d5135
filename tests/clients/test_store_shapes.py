"""PHP's shapes of one and the same thing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.cscart import shapes
from core.errors import OutcomeUnknown


def cases(*pairs: tuple[Any, Any]) -> pytest.MarkDecorator:
    """Pairs of what comes and what it means."""
    return pytest.mark.parametrize(("value", "expected"), pairs, ids=[repr(value) for value, _ in pairs])


NOT_WHOLE: list[Any] = ["", None, "x", "1.5", [], False]
ROWS = [{"product_id": "1"}, {"product_id": "2"}]


@pytest.mark.parametrize(
    "value", [ROWS, {"1": ROWS[0], "2": ROWS[1]}, {"0": ROWS[0], "1": ROWS[1]}, [ROWS[0], None, "x", ROWS[1]]]
)
def test_rows_come_as_list_or_by_id(value: Any) -> None:
    assert shapes.rows({"products": value}, "products") == ROWS


@pytest.mark.parametrize("value", [[], {}])
def test_no_rows(value: Any) -> None:
    assert shapes.rows({"products": value}, "products") == []


@pytest.mark.parametrize("body", [{}, {"products": None}, {"products": "x"}, {"products": False}, {"orders": []}])
def test_missing_rows_are_not_no_rows(body: Any) -> None:
    with pytest.raises(OutcomeUnknown, match="list of products came without") as caught:
        shapes.rows(body, "products")
    assert "REST API" in caught.value.next_step


@pytest.mark.parametrize(
    ("body", "total"),
    [
        ({"params": {"total_items": "12"}}, 12),
        ({"params": {"total_items": 12}}, 12),
        ({"params": {"total_items": "0"}}, 0),
        ({"params": {}}, None),
        ({"params": [0]}, None),
        ({"params": []}, None),
        ({"params": {"total_items": None}}, None),
        ({}, None),
    ],
)
def test_how_many_there_are(body: Any, total: int | None) -> None:
    assert shapes.total_items(body) == total


@cases(
    ({"5": "a"}, {"5": "a"}),
    ({5: "a"}, {"5": "a"}),
    ([], {}),
    (["a", "b"], {"0": "a", "1": "b"}),
    *((nothing, {}) for nothing in (None, "", False, 0, "text")),
)
def test_maps(value: Any, expected: dict[str, Any]) -> None:
    assert shapes.mapping(value) == expected


@cases(
    ("12", 12),
    (12, 12),
    (" 12 ", 12),
    ("-3", -3),
    ("0", 0),
    *((other, None) for other in NOT_WHOLE),
)
def test_whole_numbers(value: Any, expected: int | None) -> None:
    assert shapes.integer(value) == expected


@cases(
    ("199.99", "199.99"),
    (199.99, "199.99"),
    (37, "37"),
    ("19.990000", "19.99"),
    ("-0.50", "-0.5"),
    *((nothing, "0") for nothing in (None, "", False, 0, "0.00")),
)
def test_amounts(value: Any, expected: str) -> None:
    assert shapes.amount(value) == Decimal(expected)


@pytest.mark.parametrize("value", ["free", "1,50", "1 000", [], True, "NaN", "Infinity"])
def test_what_is_no_amount(value: Any) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        shapes.amount(value)


@cases(("a", "a"), ("", ""), (None, ""), (False, ""), (7, "7"), (0, "0"))
def test_texts(value: Any, expected: str) -> None:
    assert shapes.text(value) == expected
