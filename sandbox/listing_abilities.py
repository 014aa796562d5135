"""What the sandbox can be asked to do about listings, categories and product types at Amazon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sandbox.ability import ability
from sandbox.amazon.access import Account
from sandbox.amazon.issues import ERROR, INVALID, SUPPRESSED, Noted
from sandbox.amazon.journal import Entry
from sandbox.amazon.listing_book import Publishing
from sandbox.amazon.listings_report import ReportForm
from sandbox.amazon.state import Amazon
from sandbox.listing_audit import ListingAudit, audit_listings, expected_listings
from sandbox.store.state import Store
from sandbox.world.fresh import Fresh

MOST_BROWSE_NODES = 500_000


class ListingAbilities:
    """A part of the sandbox."""

    amazon: Amazon
    store: Store
    fresh: list[Fresh]

    @ability("POST", "browse-tree", key="nodes")
    def set_browse_nodes(self, nodes: int) -> int:
        """Let each marketplace's tree have so many nodes, up to 500,000, in reports that are made from now on."""
        if not 0 <= nodes <= MOST_BROWSE_NODES:
            raise ValueError(f"a tree has up to {MOST_BROWSE_NODES:,} nodes")
        self.amazon.browse_nodes = int(nodes)
        return self.amazon.browse_nodes

    @ability("GET", "product-types")
    def get_product_types(self) -> dict[str, int]:
        """Product type -> which release of its schema is the newest."""
        types = self.amazon.product_types
        return {name: types.release(name) for name in sorted(types.names)}

    @ability("POST", "product-types/<name>", key="release")
    def set_product_type(self, name: str, release: int) -> int:
        """Let the schema of a product type be another release: 2 has other attributes and values than 1."""
        self.amazon.product_types.set_release(name, int(release))
        return self.amazon.product_types.release(name)

    @ability("POST", "listings", key="listings")
    def set_listings(self, unknown: int) -> int:
        """List so many products besides that the store does not have, up to a million; forgets changes of listings."""
        self.amazon.assortment.set_unknown(int(unknown))
        self.amazon.listings.forget()
        return self.amazon.assortment.unknown

    @ability("POST", "listings/change", body="changes")
    def change_listing(self, changes: Mapping[str, Any]) -> None:
        """Change the listing of a `sku`, see `Assortment.change`."""
        self.amazon.listings.change(**changes)

    @ability("POST", "listings/report", body="changes")
    def set_report_form(self, changes: Mapping[str, Any]) -> ReportForm:
        """Let the report of all listings come otherwise from now on, see `ReportForm`."""
        self.amazon.report_form.change(changes)
        return self.amazon.report_form

    @ability("POST", "listings/publishing", body="changes")
    def set_publishing(self, changes: Mapping[str, float]) -> Publishing:
        """Change how fast Amazon shows what it has accepted, see `Publishing`."""
        self.amazon.listings.publishing.change(changes)
        return self.amazon.listings.publishing

    @ability("POST", "listings/issue")
    def add_issue(
        self,
        sku: str,
        code: str = "18027",
        message: str = "The main image has text, logo, graphic or watermark which is not permitted.",
        *,
        after: float = 0.0,
        severity: str = ERROR,
        attribute_names: Sequence[str] = ("main_product_image_locator",),
        categories: Sequence[str] = (INVALID,),
        actions: Sequence[str] = (SUPPRESSED,),
        marketplace_ids: Sequence[str] = (),
        exempt_for: float | None = None,
        seller_id: str = "",
    ) -> None:
        """Let a listing have an issue, `after` seconds of the sandbox's clock; it is not sold with LISTING_SUPPRESSED.

        exempt_for  seconds from then until Amazon acts; without it, Amazon acts at once
        A write of one of the attributes takes the issue away.
        """
        since = self.amazon.clock.now() + timedelta(seconds=after)
        noted = Noted(
            code=code,
            message=message,
            since=since,
            severity=severity,
            names=tuple(attribute_names),
            categories=tuple(categories),
            actions=tuple(actions),
            places=frozenset(marketplace_ids),
            exempt=None if exempt_for is None else since + timedelta(seconds=exempt_for),
        )
        account = self._seller(seller_id)
        self.amazon.listings.note(account, sku, noted)
        if not after:
            places = marketplace_ids or [place.marketplace_id for place in account.marketplaces]
            about = {"SellerId": account.seller_id, "Asin": self.amazon.listings.asin(account, sku), "Sku": sku}
            told = about | {"Severities": [severity], "EnforcementActions": list(actions)}
            for place in places:
                self.amazon.mailbox.tell(
                    account.seller_id, "LISTINGS_ITEM_ISSUES_CHANGE", told | {"MarketplaceId": place}
                )

    @ability("GET", "listings/submissions", key="submissions")
    def submissions(self, seller_id: str = "") -> list[Entry]:
        """All submissions of a seller, with what became of them; the demo's without one."""
        account = self._seller(seller_id)
        self.amazon.settle(account)
        return self.amazon.journal.entries(account.seller_id)

    @ability("POST", "audit/listings", body="wishes")
    def audit_listings(self, wishes: Mapping[str, Any] | None = None) -> ListingAudit:
        """What the demo's seller lists compared with what the store has, and how it was sent; see `listing_audit`.

        Without `wanted` those products are expected that `add_fresh` has made and that have no flaw; the other wishes
        are those of `expected_listings`.
        """
        told = dict(wishes or {})
        seller = told.pop("seller_id", "")
        wanted = told.pop("wanted", None)
        if wanted is None:
            wanted = expected_listings(self.store, self.fresh, **told)
        account = self._seller(seller)
        self.amazon.settle(account)
        return audit_listings(self.amazon, self.store, account, account.marketplaces[0], wanted)

    def _seller(self, seller_id: str) -> Account:
        return self.amazon.account(seller_id) if seller_id else self.amazon.accounts[0]
