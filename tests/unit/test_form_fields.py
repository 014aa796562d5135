"""Values of forms as the documents of core, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.forms.fields import Entered, Field, flat, nested, parse, shown

NAMES = st.text("abc", min_size=1, max_size=3)
DOCUMENTS = st.recursive(
    st.dictionaries(NAMES, st.integers() | st.text(), min_size=1),
    lambda inner: st.dictionaries(NAMES, inner, min_size=1),
    max_leaves=10,
)


@given(DOCUMENTS)
def test_there_and_back(document: dict[str, object]) -> None:
    """A document taken apart by its leaves comes out the same."""
    leaves = {name: value for name, value in flat(document).items() if not isinstance(value, dict)}
    assert nested(leaves) == document


def test_empty_fields() -> None:
    """A new document leaves them out, a change takes them away."""
    entered = Entered({"a": None, "b.c": "", "d": False, "e": 0, "f": ()}, {"a": None})
    assert entered.document() == {"d": False, "e": 0}
    assert entered.changed() == {"a": None}


@pytest.mark.parametrize("text", ["2026-01-31", "2026-01-31 14:00", "2026-01-31 14:00:05", "2026-06-01T00:00:00Z"])
def test_moments(text: str) -> None:
    """What is shown of a moment means the same moment."""
    wanted = Field("since", "Since", "moment")
    value = parse(wanted, text)
    assert parse(wanted, shown(value)) == value
