"""Definitions of product types put straight into the tables: what Amazon would have been asked for."""

from __future__ import annotations

import json
from typing import Any

from core import clock
from core.amazon.product_types import Answer, Wanted
from core.model.channel import Channel
from core.model.product_type import ProductTypeList
from core.model.store import StoreLookup
from core.product_types.cache import keep
from core.workspace import Workspace


def add_definition(workspace: Workspace, channel: Channel, kind: str, schema: dict[str, Any]) -> None:
    """A definition that was asked for just now."""
    file = json.dumps(schema).encode()
    told = dict.fromkeys(Answer.__dataclass_fields__, "") | {"property_groups": {}}
    answer = Answer(**told | {"product_type": kind, "requirements": "LISTING", "checksum": f"sum of {kind}"})
    with workspace.database.write() as session:
        keep(session, "live", Wanted(channel.marketplace_id, kind), answer, (file, schema))


def add_type_names(workspace: Workspace, channel: Channel, *names: str) -> None:
    """The names of all product types of the marketplace, asked for just now."""
    told = {"api_mode": "live", "marketplace_id": channel.marketplace_id, "names": list(names)}
    with workspace.database.write() as session:
        session.add(ProductTypeList(read_at=clock.now(), **told))


def add_features(workspace: Workspace, channel: Channel, names: dict[str, str]) -> None:
    """Features of the store, by number."""
    with workspace.database.write() as session:
        for number, name in names.items():
            session.add(StoreLookup(store_id=channel.store_id, kind="feature", key=number, name=name))
