"""SKUs in every stage that they can have, and what lists say of them; on either server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, delete, select, update

from core.actor import LOCAL_ADMIN
from core.database import Database
from core.listings.exports import sent_in
from core.listings.watching import begin_watching
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.listing_export import ACCEPTED, BUYABLE, CLOSED, ISSUES, PLANNED, SUBMITTED, WATCHED, ListingExport
from core.model.listing_issue import OF_LISTING, OF_SUBMISSION
from core.model.offer import Offer
from core.model.store import StoreProduct
from core.packing import packed
from core.products.catalogue import BY_ISSUES, ProductFilter
from core.products.issues import issue_groups, write_issues
from core.products.linking import link_in
from core.products.list import listed
from core.products.listed import listing_keys
from core.products.offers import match_again
from core.products.plan.issues import Issue
from core.products.rows import OF_STORE, product_rows
from core.products.stages import NONE, STATES
from core.submissions.message import ACCEPTED as TAKEN
from core.submissions.message import Answer, Message, Patch
from core.sync.dirty import mark_exports

THEN = datetime(2026, 11, 1, tzinfo=UTC)
SOON, LATER = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 9, tzinfo=UTC)
STAGES = {
    "BUYABLE": BUYABLE,
    "ACCEPTED": ACCEPTED,
    "ISSUES": ISSUES,
    "CLOSED": CLOSED,
    "CLOSED-AND-SENT": SUBMITTED,
    "CLOSED-OF-OLD": CLOSED,
    "PLANNED": PLANNED,
    "REFUSED": ISSUES,
    "SUBMITTED": SUBMITTED,
    "LINKED": NONE,
}
_BLURRED = Issue("18027", "ERROR", "main_image", "Für dieses Bild.", "INVALID_IMAGE", "LISTING_SUPPRESSED", LATER)
_MISSING = Issue("90220", "ERROR", "brand", "Missing.", "MISSING_ATTRIBUTE")
_WARNING = Issue("NEW-1", "WARNING", "", "Something new.", "SOMETHING_NEW")


def fill_stages(session: Session, channel: Channel) -> None:
    """A SKU in each stage, those with issues with some; one that is only watched is in none."""
    place = {"account_id": channel.account_id, "marketplace_id": channel.marketplace_id}
    closed = {"closed_at": THEN}
    listings: dict[str, dict[str, Any]] = {
        "BUYABLE": {"buyable": True, "issue_count": 1},
        "ACCEPTED": {},
        "ISSUES": {"issue_count": 2, "error_count": 1},
        "CLOSED": closed,
        "CLOSED-AND-SENT": closed,
        "CLOSED-OF-OLD": closed,
    }
    exports = {"PLANNED": PLANNED, "REFUSED": ISSUES, "SUBMITTED": SUBMITTED, "CLOSED-AND-SENT": SUBMITTED}
    exports |= {"CLOSED-OF-OLD": BUYABLE, "BUYABLE": SUBMITTED, "WATCHED": WATCHED}
    session.add_all([Listing(sku=sku, title=f"{sku} there", **place, **values) for sku, values in listings.items()])
    product = {"product_id": 11, "channel_id": channel.id}
    session.add_all([ListingExport(sku=sku, state=state, **place, **product) for sku, state in exports.items()])
    session.add(StoreProduct(store_id=channel.store_id, product_id=11, sku="PLANNED", name="A lamp"))
    link = {"store_id": channel.store_id, "product_id": 12, "linked_by": "anna", "linked_at": THEN}
    session.add(ListingLink(channel_id=channel.id, sku="LINKED", **link))
    told = {"ISSUES": [_BLURRED, _WARNING], "BUYABLE": [_WARNING], "CLOSED": [_MISSING]}
    write_issues(session, channel, OF_LISTING, told)
    sooner = Issue(**{**vars(_BLURRED), "deadline": SOON})
    refused = {"REFUSED": [_MISSING, sooner], "BUYABLE": [_MISSING]}
    write_issues(session, channel, OF_SUBMISSION, refused)


def check_stages(database: Database) -> None:
    """The command and the screen say the same of each, and groups hold what counts."""
    with database.read() as session:
        channel = session.exec(select(Channel)).one()
        found = {view.sku: view for view in listed(session, channel)}
        assert {sku: view.state for sku, view in found.items()} == STAGES
        for state in STATES:
            told = [view.sku for view in listed(session, channel, state=state)]
            assert told == sorted(sku for sku, stage in STAGES.items() if stage == state)
        assert [one.code for one in found["REFUSED"].issues] == ["90220", "18027"]
        assert [one.code for one in found["BUYABLE"].issues] == ["NEW-1"]
        (one,) = listed(session, channel, sku="ISSUES")
        assert (one.issues[0].deadline, bool(one.issues[0].cause and one.issues[0].fix)) == (LATER, True)

    def rows(**wanted: Any) -> dict[str, str]:
        keys = listing_keys(database, LOCAL_ADMIN, ProductFilter(**wanted)).keys
        return {row.sku: row.offer for row in product_rows(database, LOCAL_ADMIN, keys)}

    shown = {sku: state for sku, state in STAGES.items() if state != NONE}
    assert rows() == shown
    counts = listing_keys(database, LOCAL_ADMIN, ProductFilter()).counts
    assert counts == {ISSUES: 2, PLANNED: 1, SUBMITTED: 2, ACCEPTED: 1, BUYABLE: 1, CLOSED: 2}
    assert rows(states=frozenset({PLANNED})) == {"PLANNED": PLANNED}
    assert rows(text="für") == {"ISSUES": ISSUES, "REFUSED": ISSUES}
    assert rows(text="a lamp").keys() == {"PLANNED", "REFUSED", "SUBMITTED"}
    assert rows(code="NEW-1").keys() == {"ISSUES", "BUYABLE"}
    assert rows(code="90220").keys() == {"REFUSED"}, "as many as the group of the code has"
    assert list(rows(sort=BY_ISSUES))[:2] == ["ISSUES", "REFUSED"]
    groups = issue_groups(database, LOCAL_ADMIN)
    assert [(one.code, one.listings, one.severity, one.deadline) for one in groups] == [
        ("18027", 2, "ERROR", SOON),
        ("90220", 1, "ERROR", None),
        ("NEW-1", 2, "WARNING", None),
    ]
    assert all(one.fix for one in groups) and not groups[-1].cause


def check_watching(database: Database, channel: Channel) -> None:
    """A listing with a product is watched; another product begins that anew, and sends nothing.

    A changed mapping has it only planned again, as what was exported is with the product that the SKU means now.
    """
    place = {"account_id": channel.account_id, "marketplace_id": channel.marketplace_id}
    with database.write() as session:
        session.add_all([Listing(sku=sku, **place) for sku in ("NEW", "OURS", "PARTLY")])
        session.add(Listing(sku="GONE", closed_at=THEN, **place))
        product = {"store_id": channel.store_id, "product_id": 11}
        session.add_all([Offer(sku=sku, **product, **place) for sku in ("NEW", "OURS", "PARTLY", "GONE")])
        sent = {"product_id": 11, "channel_id": channel.id, "attributes": b"said", "product_type": "LAMP", **place}
        session.add(ListingExport(sku="OURS", state=BUYABLE, **sent))
        session.add(ListingExport(sku="PARTLY", state=BUYABLE, product=b"seen", **sent))

    def rows() -> dict[str, tuple[Any, ...]]:
        with database.read() as session:
            found = session.exec(select(ListingExport)).all()
            return {row.sku: (row.state, row.product_id, row.attributes, row.product, row.dirty) for row in found}

    with database.write() as session:
        begin_watching(session, channel)
    ours = (BUYABLE, 11, b"said", None, False)
    keys = listing_keys(database, LOCAL_ADMIN, ProductFilter(states=frozenset({ACCEPTED}))).keys
    contents = {row.sku: row.content for row in product_rows(database, LOCAL_ADMIN, keys)}
    assert contents == {"NEW": "", "OURS": OF_STORE, "PARTLY": WATCHED}
    assert rows() == {
        "NEW": (WATCHED, 11, None, None, True),
        "OURS": ours,
        "PARTLY": (BUYABLE, 11, b"said", b"seen", False),
    }
    with database.write() as session:
        mark_exports(session, [channel.id], ["BRACELET"])
    assert rows()["OURS"] == ours, "it is of another product type"
    with database.write() as session:
        mark_exports(session, [channel.id], ["LAMP"])
    assert rows() == {
        "NEW": (WATCHED, 11, None, None, True),
        "OURS": (BUYABLE, 11, b"said", None, True),
        "PARTLY": (BUYABLE, 11, b"said", b"seen", True),
    }
    with database.write() as session:
        session.exec(update(ListingExport).values(dirty=False))
        for sku in ("NEW", "OURS", "PARTLY"):
            link_in(session, "anna", channel, sku, 12)
    assert rows()["PARTLY"] == (WATCHED, 12, b"said", None, True), "the new product says what was sent, and no more"
    assert rows()["NEW"] == (WATCHED, 12, None, None, True)
    assert rows()["OURS"] == (BUYABLE, 12, b"said", None, True)
    late = [Message(sku, "LAMP", patches=(Patch("replace", "brand", ({"value": "X"},)),)) for sku in ("NEW", "LOST")]
    with database.write() as session:
        sent_in(session, channel, [(message, Answer(TAKEN, "1")) for message in late])
    assert rows()["NEW"] == (WATCHED, 12, packed({"brand": [{"value": "X"}]}), None, True), "it was on its way"
    with database.write() as session:
        session.exec(delete(ListingLink))
        for sku in ("NEW", "OURS", "PARTLY"):
            match_again(session, channel, sku)
    assert rows().keys() == {"OURS"}, "nothing says any more what the others mean"
