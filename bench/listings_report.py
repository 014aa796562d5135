"""The report of listings: how long its rows take, next to a bare pass of the same file, and what it costs in memory."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from sqlmodel import func, select

from bench.measure import Result, peak_memory, taking
from bench.shop import fresh_home
from core import clock
from core.database import Database
from core.download import Document
from core.jobs import lifecycle
from core.jobs.context import JobContext
from core.model.account import App, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import Job
from core.model.listing import Listing
from core.model.store import Store
from core.products.pull import ListReading
from core.products.report import Row, read_rows
from core.settings import Settings
from core.workspace import opened
from sandbox.amazon.listings_report import ReportForm
from sandbox.world.marketplaces import DE

PER_ORDER = 10
"""Rows for each order that the other benchmarks take: 100,000 by default, a million with `--orders 100000`."""
MOST = 1_000_000


def run(orders: int) -> list[Result]:
    """Write a report, read it bare and as rows, and bring it into a mirror, twice."""
    rows = min(PER_ORDER * orders, MOST)
    with tempfile.TemporaryFile() as file, fresh_home() as home, opened(Settings(home=home)) as workspace:
        file.writelines(piece.encode("cp1252", "replace") for piece in _written(rows))
        bare = min(_bare(file) for _ in range(2))
        with taking() as reading:
            count = sum(isinstance(row, Row) for row in read_rows(_document(file)))
        right = f"{count} rows" if count == rows else "NOT AS EXPECTED"
        channel = _channel(workspace.database)
        with taking() as filling:
            _fill(workspace.database, channel, file)
        with taking() as again:
            second = _fill(workspace.database, channel, file)
        with workspace.database.read() as session:
            present = session.exec(select(func.count()).select_from(Listing)).one()
        same = "nothing changes" if not second.new + second.changed and present == rows else "NOT AS EXPECTED"
    return [
        Result("rows read", reading.cpu, "s CPU", bare, f"{right}; the limit is a bare csv pass, the goal 3"),
        Result("into an empty mirror", filling.cpu, "s CPU"),
        Result("into the same mirror again", again.cpu, "s CPU", note=same),
        Result("peak memory", peak_memory(), "MB", 200.0),
    ]


def _written(count: int) -> Iterator[str]:
    form = ReportForm()
    cells = {
        "item-name": "Classic Coffee Grinder, Silver, with a name as long as names at Amazon are in life",
        "item-description": "A few words, and Ä, about what it is and what it can do " * 3,
        "open-date": "24/10/2026 21:22:10 UTC",
        "item-is-marketplace": "y",
        "product-id-type": "1",
        "fulfillment-channel": "DEFAULT",
        "merchant-shipping-group": "Migrated Template",
        "status": "Active",
    }
    rows = (
        form.row(
            cells
            | {
                "listing-id": f"1{number:07d}",
                "seller-sku": f"SKU-{number:07d}",
                "price": f"{number % 900 + 1}.99",
                "quantity": str(number % 70),
                "asin1": f"B{number:09d}",
                "product-id": f"B{number:09d}",
            }
        )
        for number in range(count)
    )
    return form.written(rows)


def _document(file: BinaryIO) -> Document:
    """The file as a document that can be closed without it."""
    file.seek(0)
    return Document(_Kept(file), "cp1252", 0)


class _Kept(io.BufferedReader):
    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file.raw, 64 * 1024)  # type: ignore[attr-defined]

    def close(self) -> None:
        """The file is read once more."""


def _bare(file: BinaryIO) -> float:
    """Seconds of CPU that go into decoding the file and cutting it into cells."""
    file.seek(0)
    with taking() as taken:
        text = io.TextIOWrapper(_Kept(file), "cp1252", newline="")
        for _ in csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE):
            pass
        text.detach()
    return taken.cpu


def _fill(database: Database, channel: Channel, file: BinaryIO) -> ListReading:
    """What a job does with the report."""
    with database.write() as session:
        job = Job(kind="products.import", channel_id=channel.id)
        session.add(job)
    claimed = lifecycle.claim(database, stored_id(job.id), "benchmark")
    assert claimed is not None
    reading = ListReading(JobContext(database, claimed, "benchmark"), channel, DE.currency, clock.now())
    reading.read(_document(file))
    return reading


def _channel(database: Database) -> Channel:
    """One that the mirror belongs to; nothing is asked of anybody."""
    with database.write() as session:
        app = App(name="bench", mode="private", client_id="c", client_secret="s")
        store = Store(name="bench", url="http://127.0.0.1", email="a@b.example", api_key="k", currency="EUR")
        session.add_all([app, store])
        session.flush()
        account = SellerAccount(app_id=app.id, seller_id="A1", region="eu", api_mode="live", refresh_token="r")
        session.add(account)
        session.flush()
        channel = Channel(
            name="de",
            account_id=account.id,
            store_id=store.id,
            marketplace_id=DE.marketplace_id,
            app_mode="private",
            app_status="active",
        )
        session.add(channel)
        session.flush()
        session.refresh(channel)
        session.expunge(channel)
    return channel
