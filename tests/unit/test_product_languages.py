"""In which language of a store texts are written: the marketplace's where the store has several and that among them."""

from __future__ import annotations

import pytest
from sqlmodel import Session, select

from core.model.channel import Channel
from core.model.store import Store, StoreLookup
from core.products.languages import DEFAULT, of_channel, spoken
from core.workspace import Workspace
from tests.unit.builders import FR, connect_channel


@pytest.mark.parametrize(
    ("codes", "shown", "german", "french"),
    [
        ((), (DEFAULT,), DEFAULT, DEFAULT),
        (("de",), (DEFAULT,), DEFAULT, DEFAULT),
        (("en", "de"), ("de", "en"), "de", DEFAULT),
        (("en", "de", "fr"), ("de", "en", "fr"), "de", "fr"),
    ],
)
def test_the_marketplaces_language_counts_where_the_store_has_it(
    workspace: Workspace, codes: tuple[str, ...], shown: tuple[str, ...], german: str, french: str
) -> None:
    connect_channel(workspace.database)
    connect_channel(workspace.database, name="fr", marketplace_id=FR)
    with workspace.database.write() as session:
        store = session.exec(select(Store)).one()
        of = {"store_id": store.id, "kind": "language"}
        session.add_all(StoreLookup(key=code, name=code, active=True, **of) for code in codes)
        session.add(StoreLookup(key="pl", name="hidden", active=False, **of))
        session.flush()
        assert spoken(session, store) == shown
        assert [_of(session, name, store) for name in ("de", "fr")] == [german, french]


def _of(session: Session, name: str, store: Store) -> str:
    return of_channel(session, session.exec(select(Channel).where(Channel.name == name)).one(), store)
