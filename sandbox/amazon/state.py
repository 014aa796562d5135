"""The state of the Amazon side: accounts, applications, tokens, quotas, orders, reports and feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.amazon.access import Access, Account
from sandbox.amazon.applications import LIVE, PRIVATE, PUBLIC, REDIRECT_URIS, SANDBOX, Application, derived, register
from sandbox.amazon.assortment import Assortment
from sandbox.amazon.attribute_rules import Rules
from sandbox.amazon.confirmations import Confirmations
from sandbox.amazon.journal import Journal
from sandbox.amazon.listing_book import ListingBook
from sandbox.amazon.listings_report import ReportForm
from sandbox.amazon.mailbox import OWN_QUEUE, Mailbox
from sandbox.amazon.order_book import OrderBook
from sandbox.amazon.order_report import OrderReportForm
from sandbox.amazon.processing import Desk, Pace, Work
from sandbox.amazon.quota import Buckets
from sandbox.amazon.schemas import ProductTypes
from sandbox.amazon.search import PageTokens
from sandbox.amazon.shelf import Shelf
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.world.build import World
from sandbox.world.change import add_package, change_order, new_order
from sandbox.world.draft import MERCHANT
from sandbox.world.history import add_history
from sandbox.world.make import whole_millisecond
from sandbox.world.marketplaces import BR, CA, HOME, JP, MX, US, Marketplace
from sandbox.world.order import WorldOrder
from sandbox.world.package import LABEL_BOUGHT, Package

MARKETPLACES: dict[str, tuple[Marketplace, ...]] = {"eu": HOME, "na": (US, CA, MX, BR), "fe": (JP,)}
"""Region -> where its seller account sells; that of region eu sells in Japan too, so one account will do."""
FRESH_SECONDS = 180.0
"""The age of a change: just old enough to be outside the blind spot of a search."""


class Amazon:
    """Applications, seller accounts and what each of them sold.

    accounts        see `build_accounts`; the first owns the orders of the world
    account_orders  seller id -> orders of the accounts besides the first
    sandbox_orders  what the sandbox hosts show of the first account
    quota_scale     multiplies every usage plan, 0 switches them off
    redirect_uris   where the public applications may send sellers back to
    faults          those that strike while Amazon works, when nobody calls

    The demo seller has authorized a private application and a private one for the sandbox hosts; nobody has
    authorized the public ones yet: that is what the consent page is for.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        accounts: Sequence[Account],
        *,
        account_orders: Mapping[str, Sequence[WorldOrder]] | None = None,
        sandbox_orders: Sequence[WorldOrder] = (),
        quota_scale: float = 1.0,
        redirect_uris: Sequence[str] = REDIRECT_URIS,
        faults: Faults | None = None,
    ) -> None:
        self.world = world
        self.clock = clock
        self.buckets = Buckets(clock, quota_scale)
        self.accounts = tuple(accounts)
        self.page_tokens = PageTokens(derived(world.seed, "page tokens", 32))
        self.pace = Pace()
        self.browse_nodes = 0
        """Nodes of each marketplace's tree at the least; the world's own are always there."""
        self.assortment = Assortment(world)
        self.listings = ListingBook(self.assortment, clock, world.orders_from)
        self.journal = Journal()
        self.mailbox = Mailbox(clock, world.seed)
        self.faults = faults or Faults(world.seed)
        self.report_form = ReportForm()
        """How the report of all listings is written."""
        self.order_report_form = OrderReportForm()
        """How the reports of all orders are written."""
        self.unsearched: frozenset[str] = frozenset()
        """Numbers of orders that searchOrders never shows; getOrder and reports do."""
        self.returns: list[Any] = []
        """What buyers send back of the demo account's orders, see `returns_report.Return`."""
        self.withheld: frozenset[str] = frozenset()
        """Data sets that searchListingsItems leaves out, though they are asked for."""
        self.shelf = Shelf(clock, derived(world.seed, "documents", 32))
        self.product_types = ProductTypes(self.shelf)
        self.rules = Rules(self.product_types)
        self.reports = {mode: Desk(clock, self.shelf, self.pace, self._report_done) for mode in (LIVE, SANDBOX)}
        self.feeds = {mode: Desk(clock, self.shelf, self.pace, self._feed_done) for mode in (LIVE, SANDBOX)}
        first = self.accounts[0]
        orders = {first.seller_id: world.orders, **(account_orders or {})}
        self.books = {
            LIVE: {one.seller_id: OrderBook(orders.get(one.seller_id, ())) for one in self.accounts},
            SANDBOX: {one.seller_id: OrderBook(sandbox_orders if one is first else ()) for one in self.accounts},
        }
        self.confirmations = Confirmations(world, clock)
        self.access = Access(clock, _applications(world.seed, self.accounts, clock.timestamp(), redirect_uris))
        for account in self.accounts:
            self._authorize_private(account)

    def _authorize_private(self, account: Account) -> None:
        """The seller presses "Authorize app" for the private applications that are theirs."""
        for name in _private_names(account):
            token = f"Atzr|IwEBI{derived(self.world.seed, f'refresh token {name} {account.seller_id}', 160)}"
            self.access.authorize(self.access.application(name), account, token)

    def private_application(self, account: Account, api_mode: str = LIVE) -> Application:
        """The private application of a seller, KeyError when there is none for this API mode."""
        for name in _private_names(account):
            found = self.access.application(name)
            if found.api_mode == api_mode:
                return found
        raise KeyError(api_mode)

    def account(self, wanted: str) -> Account:
        """The seller account of this id, or the first of this region; KeyError when there is none."""
        for account in self.accounts:
            if wanted in (account.seller_id, account.region):
                return account
        raise KeyError(wanted)

    def settle_all(self) -> None:
        """Carry out whatever is due, of every seller."""
        for account in self.accounts:
            for desk in (*self.reports.values(), *self.feeds.values()):
                desk.settle(account.seller_id)

    def tell_secret(self, application: Application) -> None:
        """Send a new client secret to the queue that the Developer Console names."""
        old, new = (datetime.fromtimestamp(one.expires, UTC) for one in application.secrets[-2:])
        self.mailbox.tell_secret(application, application.secret_queue or OWN_QUEUE, (new, old))

    def settle(self, account: Account) -> None:
        """Carry out the feeds of a seller whose time is over, whether somebody has looked at them or not."""
        for desk in self.feeds.values():
            desk.settle(account.seller_id)

    def update_order(self, order_id: str, *, age: float = FRESH_SECONDS, **changes: Any) -> WorldOrder:
        """Change an order of the demo account as `world.change.change_order` says.

        Its update time becomes `age` seconds ago; by default the next search sees it at once.
        """
        return self._change(order_id, age, lambda order, moment: change_order(self.world, order, moment, **changes))

    def add_package(
        self,
        order_id: str,
        *,
        age: float = FRESH_SECONDS,
        items: Mapping[str, int] | None = None,
        label: bool = False,
        imported: bool = False,
        **known: str,
    ) -> Package:
        """Others than the seller's program ship units of an order of the demo account; without `items`, the rest.

        label     the label was bought at Amazon, and nobody has fetched the package yet
        imported  as `world.change.change_order` has it
        known     `carrier`, `tracking`
        """

        def change(order: WorldOrder, moment: datetime) -> None:
            draft = order.draft
            draft.updated = moment
            rest = {line.item_id: draft.left(line.item_id) for line in draft.lines}
            wanted = rest if items is None else dict(items)
            if not any(wanted.values()) or any(not 0 <= number <= rest[one] for one, number in wanted.items()):
                raise ValueError(f"left to ship are {rest}")
            status = {"status": LABEL_BOUGHT} if label else {}
            add_package(self.world, order, draft.pack(wanted, **known, **status), moment, imported=imported)

        return self._change(order_id, age, change).draft.packages[-1]

    def _change(self, order_id: str, age: float, action: Callable[[WorldOrder, datetime], None]) -> WorldOrder:
        moment = whole_millisecond(self.clock.now() - timedelta(seconds=age))

        def change(order: WorldOrder) -> None:
            # An order never goes back in time, not even by two changes in a hurry.
            action(order, max(moment, order.updated + timedelta(milliseconds=1)))

        # What the seller told before comes first.
        self.confirmations.show(order_id)
        changed = self._demo_book.change(order_id, change)
        self.mailbox.tell_order(self.accounts[0].seller_id, changed, "Order Status Change")
        return changed

    def add_order(self, *, age: float = FRESH_SECONDS, **wishes: Any) -> WorldOrder:
        """A new order of the demo account, made as `world.change.new_order` says, `age` seconds old.

        What the merchant is to ship is no longer on offer.
        """
        moment = whole_millisecond(self.clock.now() - timedelta(seconds=age))
        order = new_order(self.world, moment, **wishes)
        self._demo_book.add(order)
        if order.draft.fulfilled_by == MERCHANT and order.draft.status != "CANCELLED":
            for line in order.draft.lines:
                self.listings.sold(self.accounts[0], line.sku or "", line.quantity)
        self.mailbox.tell_order(self.accounts[0].seller_id, order, "Order Created")
        return order

    def _report_done(self, seller_id: str, work: Work) -> None:
        told = {"reportId": work.id, "reportType": work.type, "processingStatus": work.status}
        payload = {"sellerId": seller_id, "accountId": f"amzn1.merchant.o.{seller_id}", **told}
        if work.document_id:
            payload["reportDocumentId"] = work.document_id
        self.mailbox.tell(seller_id, "REPORT_PROCESSING_FINISHED", {"reportProcessingFinishedNotification": payload})

    def _feed_done(self, seller_id: str, work: Work) -> None:
        told = {"feedId": work.id, "feedType": work.type, "processingStatus": work.status}
        payload = {"sellerId": seller_id, "accountId": f"amzn1.merchant.o.{seller_id}", **told}
        if work.document_id:
            payload["resultFeedDocumentId"] = work.document_id
        self.mailbox.tell(seller_id, "FEED_PROCESSING_FINISHED", {"feedProcessingFinishedNotification": payload})

    def add_history(self, count: int, days: float, **how: Any) -> list[WorldOrder]:
        """Older orders of the demo account, see `world.history`; the stock of its listings stays."""
        made = add_history(self.world, count, days, **how)
        for order in made:
            self._demo_book.add(order)
        return made

    def set_vacation(self, account: Account, country: str, on: bool) -> None:
        """Suspend an account's listings in a country, or list them again; ValueError where it does not sell."""
        ids = {one.marketplace_id for one in account.marketplaces if one.country == country}
        if not ids:
            raise ValueError(f"seller {account.seller_id} does not sell in {country}")
        account.suspended = account.suspended | ids if on else account.suspended - ids

    @property
    def _demo_book(self) -> OrderBook:
        return self.books[LIVE][self.accounts[0].seller_id]


def build_accounts(seed: int, regions: Sequence[str], sellers: int) -> list[Account]:
    """The demo seller's account in each region, then those of `sellers - 1` others in region eu."""
    unknown = [region for region in regions if region not in MARKETPLACES]
    if unknown:
        raise ValueError(f"region is {unknown[0]!r}: give one of {', '.join(MARKETPLACES)}")
    accounts = [
        Account(
            seller_id=f"A1SANDBOX{region.upper()}{derived(seed, f'seller {region}', 3).upper()}",
            region=region,
            store_name=f"Sandbox Trading {region.upper()}",
            marketplaces=MARKETPLACES[region],
        )
        for region in regions
    ]
    for number in range(2, sellers + 1):
        suffix = derived(seed, f"seller {number}", 3).upper()
        accounts.append(Account(f"A1SELLER{number:02d}{suffix}", "eu", f"Seller {number}", HOME, number=number))
    return accounts


def _private_names(account: Account) -> tuple[str, ...]:
    return ("private", "private sandbox") if account.number == 1 else (f"private {account.number}",)


def _applications(
    seed: int, accounts: Sequence[Account], now: float, redirect_uris: Sequence[str]
) -> list[Application]:
    wanted = {name: PRIVATE for account in accounts for name in _private_names(account)}
    wanted |= dict.fromkeys(("public", "public draft", "public sandbox"), PUBLIC)
    return [
        register(
            seed,
            name,
            mode,
            now,
            api_mode=SANDBOX if name.endswith("sandbox") else LIVE,
            draft=name.endswith("draft"),
            redirect_uris=redirect_uris,
        )
        for name, mode in wanted.items()
    ]
