"""Everything at once: every flow by schedule and notification, faults on both sides, workers killed, servers stopped.

At the end both sides are compared: nothing is lost, and nothing is there twice.

    python -m tests.chaos [--seed N] [--minutes M] [--postgres]

What it does follows from the seed; what comes of it also from the machine's pace. The verdict must not.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.notifications.rotation import IN_USE
from sandbox.sandbox import Sandbox
from tests.chaos_deeds import APP, ASKED, OF_DE, Cuts, Deeds, left_of
from tests.services.servers import PostgresServer, RedisServer, postgres_server, redis_server

SPEED = 15.0
FRESH = 12
UNKNOWN = 10
"""Listings of products that the store does not have."""
IMPORTED = "NEW-000009"
"""One of them, of no family, that is imported before it begins: there is something to be taken back."""
SETTINGS = {
    "auto_pull_orders_minutes": 2,
    "auto_push_shipments_minutes": 2,
    "pull_shipments": True,
    "auto_follow_listings_minutes": 2,
    "push_stock": True,
    "push_every_seconds": 30,
    "carriers": {"dhl": "DHL", "ups": "UPS", "fedex": "FedEx"},
}
_CALM = 120.0
"""Real seconds for everything to come to rest."""

_AWAY = 2.0
"""Real seconds for which a server is away."""

KNOWN = ("by_amazon", "entered", "fulfilled")
"""Excuses for shipments of which Amazon is not told because it knows."""


class Chaos(Deeds):
    """One run."""

    def connect(self) -> None:
        """Store, channel, categories, a product that was imported and one that was exported, confirmed counts."""
        documents = self.sandbox.credentials()
        self._must("store", "add", "--from", "-", document=documents["store"])
        self._must("store", "prepare", "demo", "--apply")
        channel = documents["channel"]
        channel["settings"] |= SETTINGS
        channel["notifications"] = documents["notifications"]
        self._must("channel", "add", "--from", "-", document=channel)
        self._must("notifications", "setup", "--channel", "de")
        self.app = self.line.json("app", "list")["apps"][0]["name"]
        self.sandbox.set_application(APP, {"enrolled": True})
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
        self._must("products", "import", "--channel", "de", "--sku", IMPORTED, "--direct")
        self._must("products", "counts", "--channel", "de", "--confirm")
        self._must("products", "export", "--channel", "de", "--sku", self.sandbox.fresh[-1].product.sku, "--direct")

    def _must(self, *words: str, document: Any = None) -> None:
        done = self.line.run(*words, "--json", document=document)
        assert done.returncode == 0, f"{words}: {done.stdout} {done.stderr}"

    def run(self, minutes: float) -> None:
        """Do what the dice say for so many real minutes."""
        deeds = self.deeds()
        weights = [weight for weight, _ in deeds]
        first = self.dice.sample([deed for _, deed in deeds], len(deeds))  # each of them at least once
        end = time.monotonic() + 60 * minutes
        self.workers = [self.line.start_worker(), self.line.start_worker()]
        while time.monotonic() < end or first:
            deed = first.pop() if first else self.dice.choices([deed for _, deed in deeds], weights)[0]
            deed()
            time.sleep(self.dice.uniform(0.1, 0.8))

    def settle(self) -> None:
        """No more faults: everything that was begun comes to its end, and what was taken away comes back."""
        self.sandbox.faults.clear()
        self.rotate()
        commands = (*ASKED, "orders import", "shipments push", "products sync")
        for _ in range(2):
            for command in commands:
                self.line.run(*command.split(), *OF_DE, "--wait", "--json")
            self._calm()
            self.list_again("--wait")
            self.import_again("--wait")
        self._calm()

    def _calm(self) -> None:
        end = time.monotonic() + _CALM
        while time.monotonic() < end and (self.active() or self.is_rotating()):
            time.sleep(1)

    def is_rotating(self) -> bool:
        """Whether a new client secret is under way."""
        steps = self.line.json("app", "rotate", self.app, "--state")["steps"]
        return any(step["name"] == IN_USE and step["state"] != "done" for step in steps)

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
        found: dict[str, tuple[Any, tuple[str, str]]] = {
            "parcels": (self.sandbox.audit_shipments(), ("confirmed", "expected")),
            "listings": (self.sandbox.audit_listings({}), ("exact", "expected")),
            "products": (self.sandbox.audit_catalogue(), ("right", "expected")),
        }
        sent, refunds, secret = self._sent(found["parcels"][0].excused), self._refunds(), self._secret()
        faults = {name: getattr(orders, name) for name in ("missing", "doubled", "wrong", "stray", "stock_wrong")}
        return {
            "ok": all((orders.ok, sent["ok"], refunds["ok"], secret["ok"], *(one.ok for one, _ in found.values()))),
            "orders": {"right": orders.created, "expected": orders.expected, **{k: v for k, v in faults.items() if v}},
            **{
                name: {key: getattr(one, key) for key in keys} if one.ok else vars(one)
                for name, (one, keys) in found.items()
            },
            "sent": sent,
            "refunds": refunds,
            "secret": secret,
        }

    def _sent(self, excused: Mapping[int, str]) -> dict[str, Any]:
        """Whether the store's shipments hold what Amazon says has left, whoever sent it; `excused` as in the audit."""
        parcels, orders, wrong = list(self.sandbox.store.shipments.values()), self.in_store(), list[str]()
        untold = {one.order_id for one in parcels if excused.get(one.shipment_id, KNOWN[0]) not in KNOWN}
        for order, number in orders:
            units = sum(sum(one.products.values()) for one in parcels if one.order_id == number)
            if number not in untold and (left := left_of(order)) != units:
                wrong.append(
                    f"{order.order_id}, store order {number}: {units} units are in shipments, {left} have left"
                )
        return {"ok": not wrong, "orders": len(orders), "wrong": wrong}

    def _refunds(self) -> dict[str, Any]:
        """Whether each refund stands as a problem, and nothing else does."""
        problems = self.line.json("problems", "list", "--code", "order_refunded")["problems"]
        told = Counter(one["subject"].removeprefix("order ") for one in problems)
        return {"ok": told == Counter(self.refunded), "told": told.total(), "expected": len(self.refunded)}

    def _secret(self) -> dict[str, Any]:
        """Whether no job was refused for its client secret, and the new one serves once the old one is dead."""
        jobs = self.line.json("jobs", "list", "--limit", "10000")["jobs"]
        refused = [one for one in jobs if "client is refused" in one.get("message", "")]
        is_new = len(self.application.secrets) > 1
        del self.application.secrets[:-1]
        serves = self.line.run("orders", "import", *OF_DE, "--direct", "--json").returncode < 2
        return {"ok": is_new and serves and not refused, "is_new": is_new, "serves": serves, "refused": refused}


def rehearse(
    seed: int,
    minutes: float,
    variables: Mapping[str, str] | None = None,
    cuts: Cuts | None = None,
) -> tuple[dict[str, Any], Counter[str]]:
    """A whole run; gives the verdict and what was done. Without servers the database is SQLite in the home folder."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory()))
        world: dict[str, Any] = {
            "orders": 30,
            "other_orders": 0,
            "products": 30,
            "fresh": FRESH,
            "listings": UNKNOWN,
            "seed": seed,
        }
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
