"""How far SKUs are at Amazon, and what is wrong with them: one source for commands and screens."""

from __future__ import annotations

from sqlmodel import col, select

from core.database import Database
from core.model.listing_export import PLANNED, WATCHED, ListingExport
from core.products.linking import link_in
from tests.stages import check_stages, fill_stages
from tests.unit.builders import connect_channel


def test_V1_every_stage_and_issue_is_told_alike_everywhere(database: Database) -> None:
    channel = connect_channel(database)
    with database.write() as session:
        fill_stages(session, channel)
    check_stages(database)


def test_a_sku_that_is_linked_to_another_product_says_what_that_one_says(database: Database) -> None:
    """What is watched is looked at anew; what was exported is planned again."""
    channel = connect_channel(database)
    with database.write() as session:
        fill_stages(session, channel)
        for state, sku in ((WATCHED, "BUYABLE"), (PLANNED, "ACCEPTED")):
            row = session.exec(select(ListingExport).where(col(ListingExport.sku) == sku)).first()
            row = row or ListingExport(
                account_id=channel.account_id,
                marketplace_id=channel.marketplace_id,
                sku=sku,
                channel_id=channel.id or 0,
                product_id=11,
            )
            row.state, row.attributes, row.dirty = state, b"what was said", False
            session.add(row)
    with database.write() as session:
        for sku in ("BUYABLE", "ACCEPTED"):
            link_in(session, "anna", channel, sku, 12)
    with database.read() as session:
        query = select(ListingExport).where(col(ListingExport.sku).in_(["BUYABLE", "ACCEPTED"]))
        rows = {row.sku: row for row in session.exec(query)}
    assert {(row.product_id, row.dirty) for row in rows.values()} == {(12, True)}
    assert (rows["BUYABLE"].attributes, rows["ACCEPTED"].attributes) == (None, b"what was said")
