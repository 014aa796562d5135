"""`python -m docs.take_pictures` (`make pictures`): takes the pictures of the documents from the program itself.

It serves the sandbox, connects a home to it, imports orders, and goes through the screens by keys. World, clock and
time zone are always the same, so pictures change only when the program does; some times may differ by a second.
With words, only pictures whose names begin with one of them are taken.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core import clock, stores
from core.actor import LOCAL_ADMIN
from core.amazon.operations import SEARCH_ORDERS
from core.categories import actions as categories
from core.channels import registry
from core.flows import runner
from core.identity import new_owner
from core.model.job import JobState, Worker
from core.orders import actions as orders
from core.products import actions as products
from core.settings import Settings
from core.shipments import actions as shipments
from core.workspace import Workspace, opened
from tests.flows.kit import Shop, shop
from tests.tui.driving import Driven, at
from tui.app import CrossdockApp

FOLDER = Path(__file__).parent / "pictures"
Size = tuple[int, int]
SIZES: tuple[Size, ...] = ((80, 24), (120, 40))
WIDE: tuple[Size, ...] = (*SIZES, (140, 45))
WIDEST: tuple[Size, ...] = (*WIDE, (200, 60))
WHEN = datetime(2026, 11, 23, 14, 20, 0, 500_000, tzinfo=UTC)
"""When the demo home is made."""
LATER = WHEN + timedelta(seconds=75)
"""When the pictures are taken."""
STANDING = 1e-6
"""Speed of a clock that hardly moves: what is long ago is so in every picture."""
HURRIED = 30.0
"""Speed of a clock under which reports are waited for."""
CARRIERS = {"dhl": "DHL"}
LEFT = 2
"""Categories that stay to be mapped."""
WORLD = {"orders": 240, "other_orders": 0, "products": 120}


@dataclass(frozen=True)
class Picture:
    """What is pressed at a place until the picture is taken; a word in quotation marks is typed."""

    name: str
    place: str
    keys: str = ""
    empty: bool = False
    """Whether it shows a home in which nothing has been set up."""
    shipped: bool = False
    """Whether it shows parcels; the others are taken before there are any."""
    catalogue: bool = False
    """Whether it shows products and how they are mapped, in a home of their own."""
    sizes: tuple[Size, ...] = SIZES
    """Columns and lines of the terminals in which it is taken."""

    def file(self, size: Size) -> str:
        """The name of its file for a terminal of so many columns and lines."""
        width, height = size
        return f"{self.name}-{width}x{height}.svg"

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all its files."""
        return tuple(map(self.file, self.sizes))


PICTURES = (
    Picture("first-start", "home", empty=True),
    Picture("home", "home", sizes=WIDEST),
    Picture("health", "home", "right_square_bracket"),
    Picture("channels", "channels"),
    Picture("channel-form", "channels", "enter pagedown pagedown"),
    Picture("orders", "orders", "right down", sizes=WIDE),
    Picture("order", "orders", "left left down enter v"),
    Picture("order-preview", "orders", "right right right down p"),
    Picture("problems", "problems", sizes=WIDE),
    Picture("problem-fix", "problems", "right down f 'lamp'"),
    Picture("jobs", "jobs", "end p"),
    Picture("stores", "settings"),
    Picture("shipments", "shipments", shipped=True, sizes=WIDE),
    Picture("products", "products", "down down", catalogue=True, sizes=WIDE),
    Picture("listings", "listings", "down", catalogue=True, sizes=WIDE),
    Picture("export", "products", "e", catalogue=True),
    Picture("mapping", "mapping", "f right", catalogue=True, sizes=WIDE),
    Picture("fields", "mapping", "right_square_bracket", catalogue=True, sizes=WIDE),
)


def main(words: Sequence[str]) -> int:
    """Take the pictures; returns the exit code."""
    _fix_surroundings()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="crossdock-pictures-") as folder:
        demo, catalogue, new = (Path(folder, name) for name in ("demo", "catalogue", "new"))
        settings = {"test_clock": _clock(WHEN, 1)}
        with shop(demo, settings=settings, offset=WHEN.timestamp() - time.time(), **WORLD) as made:
            _furnish(made)
            clock.install(_clock(LATER, STANDING), demo)
            _take(made.workspace, [one for one in PICTURES if not (one.empty or one.shipped or one.catalogue)], words)
            _ship(made)
            _take(made.workspace, [one for one in PICTURES if one.shipped], words)
        clock.install(_clock(WHEN, HURRIED), catalogue)
        with shop(
            catalogue, settings={"test_clock": _clock(WHEN, HURRIED)}, **WORLD, listings=24, speed=HURRIED
        ) as made:
            _fill_catalogue(made)
            clock.install(_clock(LATER, STANDING), catalogue)
            _take(made.workspace, [one for one in PICTURES if one.catalogue], words)
        with opened(Settings(home=new, test_clock=_clock(LATER, STANDING))) as workspace:
            _take(workspace, [one for one in PICTURES if one.empty], words)
    return 0


def _take(workspace: Workspace, pictures: Sequence[Picture], words: Sequence[str]) -> None:
    for picture in pictures:
        if words and not picture.name.startswith(tuple(words)):
            continue
        for size in picture.sizes:
            svg = asyncio.run(_taken(workspace, picture, size))
            file = FOLDER / picture.file(size)
            file.write_text(svg)
            print(f"{len(svg) / 1000:5.0f} kB  {file.name}")


def _fix_surroundings() -> None:
    """Neither the configuration nor the terminal nor the time zone of this machine reaches a picture."""
    for name in [name for name in os.environ if name.startswith(("CROSSDOCK_", "TEXTUAL"))]:
        del os.environ[name]
    os.environ.pop("NO_COLOR", None)
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TZ": "UTC0"}
    time.tzset()


def _clock(timestamp: datetime, speed: float) -> str:
    """A test clock that shows `timestamp` now."""
    return f"{timestamp.timestamp() - time.time()},{speed}"


def _furnish(made: Shop) -> None:
    """A prepared store, imported and waiting orders, an import that waits for Amazon's quota, and a worker."""
    workspace = made.workspace
    [store] = stores.list_stores(workspace, LOCAL_ADMIN)
    stores.prepare_store(workspace, LOCAL_ADMIN, store.name, apply=True)
    earlier = made.import_orders(created_to=f"{WHEN - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}")
    assert earlier.state is JobState.FINISHED_WITH_PROBLEMS, earlier.message
    made.import_orders(plan_only=True)
    _use_up_quota(workspace)
    asked = orders.import_orders(workspace, LOCAL_ADMIN, made.channel)
    assert runner.run(workspace, asked.job_id) is JobState.WAITING
    with workspace.database.write() as session:
        session.add(Worker(owner=new_owner(), started_at=WHEN, beat_at=LATER + timedelta(seconds=1), threads=4))


def _fill_catalogue(made: Shop) -> None:
    """Both trees of categories, most of them mapped, and the seller's listings as products of the store."""
    who = made.workspace, LOCAL_ADMIN, made.channel
    made.sandbox.set_pace({"queue": 0, "work": 0})
    runner.run_here(made.workspace, categories.refresh_categories(*who, direct=True).job_id)
    for one in made.sandbox.credentials()["categories"][:-LEFT]:
        categories.map_category(*who, one["cscart"], one["amazon"], one["product_type"])
    runner.run_here(made.workspace, products.import_products(*who, direct=True).job_id)


def _ship(made: Shop) -> None:
    """Parcels that Amazon was told of, and some whose carrier nobody has mapped."""
    registry.edit(made.workspace, LOCAL_ADMIN, {"name": made.channel, "settings": {"carriers": CARRIERS}})
    made.sandbox.ship({"orders": 9})
    asked = shipments.push_shipments(made.workspace, LOCAL_ADMIN, made.channel)
    assert runner.run(made.workspace, asked.job_id) is JobState.WAITING


def _use_up_quota(workspace: Workspace) -> None:
    """As other programs of the same application would."""
    [bucket] = [one for one in workspace.quotas.levels() if one.key.endswith(SEARCH_ORDERS.name)]
    for _ in range(int(bucket.tokens)):
        workspace.quotas.acquire(bucket.key, SEARCH_ORDERS.plan)


async def _taken(workspace: Workspace, picture: Picture, size: Size) -> str:
    CrossdockApp.LEADS = picture.empty
    async with at(workspace, picture.place, size) as it:
        await _press(it, picture.keys)
        return _plain(it.picture)


async def _press(it: Driven, keys: str) -> None:
    for key in keys.split():
        if key.startswith("'"):
            await it.type(key.strip("'"))
        else:
            await it.press(key)


def _plain(svg: str) -> str:
    """A picture that names no other host, not even for its fonts, and no number that is drawn anew each time."""
    svg = re.sub(r"\s*@font-face\s*{[^}]*}|\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"terminal-\d+-", "terminal-", svg)
    return re.sub(r"127\.0\.0\.1:\d{5}", "127.0.0.1:50000", svg)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
