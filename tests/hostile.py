"""A home in which every text that somebody else may have written is hostile."""

from __future__ import annotations

import gzip
import json

from sqlalchemy import text
from sqlmodel import AutoString

from core import clock
from core.actor import LOCAL_ADMIN
from core.model.audit import AuditEntry
from core.model.category import BrowseNode, BrowseTree, CategoryMapping, StoreCategory
from core.model.field_mapping import FieldMapping
from core.model.job import JobState
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.listing_issue import OF_LISTING
from core.model.product_type import ProductTypeDefinition
from core.model.shipment import StoreShipment
from core.model.store import StoreLookup, StoreProduct
from core.model.tables import every_table
from core.people import operators
from core.products.issues import write_issues
from core.products.plan.issues import Issue
from core.workspace import Workspace
from tests.tui.order_rows import fill_orders
from tests.tui.rows import NOW, add_events, add_job, add_problem, add_worker

HOSTILE = (
    " a\x1b[31mb\x1b]0;owned\x07c\x9b2Jd\x9d0;owned\x9c\x07\x08e\r\nFORGED f\nFORGED\rFORGED\x0bFORGED\x0cFORGED"
    "\x85FORGED\u2028FORGED\u2029FORGED \u202egpj.exe\u2066\u061c\u200b\u200d\ufeff\xad\u2062\U000e0041\ue000\ufdd0\xa0"
    "\u3000\x7f\0"
    "[/foo][@click=app.quit]x[/]"
)
"""Everything at once that does more than show itself. A lone surrogate can be stored in JSON only."""
HARMLESS = " harmless"

_OWN = {
    "amazon_order": {"marketplace_id"},
    "app": {"mode", "api_mode", "region"},
    "browse_tree": {"api_mode", "marketplace_id"},
    "channel": {"name", "marketplace_id", "app_mode", "app_status"},
    "listing": {"marketplace_id", "currency", "fulfilment"},
    "job": {"kind", "state", "runs_in", "owner"},
    "job_item": {"result"},
    "operator": {"role", "password_hash", "token_hash"},
    "outbox": {"kind", "state"},
    "product_type_definition": {"api_mode", "marketplace_id", "product_type", "requirements", "locale", "parentage"},
    "seller_account": {"region", "api_mode", "state"},
    "store": {"currency", "api_form", "api_version"},
    "store_lookup": {"kind", "key"},
    **dict.fromkeys(
        ("cursor", "global_setting", "lease", "login_failure", "quota", "quota_usage", "schedule", "worker")
    ),
}
"""What only the program writes, in words of its own; of some tables all of it."""


def fill(workspace: Workspace, words: str) -> int:
    """Rows of every kind that commands and screens show, with `words` after every text; returns a job's number."""
    channel = fill_orders(workspace)
    counts = {"seen": 3, "created": 1, "updated": 0, "unchanged": 0, "held": 1, "failed": 1}
    job = add_job(workspace, JobState.FINISHED_WITH_PROBLEMS, channel, message="It ended.", counts=counts)
    add_job(workspace, JobState.WAITING, channel, step="Orders", waiting_for="a quota", not_before=NOW)
    add_job(workspace, JobState.RUNNING, channel, step="Orders", total=9)
    add_events(workspace, job, ["first", "second"], subject="order 1", level="warning")
    add_problem(workspace, job, "order 1")
    add_problem(workspace, job, "order 2", "failed")
    add_worker(workspace)
    operators.add(workspace, LOCAL_ADMIN, "vera", role="vendor", store="main", company_id=1)
    store = {"store_id": channel.store_id}
    with workspace.database.write() as session:
        parcel = {"shipment_id": 5, "store_order_id": 1_001, "carrier": "dhl", "tracking": "JJD", "shipped_at": NOW}
        session.add(StoreShipment(**parcel, **store))
        session.add(StoreProduct(product_id=7, sku="CAP", name="Cap", **store))
        issue = Issue(f"1{words}", "ERROR", f"a{words}", words)
        write_issues(session, channel, OF_LISTING, {"HAT": [issue]})
        offer = {"asin": "B0", "title": "Cap", "status": "active", "issue_count": 1, "error_count": 1}
        session.add(Listing(account_id=channel.account_id, marketplace_id=channel.marketplace_id, sku="HAT", **offer))
        session.add(StoreLookup(kind="payment", key="1", name="Card", **store))
        session.add(BrowseTree(id=1, api_mode="live", marketplace_id=channel.marketplace_id, job_id=1, is_current=True))
        session.flush()
        node = {"path": "1,2", "parent": "1", "depth": 2, "product_types": "LAMP", "leaf": True}
        session.add(BrowseNode(tree_id=1, node_id="2", name="Lamps", title="Lamps", folded="lamps", **node))
        session.add(StoreCategory(category_id=9, name="Light", title="Light", **store))
        mapping = {"category_id": 9, "node_id": "2", "product_type": "LAMP", "export_default": True}
        session.add(CategoryMapping(channel_id=channel.id, mapped_by="vera", **mapping))
        source = {"kind": "constant", "value": f"Acme{words}"}
        session.add(FieldMapping(channel_id=channel.id, attribute="brand", source=source, mapped_by="vera", **store))
        session.add(_definition(channel.marketplace_id, words))
        link = {"channel_id": channel.id, "sku": "CAP", "product_id": 7, "linked_by": "vera", "linked_at": NOW}
        session.add(ListingLink(**link, **store))
        detail = {"said": words, "in two halves": f"\ud800{words}"}
        session.add(AuditEntry(operator="vera", action="order.hold", subject="order 1", detail=detail))
        for table in every_table():
            own = _OWN.get(table.name, set())
            for column in table.columns if own is not None else ():
                if isinstance(column.type, AutoString) and column.name not in own:
                    change = f'UPDATE "{table.name}" SET "{column.name}" = "{column.name}" || :words'
                    session.execute(text(change), {"words": words})
    return job


def _definition(marketplace_id: str, words: str) -> ProductTypeDefinition:
    """One that is fresh, with `words` in its schema and in what that has changed."""
    value = {"type": "string", "enum": [f"dim{words}"]}
    attribute = {"title": f"Brightness{words}", "items": {"properties": {"value": value}}}
    schema = {"properties": {f"brightness{words}": attribute}}
    key = {"product_type": "LAMP", "requirements": "LISTING", "locale": "DEFAULT"}
    told = {"display_name": "Lamp", "told_locale": "de_DE", "version": "1", "checksum": "c"}
    return ProductTypeDefinition(
        api_mode="live",
        marketplace_id=marketplace_id,
        **key,
        **told,
        schema_file=gzip.compress(json.dumps(schema).encode()),
        property_groups={"light": {"title": f"Light{words}", "propertyNames": [f"brightness{words}"]}},
        changes={"added": [f"brightness{words}"], "values_added": {f"a{words}": [f"b{words}"]}},
        checked_at=clock.now(),
    )
