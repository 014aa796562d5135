"""In which of a store's languages the texts of a channel's products are written.

What is made goes into all languages of the store at once; what is changed goes into one (facts: CS-Cart REST API,
`lang_code`): that of the marketplace where the store has it, else the store's default, which has no code here.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from core.amazon.marketplaces import by_id
from core.categories.features import LANGUAGE
from core.model.channel import Channel
from core.model.store import Store, StoreLookup

DEFAULT = ""


def spoken(session: Session, store: Store) -> tuple[str, ...]:
    """Codes of the languages that a store shows, as they were read last; the default alone where there is one."""
    query = select(StoreLookup.key).where(
        col(StoreLookup.store_id) == store.id, col(StoreLookup.kind) == LANGUAGE, col(StoreLookup.active)
    )
    found = tuple(sorted(session.exec(query).all()))
    return found if len(found) > 1 else (DEFAULT,)


def of_channel(session: Session, channel: Channel, store: Store) -> str:
    """The language in which a channel writes texts."""
    place = by_id(channel.marketplace_id)
    return place.language if place is not None and place.language in spoken(session, store) else DEFAULT
