"""Two people editing one store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import stores
from core.actor import LOCAL_ADMIN, Actor
from core.errors import UsageError
from core.settings import Settings
from core.workspace import Workspace, opened

STORE = {"name": "main", "url": "https://shop.example", "email": "api@shop.example", "api_key": "planted-key"}


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    """A home with one store that nobody has probed."""
    with opened(Settings(home=home)) as workspace:
        stores.add(workspace, LOCAL_ADMIN, STORE, verify=False)
        yield workspace


def test_an_older_state_is_refused_and_says_who_changed_what(workspace: Workspace) -> None:
    read = stores.show(workspace, LOCAL_ADMIN, "main")
    first = {"name": "main", "email": "other@shop.example", "currency": "USD", "revision": read.revision}
    stores.edit(workspace, Actor("ada"), first, verify=False)
    with pytest.raises(UsageError) as caught:
        stores.edit(workspace, LOCAL_ADMIN, {"name": "main", "currency": "CHF", "revision": read.revision})
    assert caught.value.what == "ada has changed currency, email meanwhile."
    stored = stores.show(workspace, LOCAL_ADMIN, "main")
    assert (stored.email, stored.currency, stored.revision) == ("other@shop.example", "USD", read.revision + 1)


def test_without_a_revision_the_last_word_stays(workspace: Workspace) -> None:
    stores.edit(workspace, LOCAL_ADMIN, {"name": "main", "currency": "USD"}, verify=False)
    assert stores.edit(workspace, LOCAL_ADMIN, {"name": "main", "currency": "CHF"}, verify=False).currency == "CHF"


@pytest.mark.parametrize("revision", [0, -1, "x"])
def test_revisions_count_from_one(workspace: Workspace, revision: object) -> None:
    with pytest.raises(UsageError) as caught:
        stores.edit(workspace, LOCAL_ADMIN, {"name": "main", "revision": revision}, verify=False)
    assert set(caught.value.fields) == {"revision"}
