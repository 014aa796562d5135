"""Searching Amazon's tree in memory: what is found, and in which order."""

from __future__ import annotations

import pytest

from core.categories.index import TreeIndex

ROWS = [
    (5, "home > furniture > chairs", "CHAIR", "31"),
    (6, "chairs", "", "40"),
    (7, "home > seats", "CHAIR,SOFA", "41"),
    (8, "chairs > office", "CHAIR", "42"),
    (9, "home > high chairs\nand more", "", "43"),
    (10, "garden, yard & co", "PLANT", "31"),
]
INDEX = TreeIndex(1, ROWS)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("chairs", [5, 6, 9, 8]),
        ("CHAIR", [5, 6, 9, 7, 8]),
        ("home chairs", [5, 9]),
        ("home > furniture", [5]),
        ("sofa", [7]),
        ("31", [5, 10]),
        ("high chairs", [9]),
        ("more", [9]),
        ("chairs yard", []),
        ("", []),
        (" \n", []),
    ],
)
def test_finds(text: str, keys: list[int]) -> None:
    """By name, path, id and product type; a name that begins with it first, then one that has it, then all others."""
    assert INDEX.find(text, 10) == keys


def test_no_more_than_wanted() -> None:
    """The first ones."""
    assert INDEX.find("chair", 2) == [5, 6]


def test_an_empty_tree() -> None:
    """Nothing is found."""
    assert TreeIndex(1, []).find("x", 3) == []
