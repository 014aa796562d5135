"""Values of forms as the documents of core, and back."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.actor import LOCAL_ADMIN
from core.workspace import Workspace
from tests.tui.forms_kit import FIELDS
from tui.forms.fields import Entered, Field, flat, nested, parse, shown
from tui.screens.channels.connection import connection_fields
from tui.screens.channels.fields import settings_tabs
from tui.screens.settings.app_fields import APP_FIELDS
from tui.screens.settings.store_fields import STORE_FIELDS

NO_TIME = "it is not a valid day or time such as 2026-01-31 or 2026-01-31 14:00"
NAMES = st.text("abc", min_size=1, max_size=3)
DOCUMENTS = st.recursive(
    st.dictionaries(NAMES, st.integers() | st.text(), min_size=1),
    lambda inner: st.dictionaries(NAMES, inner, min_size=1),
    max_leaves=5,
)


@settings(max_examples=25, deadline=None)
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
    wanted = Field("since", "Since", "timestamp")
    value = parse(wanted, text)
    assert parse(wanted, shown(value)) == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("email", "nobody", "it is not an e-mail address"),
        ("company_id", "1x", "it is not a whole number"),
        ("company_id", "0", "it is at least 1"),
        ("since", "tomorrow", NO_TIME),
        ("since", "9999-12-31 23:59-14:00", NO_TIME),
    ],
)
def test_wrong(name: str, text: str, words: str) -> None:
    """What is typed is refused with words that follow the name of the field."""
    with pytest.raises(ValueError, match=words):
        parse(next(field for field in FIELDS if field.name == name), text)


def test_every_field_has_a_line_of_help_that_fits() -> None:
    """At 80 columns a line has 76 cells, and a label 22."""
    connection = connection_fields(cast(Workspace, None), LOCAL_ADMIN)
    tabs = [field for tab in settings_tabs(lambda values, kind: ()) for field in tab.fields]
    fields = [*STORE_FIELDS, *APP_FIELDS, *connection, *tabs]
    assert [field.name for field in fields if not 0 < len(field.help) <= 76 or len(field.label) > 22] == []
