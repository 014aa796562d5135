"""What happens in a chaos run: deeds of buyers and sellers, faults of both sides, and what the servers suffer."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from subprocess import Popen

from sandbox.audit import CANCELLED, amazon_ids
from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from sandbox.world.draft import AMAZON, MERCHANT
from sandbox.world.order import WorldOrder
from tests.flows.kit import CommandLine

OF_DE = ("--channel", "de")
APP = "private"
DUE = "UNSHIPPED"
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
ASKED = (
    "orders reconcile",
    "products import --all",
    "products export --all",
    "categories refresh",
)
"""What people ask for beside what comes by schedules and notifications."""

Cuts = Mapping[str, Callable[[], object]]
"""What can happen to the servers of the program, by how it is told."""


class Deeds:
    """The shop, the two workers of its program, and all that can happen to them."""

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
        self.application = sandbox.amazon.access.application(APP)
        self.app = ""
        """What the program calls it."""
        self.closed: set[str] = set()
        """SKUs that were closed: only whoever names them has them listed again."""
        self.undone: dict[int, list[str]] = {}
        """Imports that were taken back → SKUs that the store had of them and others: made again when they are named."""
        self.refunded: set[str] = set()

    def deeds(self) -> list[tuple[float, Callable[[], object]]]:
        """What can happen, by its weight."""
        return [
            (6, self.order),
            (1, self.change_order),
            (2, self.ship),
            (1, self.ship_elsewhere),
            (2, self.by_amazon),
            (1, self.refund),
            (5, self.sell),
            (2, self.price),
            (1, self.text),
            (0.7, self.close),
            (0.5, self.list_again),
            (0.5, self.undo),
            (0.5, self.rotate),
            (5, self.amazon_fault),
            (5, self.store_fault),
            (1, self.kill),
            *((0.5, partial(self.ask, words)) for words in ASKED),
            *((1, partial(self.cut, told)) for told in self.cuts),
        ]

    def order(self) -> None:
        self.sandbox.add_order({})
        self.done["orders placed at Amazon"] += 1

    def change_order(self) -> None:
        """Cancel at Amazon what stands in the store and has not left it."""
        if open_ones := self._not_sent():
            order = self.dice.choice(open_ones)
            self.sandbox.amazon.update_order(order.order_id, status="CANCELLED", imported=True)
            self.done["orders cancelled at Amazon"] += 1

    def ship_elsewhere(self) -> None:
        """Another tool sends what stands in the store and has not left it."""
        if open_ones := self._not_sent():
            self.sandbox.amazon.add_package(self.dice.choice(open_ones).order_id, imported=True)
            self.done["parcels sent by another tool"] += 1

    def by_amazon(self) -> None:
        """An order comes that Amazon fulfils, or such a one has left."""
        open_ones = [one for one in self.sandbox.world.orders if stands(one, DUE, AMAZON)]
        if open_ones and self.dice.random() < 0.5:
            self.sandbox.amazon.update_order(self.dice.choice(open_ones).order_id, status="SHIPPED")
            self.done["orders fulfilled by Amazon"] += 1
        else:
            self.sandbox.add_order({"case": "amazon_unshipped"})
            self.done["orders placed that Amazon fulfils"] += 1

    def refund(self) -> None:
        """A buyer sends back a piece of what has left."""
        sent = [
            one
            for one, _ in self.in_store()
            if stands(one, "SHIPPED", MERCHANT) and one.draft.lines[0].quantity and one.order_id not in self.refunded
        ]
        if sent:
            order = self.dice.choice(sent)
            self.sandbox.send_back(order.order_id)
            self.refunded.add(order.order_id)
            self.done["orders sent back and refunded"] += 1

    def in_store(self) -> list[tuple[WorldOrder, int]]:
        """Orders that stand in the store, with their numbers there."""
        live = [one for one in self.sandbox.store.all_orders() if one.status not in CANCELLED]
        numbers = {amazon_id: one.order_id for one in live for amazon_id in amazon_ids(one)}
        return [(one, numbers[one.order_id]) for one in self.sandbox.world.orders if one.order_id in numbers]

    def _not_sent(self) -> list[WorldOrder]:
        """The merchant's orders that wait in the store, and of which no parcel has left it."""
        sent = {parcel.order_id for parcel in list(self.sandbox.store.shipments.values())}
        return [one for one, number in self.in_store() if number not in sent and stands(one, DUE, MERCHANT)]

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

    def close(self) -> None:
        """Take a listing away at Amazon."""
        account = self.sandbox.amazon.accounts[0]
        place, listed = account.marketplaces[0], self.sandbox.amazon.listings.listing
        there = [one.product.sku for one in self.sandbox.fresh if listed(account, one.product.sku, place)]
        if there:
            sku = self.dice.choice(there)
            self.closed.add(sku)
            self.done["listings closed"] += self._asked("listings", "close", *OF_DE, "--sku", sku, "--yes")

    def list_again(self, *words: str) -> None:
        """Export what was closed: `--all` leaves it alone."""
        if self.closed:
            named = [word for sku in sorted(self.closed) for word in ("--sku", sku)]
            self.done["times closed listings were exported again"] += self._asked(
                "products", "export", *OF_DE, *named, *words
            )

    def undo(self) -> None:
        """Take the newest import back that has made something."""
        jobs = self.line.json("jobs", "list", "--limit", "500").get("jobs", ())
        imports = [one for one in jobs if one["kind"] == "products.import" and one["counts"].get("created")]
        job = next((one["job"] for one in imports if one["finished"] and one["job"] not in self.undone), None)
        if job is not None:
            made = [one.product_code for one in list(self.sandbox.store.products.values())]
            if self._asked("products", "undo", "--job", str(job), "--yes"):
                self.undone[job] = made
                self.done["imports of products taken back"] += 1

    def import_again(self, *words: str) -> None:
        """Import by name what was taken back: `--all` leaves it alone."""
        known = {one.sku for one in self.sandbox.world.products} | {one.product.sku for one in self.sandbox.fresh}
        skus = {sku for made in self.undone.values() for sku in made} - known
        if skus:
            named = [word for sku in sorted(skus) for word in ("--sku", sku)]
            self.done["times products were imported again"] += self._asked("products", "import", *OF_DE, *named, *words)

    def rotate(self) -> None:
        """Ask Amazon for a new client secret, again only while it has made none: as the Developer Console shows it."""
        if len(self.application.secrets) == 1:
            self.line.run("app", "rotate", self.app, "--again")
            self.done["client secrets rotated"] += len(self.application.secrets) > 1

    def _asked(self, *words: str) -> bool:
        return self.line.run(*words, "--json").returncode == 0

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


def stands(order: WorldOrder, status: str, fulfilled_by: str) -> bool:
    """Whether an order of Amazon's has this status, and this one is to send it."""
    return (order.draft.status, order.draft.fulfilled_by) == (status, fulfilled_by)


def left_of(order: WorldOrder) -> int:
    """Units of an order that have left, as Amazon has it."""
    draft = order.draft
    if draft.fulfilled_by == AMAZON:
        return sum(line.quantity for line in draft.lines) if draft.status == "SHIPPED" else 0
    return sum(sum(package.items.values()) for package in draft.packages)
