"""Everything at once: every flow by schedule and notification, faults on both sides, workers killed, servers stopped.

At the end both sides are compared: nothing is lost, and nothing is there twice.

    python -m tests.chaos [--seed N] [--minutes M] [--postgres]

What it does follows from the seed; what comes of it also from the machine's pace. The verdict must not.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory
from typing import Any

from sandbox.audit import CANCELLED, amazon_ids
from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from sandbox.world.draft import MERCHANT
from tests.flows.kit import CommandLine
from tests.services.servers import PostgresServer, RedisServer, postgres_server, redis_server

SPEED = 15.0
FRESH = 12
UNKNOWN = 10
"""Listings of products that the store does not have."""
SETTINGS = {
    "auto_pull_orders_minutes": 2,
    "auto_push_shipments_minutes": 2,
    "auto_follow_listings_minutes": 2,
    "push_stock": True,
    "push_every_seconds": 30,
    "carriers": {"dhl": "DHL", "ups": "UPS", "fedex": "FedEx"},
}
AMAZON_FAULTS = (
    "429",
    "429_bare",
    "html_200",
    "slow",
    "expired_url",
    "bad_checksum",
    "html_503",
    "error_500",
    "reset",
    "drop",
    "malformed",
    "timeout_after",
    "error_after",
    "expired_token",
)
STORE_FAULTS = (
    "429",
    "429_bare",
    "html_200",
    "html_503",
    "error_500",
    "slow",
    "reset",
    "drop",
    "malformed",
    "timeout_after",
    "error_after",
    "late_commit",
    "lost",
)
_CALM = 120.0
"""Real seconds for everything to come to rest."""

_AWAY = 2.0
"""Real seconds for which a server is away."""

ASKED = (
    "orders reconcile",
    "products import --all",
    "products export --all",
    "categories refresh",
)
"""What people ask for beside what comes by schedules and notifications."""

Cuts = Mapping[str, Callable[[], object]]
"""What can happen to the servers of the program, by how it is told."""


class Chaos:
    """One run."""

    def __init__(self, seed: int, home: Path, sandbox: Sandbox, variables: Mapping[str, str], cuts: Cuts) -> None:
        self.dice = random.Random(seed)
        self.sandbox = sandbox
        state = sandbox.clock.state()
        told = {
            "CROSSDOCK_TEST_CLOCK": f"{state['offset']!r},{state['speed']!r},{state['anchor']!r}",
            "CROSSDOCK_SETTLE_SECONDS": "30",
            "CROSSDOCK_STORE_TIMEOUT": "2",
        }
        self.line = CommandLine(home, sandbox, **told, **variables)
        self.cuts = cuts
        self.workers: list[Popen[bytes]] = []
        self.done: Counter[str] = Counter()

    def connect(self) -> None:
        """Store, channel, categories, new products, confirmed counts."""
        documents = self.sandbox.credentials()
        self._must("store", "add", "--from", "-", document=documents["store"])
        self._must("store", "prepare", "demo", "--apply")
        channel = documents["channel"]
        channel["settings"] |= SETTINGS
        channel["notifications"] = documents["notifications"]
        self._must("channel", "add", "--from", "-", document=channel)
        self._must("notifications", "setup", "--channel", "de")
        self._must("categories", "refresh", "--channel", "de", "--direct")
        for one in documents["categories"]:
            words = (
                "--amazon",
                str(one["amazon"]),
                "--cscart",
                str(one["cscart"]),
                "--product-type",
                one["product_type"],
            )
            self._must("categories", "map", "--channel", "de", *words)
        self._must("products", "import", "--channel", "de", "--all", "--preview", "--direct")
        self._must("products", "counts", "--channel", "de", "--confirm")

    def _must(self, *words: str, document: Any = None) -> None:
        done = self.line.run(*words, "--json", document=document)
        assert done.returncode == 0, f"{words}: {done.stdout} {done.stderr}"

    def run(self, minutes: float) -> None:
        """Do what the dice say for so many real minutes."""
        deeds: list[tuple[float, Callable[[], object]]] = [
            (6, self.order),
            (1, self.change_order),
            (2, self.ship),
            (5, self.sell),
            (2, self.price),
            (1, self.text),
            (5, self.amazon_fault),
            (5, self.store_fault),
            (1, self.kill),
            *((0.5, partial(self.ask, words)) for words in ASKED),
            *((1, partial(self.cut, told)) for told in self.cuts),
        ]
        weights = [weight for weight, _ in deeds]
        first = self.dice.sample([deed for _, deed in deeds], len(deeds))  # each of them at least once
        end = time.monotonic() + 60 * minutes
        self.workers = [self.line.start_worker(), self.line.start_worker()]
        while time.monotonic() < end or first:
            deed = first.pop() if first else self.dice.choices([deed for _, deed in deeds], weights)[0]
            deed()
            time.sleep(self.dice.uniform(0.1, 0.8))

    def order(self) -> None:
        self.sandbox.add_order({})
        self.done["orders placed at Amazon"] += 1

    def change_order(self) -> None:
        """Cancel at Amazon what stands in the store and has not left it."""
        store = self.sandbox.store
        left = {one.order_id for one in list(store.shipments.values())}
        live = [one for one in store.all_orders() if one.status not in CANCELLED and one.order_id not in left]
        known = {amazon_id for one in live for amazon_id in amazon_ids(one)}
        orders = [one for one in self.sandbox.world.orders if one.order_id in known]
        open_ones = [one for one in orders if (one.draft.status, one.draft.fulfilled_by) == ("UNSHIPPED", MERCHANT)]
        if open_ones:
            order = self.dice.choice(open_ones)
            self.sandbox.amazon.update_order(order.order_id, status="CANCELLED", imported=True)
            self.done["orders cancelled at Amazon"] += 1

    def ship(self) -> None:
        self.done["parcels shipped"] += len(self.sandbox.ship({"orders": self.dice.randint(1, 4)}))

    def sell(self) -> None:
        product = self.dice.choice(list(self.sandbox.store.products.values()))
        if product.amount > 5:
            self.sandbox.sell(product.product_id, 1)
            self.done["sold in the store"] += 1

    def price(self) -> None:
        # Saving the first of a family gives the others its features, also the EAN that each was to be listed with.
        fresh = self.dice.choice([one for one in self.sandbox.fresh if one.family != one.product.sku])
        price = fresh.product.price * (100 + self.dice.randint(1, 9)) / 100
        self.sandbox.edit_product(fresh.product.sku, {"price": round(price, 2)})
        self.done["prices changed in the store"] += 1

    def text(self) -> None:
        fresh = self.dice.choice([one for one in self.sandbox.fresh if not one.family])
        title = f"{fresh.product.title} {self.dice.randint(2, 99)}"
        self.sandbox.edit_product(fresh.product.sku, {"product": title})
        self.done["texts changed in the store"] += 1

    def amazon_fault(self) -> None:
        self._fault("amazon", self.dice.choice(AMAZON_FAULTS))

    def store_fault(self) -> None:
        self._fault("store", self.dice.choice(STORE_FAULTS))

    def _fault(self, side: str, kind: str) -> None:
        self.sandbox.faults.add(
            Rule(side, "*", kind, times=1, after=self.dice.randint(0, 3), seconds=self.dice.uniform(0, 3))
        )
        self.done[f"faults of {'Amazon' if side == 'amazon' else 'the store'}"] += 1

    def kill(self) -> None:
        number = self.dice.randrange(len(self.workers))
        self.workers[number].kill()
        self.workers[number].wait()
        self.workers[number] = self.line.start_worker()
        self.done["workers killed"] += 1

    def ask(self, words: str) -> None:
        self.line.run(*words.split(), "--channel", "de")
        self.done[f"asked for: {words}"] += 1

    def cut(self, told: str) -> None:
        self.cuts[told]()
        self.done[told] += 1

    def settle(self) -> None:
        """No more faults: everything that was begun comes to its end."""
        self.sandbox.faults.clear()
        commands = (*ASKED, "orders import", "shipments push", "products sync")
        for command in commands * 2:
            self.line.run(*command.split(), "--channel", "de", "--wait", "--json")
        end = time.monotonic() + _CALM
        while time.monotonic() < end and self.active():
            time.sleep(1)

    def active(self) -> list[Any]:
        told = self.line.json("jobs", "list", "--limit", "100")
        assert "jobs" in told, told
        return [job for job in told["jobs"] if job["state"] in ("queued", "running", "waiting", "interrupted")]

    def stop(self) -> None:
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.wait()

    def verdict(self) -> dict[str, Any]:
        """What both sides say; `ok` when nothing was lost and nothing is there twice."""
        orders = self.sandbox.audit()
        parcels = self.sandbox.audit_shipments()
        listings = self.sandbox.audit_listings({})
        products = self.sandbox.audit_catalogue()
        faults = {name: getattr(orders, name) for name in ("missing", "doubled", "wrong", "stray", "stock_wrong")}
        pairs = (
            (parcels, ("confirmed", "expected")),
            (listings, ("exact", "expected")),
            (products, ("right", "expected")),
        )
        return {
            "ok": orders.ok and parcels.ok and listings.ok and products.ok,
            "orders": {"right": orders.created, "expected": orders.expected, **{k: v for k, v in faults.items() if v}},
            **{
                name: {key: getattr(found, key) for key in keys} if found.ok else vars(found)
                for name, (found, keys) in zip(("parcels", "listings", "products"), pairs, strict=True)
            },
        }


def rehearse(
    seed: int,
    minutes: float,
    variables: Mapping[str, str] | None = None,
    cuts: Cuts | None = None,
) -> tuple[dict[str, Any], Counter[str]]:
    """A whole run; gives the verdict and what was done. Without servers the database is SQLite in the home folder."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory()))
        world = {"orders": 30, "other_orders": 0, "products": 30, "fresh": FRESH, "listings": UNKNOWN, "seed": seed}
        sandbox = stack.enter_context(Sandbox(speed=SPEED, quota_scale=20, **world))
        if cuts is None:
            cuts = {"times the database was held for seconds": lambda: _hold(home / "crossdock.db")}
        chaos = Chaos(seed, home, sandbox, variables or {}, cuts)
        chaos.connect()
        try:
            chaos.run(minutes)
            chaos.settle()
        finally:
            chaos.stop()
        verdict = chaos.verdict()
        if not verdict["ok"]:
            print(chaos.line.log()[-4000:], file=sys.stderr)
            print(json.dumps(chaos.line.json("problems", "list"), indent=1)[:6000], file=sys.stderr)
        return verdict, chaos.done


@contextmanager
def own_servers() -> Iterator[tuple[dict[str, str], Cuts]]:
    """A PostgreSQL and a Redis of the run's own: what names them to the program, and how they are cut."""
    with postgres_server() as postgres, redis_server() as redis:
        servers = {"CROSSDOCK_DATABASE_URL": postgres.url(), "CROSSDOCK_QUEUE_URL": redis.url()}
        cuts: Cuts = {
            "times the database was stopped": lambda: _restart(postgres),
            "times the queue died and forgot everything": lambda: _lose(redis),
        }
        yield servers, cuts


def _hold(file: Path) -> None:
    """Nobody else can write to the database meanwhile."""
    with closing(sqlite3.connect(file, timeout=60, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(_AWAY)
        connection.execute("ROLLBACK")


def _restart(server: PostgresServer) -> None:
    server.stop("immediate")
    time.sleep(_AWAY)
    server.start()


def _lose(server: RedisServer) -> None:
    server.kill()
    time.sleep(_AWAY)
    server.start()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL and a Redis of its own")
    chosen = parser.parse_args()
    if chosen.postgres:
        with own_servers() as (servers, cuts):
            verdict, done = rehearse(chosen.seed, chosen.minutes, servers, cuts)
    else:
        verdict, done = rehearse(chosen.seed, chosen.minutes)
    for what, count in sorted(done.items()):
        print(f"{count:5} {what}")
    print(json.dumps(verdict, indent=1, default=str))
    return 0 if verdict["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
