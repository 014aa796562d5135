"""What flows make of Amazon's words about listings: looked at now, and only what this program sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from core import clock
from core.flows import HEARS
from core.model.job import Job
from core.model.listing_export import ListingExport
from core.sync.hearing import Notice
from core.workspace import Workspace
from tests.unit.builders import DE, connect_channel


@pytest.mark.parametrize("kind", ["LISTINGS_ITEM_STATUS_CHANGE", "LISTINGS_ITEM_ISSUES_CHANGE"])
def test_a_listing_is_followed_now_by_one_job_for_all_copies(workspace: Workspace, kind: str) -> None:
    channel = connect_channel(workspace.database)
    later = clock.now() + timedelta(days=1)
    with workspace.database.write() as session:
        place = {"account_id": 1, "marketplace_id": DE, "channel_id": channel.id, "product_id": 1}
        for sku, sent in (("SENT", b"x"), ("PLANNED", None)):
            session.add(ListingExport(**place, sku=sku, attributes=sent, next_look=later))
    told = [
        Notice(kind, f"{sku} {copy}", clock.now(), "SELLER", DE, {"sku": sku})
        for sku in ("SENT", "PLANNED", "ANOTHER'S")
        for copy in (1, 2)
    ]
    heard = [HEARS[kind](workspace, channel, [one]) for one in told]
    assert [set(one.news) for one in heard] == [{"SENT 1"}, {"SENT 2"}, set(), set(), set(), set()]
    with workspace.database.read() as session:
        rows = {row.sku: row.next_look for row in session.exec(select(ListingExport))}
        assert [job.kind for job in session.exec(select(Job))] == ["listings.follow"]
    assert rows["SENT"] is not None and rows["SENT"] <= clock.now() and rows["PLANNED"] == later
