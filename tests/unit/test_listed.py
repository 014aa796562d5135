"""How far SKUs are at Amazon, and what is wrong with them: one source for commands and screens."""

from __future__ import annotations

from core.database import Database
from tests.stages import check_stages, check_watching, fill_stages
from tests.unit.builders import connect_channel


def test_V1_every_stage_and_issue_is_told_alike_everywhere(database: Database) -> None:
    channel = connect_channel(database)
    with database.write() as session:
        fill_stages(session, channel)
    check_stages(database)


def test_K2_what_is_watched_begins_anew_with_another_product(database: Database) -> None:
    check_watching(database, connect_channel(database))
