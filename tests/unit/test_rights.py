"""Two companies in one store: a vendor meets every use case of core with what is the other company's.

The table below names an attempt for every public function that takes an actor; a new use case without an entry fails
here. Whatever is attempted is refused and written into the audit, or shows nothing of the other company.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import astuple
from datetime import timedelta
from typing import Any

import pytest

import core
from core import (
    apps,
    backup,
    clock,
    doctor,
    first_start,
    global_settings,
    health,
    keys,
    metrics,
    moving,
    schedules,
    status_reads,
    stores,
)
from core.actor import LOCAL_ADMIN, Actor
from core.categories import actions as categories
from core.categories import browse as trees
from core.categories import exchange as category_exchange
from core.categories.index import tree_index
from core.channels import consent, listener, registry, removal, verification
from core.channels.views import list_channels
from core.checks import Check
from core.doctor.condition import condition
from core.documents import as_json
from core.errors import RightsError, UsageError
from core.fields import exchange as field_exchange
from core.fields import mapping as fields
from core.fields.plan.sources import SKIP
from core.flows import again
from core.health import quotas
from core.jobs import list as listing
from core.jobs import requests, views
from core.jobs.views import JobView
from core.listings import actions as exports
from core.listings import links as listings
from core.listings import list as link_list
from core.listings import preview as listing_preview
from core.listings import products
from core.mappings import choices as mappings
from core.model.account import App
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.job import JobEvent, JobItem
from core.model.link import ListingLink, OrderLink
from core.model.listing import Listing
from core.model.notification import Notification, NotificationQueue
from core.model.operator import Operator
from core.model.order import AmazonOrder
from core.model.quota import Quota
from core.model.schedule import Schedule
from core.model.store import Store
from core.notifications import actions as notifications
from core.notifications import rotation, unreadable
from core.orders import actions as orders
from core.orders import detail as order_detail
from core.orders import list as order_list
from core.orders import plan_only, totals
from core.orders import preview as order_preview
from core.orders.declaration import ORDERS_IMPORT
from core.people import audit, operators, rights, sessions
from core.people.audit import list_entries
from core.people.login import actor_of
from core.product_types import definitions
from core.products import actions as imports
from core.products import catalogue, issues, listed, undo
from core.products import rows as product_rows
from core.shipments import actions as shipments
from core.shipments import list as shipment_list
from core.status import Status
from core.stock import actions as stock
from core.stop_writes import note_move, stop_writes
from core.subjects import Subject
from core.sync import history, problems
from core.timeline import timeline
from core.workspace import Workspace
from tests.unit.builders import FR, NOON, add_job, connect_channel, order_intent, order_problem
from tests.whole_rows import whole_rows

OTHERS = "fr-of-others"
"""The channel of the other company; no answer may hold this word."""

NOT_FOR_PEOPLE = {
    "core.products.catalogue.shelves",
    "core.people.audit.record",
    "core.backup.restore",
    "core.categories.mapping.write",
    "core.channels.machine_keys.guarded",
    "core.channels.placement.full_name",
    "core.channels.placement.refuse_double",
    "core.channels.proof.asking",
    "core.channels.sellers.keep_proof",
    "core.channels.sellers.proven_account",
    "core.channels.walls.guard_account",
    "core.channels.walls.guard_app",
    "core.channels.walls.walled",
    "core.doctor.data.checks",
    "core.fields.rows.write",
    "core.health.reads.channels",
    "core.listings.products.may_link",
    "core.listings.products.mirrored",
}
"""Parts of use cases, handed an actor that was asked already; a backup is restored by the local admin alone."""


class Shop:
    """Channel `de` of company 1, whose vendor is vera; channel `fr-of-others` of company 2 with a job."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.database = workspace.database
        self.own = connect_channel(self.database, company_id=1)
        self.channel = connect_channel(self.database, name=OTHERS, marketplace_id=FR, company_id=2)
        self.job = add_job(self.database, self.channel, state="failed", finished_at=NOON)
        with self.database.write() as session:
            session.add(
                Store(name="second", url="https://two.example", email="x@two.example", api_key="k", currency="")
            )
            for own in (self.own, self.channel):  # to name another's queue opens nothing
                session.get_one(Channel, own.id).notifications = {"queue_url": "https://sqs.example/1/q"}
            session.add(NotificationQueue(address="https://sqs.example/1/q"))
            session.flush()
            told = {"notification_id": "m", "kind": "", "state": "unreadable", "reason": OTHERS, "body": "x"}
            session.add(Notification(queue_id=1, **told))
            app = session.get_one(App, 1)
            app.client_id = CLIENT
            session.add(app)
            session.add(JobEvent(job_id=self.job, text=OTHERS))
            session.add(JobItem(job_id=self.job, subject="order 1", result="failed"))
            problem = {"code": "sku_unknown", "message": OTHERS, "fix": ""}
            theirs = self.channel.id or 0
            session.add(order_problem(channel_id=theirs, subject="order 1", **problem))
            session.add(Schedule(channel_id=theirs, stream="orders", every_seconds=900, next_run=NOON))
            session.add(Cursor(owner="seller 1", stream="orders", scope=FR, position=NOON))
            session.add(order_intent(store_id=1, channel_id=theirs, subject="order 1", kind="order.create"))
            link = {"store_order_id": 7, "store_status": "P", "amazon_status": "UNSHIPPED", "total": "1.00 EUR"}
            session.add(OrderLink(channel_id=theirs, order_id="2", store_id=1, **link))
            listing = {"sku": "A", "store_id": 1, "product_id": 12, "linked_by": "alice"}
            session.add(ListingLink(channel_id=theirs, **listing))
            session.add(Listing(account_id=1, marketplace_id=FR, sku="A"))
            session.add(Quota(key="live/client/SELLER/searchOrders", tokens=1, updated_at=NOON, rate=1, burst=20))
            order = {"status": "UNSHIPPED", "fulfilled_by": "MERCHANT", "created_at": NOON, "updated_at": NOON}
            order |= {"fingerprint": "f", "dirty": False, "raw": {"orderId": "1"}}
            for order_id, marketplace_id in (("1", FR), ("2", FR)):
                session.add(AmazonOrder(account_id=1, order_id=order_id, marketplace_id=marketplace_id, **order))
        operators.add(workspace, LOCAL_ADMIN, "alice", role="admin")
        operators.add(workspace, LOCAL_ADMIN, "vera", role="vendor", store="main", company_id=1)
        with self.database.read() as session:
            self.vera = actor_of(session.get_one(Operator, 2))

    @property
    def job_view(self) -> JobView:
        return views.get_job(self.database, LOCAL_ADMIN, self.job)


@pytest.fixture
def it(workspace: Workspace) -> Shop:
    return Shop(workspace)


Attempt = Callable[[Shop, Actor], Any]

CLIENT = "amzn1.application-oa2-client.shared"
STORE = {"name": "third", "url": "https://three.example", "email": "x@three.example", "api_key": "k"}
CHANNEL = {
    "name": "new",
    "region": "eu",
    "country": "DE",
    "client_id": CLIENT,
    "client_secret": "amzn1.oa2-cs.v1.mine",
    "refresh_token": "Atzr|mine",
    "seller_id": "SELLER",
}
MACHINE = {"notifications": {"machine_keys": True}}

REFUSED: list[tuple[Any, Attempt]] = [
    (apps.add, lambda it, actor: apps.add(it.workspace, actor, {}, verify=False)),
    (apps.edit, lambda it, actor: apps.edit(it.workspace, actor, {"name": "app"}, verify=False)),
    (rotation.ask, lambda it, actor: rotation.ask(it.workspace, actor, "app")),
    (rotation.state, lambda it, actor: rotation.state(it.workspace, actor, "app")),
    (rotation.look, lambda it, actor: rotation.look(it.workspace, actor, "app", {}, seconds=0)),
    (apps.show, lambda it, actor: apps.show(it.workspace, actor, "app")),
    (apps.list_apps, lambda it, actor: apps.list_apps(it.workspace, actor)),
    (apps.get, lambda it, actor: apps.get(it.workspace, actor, "app")),
    (backup.save, lambda it, actor: backup.save(it.workspace, actor, it.workspace.settings.home / "x")),
    (metrics.text, lambda it, actor: metrics.text(it.workspace, actor)),
    (moving.move, lambda it, actor: moving.move(it.workspace, actor, "sqlite:///elsewhere.db")),
    (moving.cancel, lambda it, actor: moving.cancel(it.workspace, actor)),
    (consent.begin, lambda it, actor: consent.begin(it.workspace, actor, OTHERS)),
    (consent.finish, lambda it, actor: consent.finish(it.workspace, actor, OTHERS, "https://x.example/?state=1")),
    (listener.authorize, lambda it, actor: listener.authorize(it.workspace, actor, OTHERS, tell=lambda _: None)),
    (registry.add, lambda it, actor: registry.add(it.workspace, actor, CHANNEL | {"company_id": 2}, verify=False)),
    (registry.add, lambda it, actor: registry.add(it.workspace, actor, CHANNEL | {"store": "second"}, verify=False)),
    (registry.add, lambda it, actor: registry.add(it.workspace, actor, CHANNEL, verify=False)),
    (registry.edit, lambda it, actor: registry.edit(it.workspace, actor, {"name": OTHERS})),
    (registry.edit, lambda it, actor: registry.edit(it.workspace, actor, {"name": "de", "company_id": 2})),
    (registry.edit, lambda it, actor: registry.edit(it.workspace, actor, {"name": "de", "refresh_token": "Atzr|mine"})),
    (registry.edit, lambda it, actor: registry.edit(it.workspace, actor, {"name": "de", "client_secret": "mine"})),
    (registry.copy, lambda it, actor: registry.copy(it.workspace, actor, "de", "new", "IT")),
    (registry.set_enabled, lambda it, actor: registry.set_enabled(it.workspace, actor, OTHERS, False)),
    (registry.copy, lambda it, actor: registry.copy(it.workspace, actor, OTHERS, "new", "IT")),
    (removal.preview, lambda it, actor: removal.preview(it.workspace, actor, OTHERS)),
    (removal.remove, lambda it, actor: removal.remove(it.workspace, actor, OTHERS)),
    (apps.remove, lambda it, actor: apps.remove(it.workspace, actor, "app")),
    (registry.show, lambda it, actor: registry.show(it.workspace, actor, OTHERS)),
    (registry.get, lambda it, actor: registry.get(it.workspace, actor, OTHERS)),
    (verification.verify, lambda it, actor: verification.verify(it.workspace, actor, OTHERS)),
    (
        doctor.examine,
        lambda it, actor: doctor.examine(it.workspace.settings, actor, queue=lambda _: Check("queue", True, "")),
    ),
    (global_settings.show, lambda it, actor: global_settings.show(it.workspace, actor)),
    (global_settings.change, lambda it, actor: global_settings.change(it.workspace, actor, {"app_mode": "public"})),
    (requests.request, lambda it, actor: requests.request(it.database, actor, ORDERS_IMPORT, it.channel, {})),
    (orders.hold, lambda it, actor: orders.hold(it.workspace, actor, OTHERS, ["1"])),
    (orders.release, lambda it, actor: orders.release(it.workspace, actor, OTHERS, ["1"])),
    (orders.retry, lambda it, actor: orders.retry(it.workspace, actor, OTHERS, ["1"])),
    (orders.reconcile, lambda it, actor: orders.reconcile(it.workspace, actor, OTHERS)),
    (orders.purge_orders, lambda it, actor: orders.purge_orders(it.workspace, actor, OTHERS)),
    (orders.read_again, lambda it, actor: orders.read_again(it.workspace, actor, OTHERS, ["1"])),
    (orders.replan, lambda it, actor: orders.replan(it.workspace, actor, it.channel, ["1"])),
    (
        plan_only.answered,
        lambda it, actor: plan_only.answered(it.workspace, actor, it.channel, {"from": "2026-11-01T00:00:00Z"}),
    ),
    (order_preview.preview, lambda it, actor: order_preview.preview(it.workspace, actor, OTHERS, "1")),
    (listings.link, lambda it, actor: listings.link(it.workspace, actor, OTHERS, "A", 1)),
    (listings.unlink, lambda it, actor: listings.unlink(it.workspace, actor, OTHERS, "A")),
    (exports.export_products, lambda it, actor: exports.export_products(it.workspace, actor, OTHERS)),
    (exports.close_listings, lambda it, actor: exports.close_listings(it.workspace, actor, OTHERS, ["A"])),
    (exports.follow_listings, lambda it, actor: exports.follow_listings(it.workspace, actor, OTHERS)),
    (notifications.set_up, lambda it, actor: notifications.set_up(it.workspace, actor, OTHERS)),
    (notifications.status, lambda it, actor: notifications.status(it.workspace, actor, OTHERS)),
    (unreadable.drop, lambda it, actor: unreadable.drop(it.workspace, actor, {1})),
    (unreadable.try_again, lambda it, actor: unreadable.try_again(it.workspace, actor, {1}, {}, lambda _: None)),
    (registry.edit, lambda it, actor: registry.edit(it.workspace, actor, {"name": "de"} | MACHINE)),
    (notifications.poll, lambda it, actor: notifications.poll(it.workspace, actor, OTHERS, {})),
    (exports.retry, lambda it, actor: exports.retry(it.workspace, actor, OTHERS, ["A"])),
    (listings.links, lambda it, actor: listings.links(it.workspace, actor, OTHERS)),
    (listings.show, lambda it, actor: listings.show(it.workspace, actor, OTHERS, "A")),
    (products.title_of, lambda it, actor: products.title_of(it.workspace, actor, OTHERS, "A")),
    (products.channel_and_store, lambda it, actor: products.channel_and_store(it.workspace, actor, OTHERS)),
    (products.similar_products, lambda it, actor: products.similar_products(it.workspace, actor, OTHERS, "A")),
    (products.suggested_products, lambda it, actor: products.suggested_products(it.workspace, actor, OTHERS, "A")),
    (products.search_products, lambda it, actor: products.search_products(it.workspace, actor, OTHERS, "A")),
    (mappings.mapping, lambda it, actor: mappings.mapping(it.workspace, actor, OTHERS, "payments")),
    (mappings.choices, lambda it, actor: mappings.choices(it.workspace, actor, OTHERS, "payments")),
    (mappings.set_mapping, lambda it, actor: mappings.set_mapping(it.workspace, actor, OTHERS, "payments", "cod", "6")),
    (mappings.unset_mapping, lambda it, actor: mappings.unset_mapping(it.workspace, actor, OTHERS, "payments", "cod")),
    (mappings.export_mappings, lambda it, actor: mappings.export_mappings(it.workspace, actor, OTHERS)),
    (
        mappings.import_mappings,
        lambda it, actor: mappings.import_mappings(it.workspace, actor, OTHERS, {"carriers": {}}),
    ),
    (categories.refresh_categories, lambda it, actor: categories.refresh_categories(it.workspace, actor, OTHERS)),
    (categories.list_categories, lambda it, actor: categories.list_categories(it.workspace, actor, OTHERS)),
    (categories.map_category, lambda it, actor: categories.map_category(it.workspace, actor, OTHERS, 1, "1", "LAMP")),
    (categories.unmap_category, lambda it, actor: categories.unmap_category(it.workspace, actor, OTHERS, 1)),
    (categories.suggestions, lambda it, actor: categories.suggestions(it.workspace, actor, OTHERS, [1])),
    (category_exchange.export_sheet, lambda it, actor: category_exchange.export_sheet(it.workspace, actor, OTHERS)),
    (
        category_exchange.import_sheet,
        lambda it, actor: category_exchange.import_sheet(it.workspace, actor, OTHERS, b"cscart,amazon,product_type"),
    ),
    (fields.show, lambda it, actor: fields.show(it.workspace, actor, OTHERS, "LAMP")),
    (fields.set_field, lambda it, actor: fields.set_field(it.workspace, actor, "brand", SKIP, channel=OTHERS)),
    (fields.unset_field, lambda it, actor: fields.unset_field(it.workspace, actor, "brand", channel=OTHERS)),
    (fields.scope_of, lambda it, actor: fields.scope_of(it.workspace, actor, "", "main")),
    (field_exchange.export_sheet, lambda it, actor: field_exchange.export_sheet(it.workspace, actor, channel=OTHERS)),
    (
        field_exchange.import_sheet,
        lambda it, actor: field_exchange.import_sheet(it.workspace, actor, b"product_type", channel=OTHERS),
    ),
    (listing_preview.preview, lambda it, actor: listing_preview.preview(it.workspace, actor, OTHERS, 1)),
    (
        listing_preview.preview_export,
        lambda it, actor: listing_preview.preview_export(it.workspace, actor, OTHERS, skus=["A"]),
    ),
    (again.cancel, lambda it, actor: again.cancel(it.database, actor, it.job)),
    (again.retry, lambda it, actor: again.retry(it.database, actor, it.job)),
    (views.get_job, lambda it, actor: views.get_job(it.database, actor, it.job)),
    (views.events_after, lambda it, actor: views.events_after(it.database, actor, it.job)),
    (views.item_problems, lambda it, actor: views.item_problems(it.database, actor, it.job)),
    (views.item_details, lambda it, actor: views.item_details(it.database, actor, it.job)),
    (views.job_document, lambda it, actor: views.job_document(it.database, actor, it.job_view)),
    (keys.rotate, lambda it, actor: keys.rotate(it.workspace.settings, it.database, actor)),
    (keys.replace_lost, lambda it, actor: keys.replace_lost(it.workspace.settings, it.database, actor)),
    (operators.add, lambda it, actor: operators.add(it.workspace, actor, "eve", role="admin")),
    (operators.show, lambda it, actor: operators.show(it.workspace, actor, "alice")),
    (operators.set_password, lambda it, actor: operators.set_password(it.workspace, actor, "alice", "x" * 12)),
    (operators.issue_token, lambda it, actor: operators.issue_token(it.workspace, actor, "vera")),
    (operators.revoke_token, lambda it, actor: operators.revoke_token(it.workspace, actor, "alice")),
    (operators.set_enabled, lambda it, actor: operators.set_enabled(it.workspace, actor, "alice", False)),
    (operators.remove, lambda it, actor: operators.remove(it.workspace, actor, "alice")),
    (orders.import_orders, lambda it, actor: orders.import_orders(it.workspace, actor, OTHERS)),
    (
        orders.expected_import,
        lambda it, actor: orders.expected_import(it.workspace, actor, OTHERS, created_from="2026-11-01T00:00:00Z"),
    ),
    (orders.list_orders, lambda it, actor: orders.list_orders(it.workspace, actor, OTHERS)),
    (order_detail.order_detail, lambda it, actor: order_detail.order_detail(it.workspace, actor, OTHERS, "1")),
    (order_detail.buyer, lambda it, actor: order_detail.buyer(it.workspace, actor, OTHERS, "1")),
    (timeline, lambda it, actor: timeline(it.workspace, actor, OTHERS, "1")),
    (imports.import_products, lambda it, actor: imports.import_products(it.workspace, actor, OTHERS, skus=["A"])),
    (imports.retry, lambda it, actor: imports.retry(it.workspace, actor, OTHERS, ["A"])),
    (imports.list_listings, lambda it, actor: imports.list_listings(it.workspace, actor, OTHERS)),
    (trees.both_trees, lambda it, actor: trees.both_trees(it.workspace, actor, OTHERS)),
    (trees.node_of, lambda it, actor: trees.node_of(it.workspace, actor, OTHERS, "1")),
    (trees.nodes_below, lambda it, actor: trees.nodes_below(it.workspace, actor, OTHERS, "")),
    (trees.nodes_of, lambda it, actor: trees.nodes_of(it.workspace, actor, OTHERS, [1])),
    (tree_index, lambda it, actor: tree_index(it.workspace, actor, OTHERS)),
    (mappings.refresh_choices, lambda it, actor: mappings.refresh_choices(it.workspace, actor, OTHERS, "payments")),
    (undo.undoable, lambda it, actor: undo.undoable(it.workspace, actor, it.job)),
    (undo.undo_import, lambda it, actor: undo.undo_import(it.workspace, actor, it.job)),
    (imports.list_products, lambda it, actor: imports.list_products(it.workspace, actor, OTHERS)),
    (stock.sync, lambda it, actor: stock.sync(it.workspace, actor, OTHERS)),
    (stock.push, lambda it, actor: stock.push(it.workspace, actor, OTHERS)),
    (stock.counts, lambda it, actor: stock.counts(it.workspace, actor, OTHERS)),
    (stock.awaits_counts, lambda it, actor: stock.awaits_counts(it.workspace, actor, OTHERS, "CAP-9")),
    (stock.confirm_counts, lambda it, actor: stock.confirm_counts(it.workspace, actor, OTHERS)),
    (stock.release_counts, lambda it, actor: stock.release_counts(it.workspace, actor, OTHERS)),
    (stock.release_vanished, lambda it, actor: stock.release_vanished(it.workspace, actor, OTHERS)),
    (stock.release_prices, lambda it, actor: stock.release_prices(it.workspace, actor, OTHERS, ["A"])),
    (stock.retry, lambda it, actor: stock.retry(it.workspace, actor, OTHERS, ["A"])),
    (shipments.push_shipments, lambda it, actor: shipments.push_shipments(it.workspace, actor, OTHERS)),
    (shipments.retry, lambda it, actor: shipments.retry(it.workspace, actor, OTHERS, ["1"])),
    (shipments.list_shipments, lambda it, actor: shipments.list_shipments(it.workspace, actor, OTHERS)),
    (
        shipments.enter_shipment,
        lambda it, actor: shipments.enter_shipment(it.workspace, actor, OTHERS, "2", carrier="dhl", tracking="1"),
    ),
    (fields.types_in_use, lambda it, actor: fields.types_in_use(it.workspace, actor, OTHERS)),
    (fields.features, lambda it, actor: fields.features(it.workspace, actor, OTHERS)),
    (definitions.show, lambda it, actor: definitions.show(it.workspace, actor, OTHERS, "LAMP")),
    (definitions.search, lambda it, actor: definitions.search(it.workspace, actor, OTHERS, keywords=["lamp"])),
    (rights.require_admin, lambda it, actor: rights.require_admin(it.database, actor, "do that")),
    (rights.require_company, lambda it, actor: rights.require_company(it.database, actor, 1, 2, "do that")),
    (rights.require_channel, lambda it, actor: rights.require_channel(it.database, actor, OTHERS)),
    (rights.require_store, lambda it, actor: rights.require_store(it.database, actor, "second")),
    (rights.require_job, lambda it, actor: rights.require_job(it.database, actor, it.job)),
    (stores.add, lambda it, actor: stores.add(it.workspace, actor, STORE, verify=False)),
    (stores.edit, lambda it, actor: stores.edit(it.workspace, actor, {"name": "main"}, verify=False)),
    (stores.verify, lambda it, actor: stores.verify(it.workspace, actor, "main")),
    (stores.prepare_store, lambda it, actor: stores.prepare_store(it.workspace, actor, "main", apply=True)),
    (stores.show, lambda it, actor: stores.show(it.workspace, actor, "second")),
    (stores.remove, lambda it, actor: stores.remove(it.workspace, actor, "main")),
    (stores.get, lambda it, actor: stores.get(it.workspace, actor, "second")),
    (stores.lookups, lambda it, actor: stores.lookups(it.workspace, actor, "second", "payment")),
    (schedules.set_interval, lambda it, actor: schedules.set_interval(it.workspace, actor, OTHERS, 15)),
    (schedules.set_paused, lambda it, actor: schedules.set_paused(it.workspace, actor, OTHERS, True)),
    (schedules.reset, lambda it, actor: schedules.reset(it.workspace, actor, OTHERS)),
    (schedules.run, lambda it, actor: schedules.run(it.workspace, actor, OTHERS, "purge")),
    (first_start.is_begun, lambda it, actor: first_start.is_begun(it.workspace, actor)),
    (first_start.progress, lambda it, actor: first_start.progress(it.workspace, actor)),
    (stop_writes, lambda it, actor: stop_writes(it.workspace, actor, True)),
    (note_move, lambda it, actor: note_move(it.workspace, actor, True)),
]
"""What raises: the thing is not there for a vendor, or nobody but an admin may do it."""


def _numbers(status: Status) -> list[int]:
    """What the edge of every screen counts for a person."""
    return [number for number in (status.active_jobs, status.needs_person) if number]


NAMED: list[tuple[Any, Attempt]] = [
    (listing.job_keys, lambda it, actor: listing.job_keys(it.database, actor, listing.JobFilter(channel=OTHERS)).keys),
    (
        history.history_of,
        lambda it, actor: history.history_of(it.database, actor, OTHERS, Subject("order", "1"), "orders"),
    ),
    (views.last_job_of, lambda it, actor: views.last_job_of(it.database, actor, OTHERS, Subject("order", "1"))),
    (
        order_list.order_keys,
        lambda it, actor: order_list.order_keys(it.database, actor, order_list.OrderFilter(channel=OTHERS)).keys,
    ),
    (
        shipment_list.shipment_keys,
        lambda it, actor: (
            shipment_list.shipment_keys(it.database, actor, shipment_list.ShipmentFilter(channel=OTHERS)).keys
        ),
    ),
    (
        shipment_list.parcels_of_order,
        lambda it, actor: shipment_list.parcels_of_order(it.database, actor, OTHERS, "2"),
    ),
    (
        order_list.newest_order_keys,
        lambda it, actor: order_list.newest_order_keys(it.database, actor, OTHERS, 10),
    ),
    (problems.open_problems, lambda it, actor: problems.open_problems(it.database, actor, OTHERS)),
    (
        problems.holders_of,
        lambda it, actor: [
            flow
            for flow in problems.holders_of(it.database, actor, OTHERS, "sku_unknown", [Subject("order", "1")])
            if flow
        ],
    ),
    (problems.problem_of, lambda it, actor: problems.problem_of(it.database, actor, OTHERS, Subject("order", "1"))),
    (problems.problems_in, lambda it, actor: problems.problems_in(it.database, actor, OTHERS, "sku_unknown", "")),
    (problems.problem_groups, lambda it, actor: problems.problem_groups(it.database, actor, OTHERS)),
    (
        problems.problem_keys,
        lambda it, actor: problems.problem_keys(it.database, actor, OTHERS, "sku_unknown", ""),
    ),
    (
        totals.troubled_totals,
        lambda it, actor: totals.troubled_totals(it.database, actor, "sku_unknown", channel=OTHERS),
    ),
    (catalogue.read_catalogue, lambda it, actor: catalogue.read_catalogue(it.database, actor, OTHERS).keys),
    (
        listed.listing_keys,
        lambda it, actor: listed.listing_keys(it.database, actor, catalogue.ProductFilter(channel=OTHERS)).keys,
    ),
    (issues.issue_groups, lambda it, actor: issues.issue_groups(it.database, actor, OTHERS)),
    (catalogue.first_keys, lambda it, actor: catalogue.first_keys(it.database, actor, OTHERS, 9)),
    (
        link_list.link_keys,
        lambda it, actor: link_list.link_keys(it.database, actor, link_list.LinkFilter(channel=OTHERS)).keys,
    ),
    (link_list.link_use, lambda it, actor: any(astuple(link_list.link_use(it.database, actor, OTHERS, "A")))),
    (rights.note_channel, lambda it, actor: rights.note_channel(it.database, actor, OTHERS)),
]
"""What is asked for another's channel by name: it is as empty as for a channel that does not exist, and audited."""

EMPTY: list[tuple[Any, Attempt]] = [
    (status_reads.status_reader, lambda it, actor: _numbers(status_reads.status_reader(it.database, lambda: actor)())),
    (audit.list_entries, lambda it, actor: audit.list_entries(it.database, actor, subject=f"channel {OTHERS}")),
    (unreadable.list_messages, lambda it, actor: unreadable.list_messages(it.workspace, actor)),
    (list_channels, lambda it, actor: list_channels(it.workspace, actor)[1:]),
    (health.overview, lambda it, actor: health.overview(it.database, actor).channels[1:]),
    (condition, lambda it, actor: [check for check in condition(it.workspace, actor) if OTHERS in str(check)]),
    (
        quotas.account_quotas,
        lambda it, actor: [one for one in quotas.account_quotas(it.database, actor) if OTHERS in str(one)],
    ),
    (health.history, lambda it, actor: [day for day in health.history(it.database, actor).days if day.orders]),
    (listing.job_keys, lambda it, actor: listing.job_keys(it.database, actor, listing.JobFilter()).keys),
    (listing.jobs_page, lambda it, actor: listing.jobs_page(it.database, actor, range(9))),
    (
        schedules.list_schedules,
        lambda it, actor: [view for view in schedules.list_schedules(it.database, actor) if view.channel != "de"],
    ),
    (views.list_jobs, lambda it, actor: views.list_jobs(it.database, actor)),
    (operators.list_operators, lambda it, actor: operators.list_operators(it.workspace, actor)[1:]),
    (shipment_list.shipment_rows, lambda it, actor: shipment_list.shipment_rows(it.database, actor, range(9))),
    (problems.problem_rows, lambda it, actor: problems.problem_rows(it.database, actor, range(9))),
    (product_rows.product_rows, lambda it, actor: product_rows.product_rows(it.database, actor, range(9))),
    (link_list.link_rows, lambda it, actor: link_list.link_rows(it.database, actor, range(9))),
    (order_list.order_rows, lambda it, actor: order_list.order_rows(it.database, actor, range(9))),
    (problems.open_problems, lambda it, actor: problems.open_problems(it.database, actor)),
    (problems.problem_groups, lambda it, actor: problems.problem_groups(it.database, actor)),
    (stores.list_stores, lambda it, actor: stores.list_stores(it.workspace, actor)[1:]),
    (rights.visible_channels, lambda it, actor: []),  # the condition behind all of these
    (rights.refused, lambda it, actor: []),
    (rights.note, lambda it, actor: []),
    (rights.unseen, lambda it, actor: []),
    (sessions.goes_on, lambda it, actor: []),
    (sessions.is_over, lambda it, actor: []),
]
"""Lists that hold nothing of others without being asked for them; what is the vendor's own is cut off."""


def named(case: tuple[Any, Attempt]) -> str:
    return f"{case[0].__module__}.{case[0].__name__}"


def attempts(it: Shop) -> list[audit.EntryView]:
    return [
        e for e in list_entries(it.database, LOCAL_ADMIN, operator="vera", limit=1_000) if e.action == audit.REFUSED
    ]


def test_a_vendor_is_refused_and_each_attempt_is_audited(it: Shop) -> None:
    for audited, case in enumerate(REFUSED, start=1):
        with pytest.raises((RightsError, UsageError)) as caught:
            case[1](it, it.vera)
        if isinstance(caught.value, UsageError):
            assert caught.value.what.startswith("There is no such "), named(case)
        assert len(attempts(it)) == audited, named(case)


def test_no_attempt_touches_a_row(it: Shop) -> None:
    """What is answered is one thing, what has happened meanwhile another: only the audit may have grown."""
    before = whole_rows(it.database, but=("audit",))
    assert {table for table, _ in before} >= {
        "channel",
        "seller_account",
        "app",
        "outbox",
        "job",
        "problem",
        "schedule",
    }
    for case in REFUSED + NAMED + EMPTY:
        with contextlib.suppress(RightsError, UsageError):
            case[1](it, it.vera)
        assert whole_rows(it.database, but=("audit",)) == before, named(case)


def test_lists_of_anothers_are_empty_and_each_attempt_is_audited(it: Shop) -> None:
    for audited, case in enumerate(NAMED, start=1):
        assert not case[1](it, it.vera), named(case)
        assert [entry.subject for entry in attempts(it)] == [f"channel {OTHERS}"] * audited, named(case)


def test_lists_hold_nothing_of_others(it: Shop) -> None:
    for case in EMPTY:
        assert not case[1](it, it.vera), named(case)
    assert attempts(it) == []


def test_an_admin_is_not_refused_the_same(it: Shop) -> None:
    """Else the attempts above would be refused for another reason."""
    for case in NAMED[:-1]:
        case[1](it, LOCAL_ADMIN)
    for function in (registry.show, registry.get, orders.list_orders):
        assert function(it.workspace, LOCAL_ADMIN, OTHERS) is not None
    assert views.get_job(it.database, LOCAL_ADMIN, it.job).channel == OTHERS
    assert [entry for entry in list_entries(it.database, LOCAL_ADMIN) if entry.action == audit.REFUSED] == []


def test_no_use_case_is_missing_here() -> None:
    known = {named(case) for case in REFUSED + NAMED + EMPTY} | NOT_FOR_PEOPLE
    found = set()
    for module in pkgutil.walk_packages(core.__path__, "core."):
        if ".migrations." in module.name:
            continue
        for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            own = function.__module__ == module.name and not name.startswith("_")
            if own and "actor" in inspect.signature(function).parameters:
                found.add(f"{module.name}.{name}")
    assert found == known, "Give each new use case an attempt in REFUSED, NAMED or EMPTY above."


@pytest.mark.parametrize("name", ["nobody", OTHERS])
def test_anothers_channel_looks_like_none(it: Shop, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        registry.show(it.workspace, it.vera, name)
    assert str(caught.value) == f"channel {name}: There is no such channel. See: crossdock channel list"
    assert len(attempts(it)) == (name == OTHERS)


def test_of_the_store_a_vendor_sees_the_name(it: Shop) -> None:
    told = {name for name, value in as_json(stores.show(it.workspace, it.vera, "main")).items() if value}
    assert told == {"name", "channels", "api_key"}


def test_a_vendor_whose_account_is_disabled_meanwhile_sees_and_does_nothing(it: Shop) -> None:
    assert [channel.name for channel in list_channels(it.workspace, it.vera)] == ["de"]
    operators.set_enabled(it.workspace, LOCAL_ADMIN, "vera", False)
    assert list_channels(it.workspace, it.vera) == []
    with pytest.raises(UsageError):
        orders.import_orders(it.workspace, it.vera, "de")
    with pytest.raises(RightsError):
        requests.request(it.database, it.vera, ORDERS_IMPORT, it.own, {})
    assert len(attempts(it)) == 2


def test_an_admin_whose_account_is_deleted_meanwhile_may_nothing(it: Shop) -> None:
    operators.add(it.workspace, LOCAL_ADMIN, "bob", role="admin")
    with it.database.read() as session:
        alice = actor_of(session.get_one(Operator, 1))
    operators.remove(it.workspace, alice, "alice")
    with pytest.raises(RightsError):
        stop_writes(it.workspace, alice, True)
    assert list_channels(it.workspace, alice) == []


def test_what_is_their_own_a_vendor_may_do(it: Shop) -> None:
    asked = orders.import_orders(it.workspace, it.vera, "de")
    assert views.get_job(it.database, it.vera, asked.job_id).requested_by == "vera"
    assert [event.text for event in views.events_after(it.database, it.vera, asked.job_id)]
    again.cancel(it.database, it.vera, asked.job_id)
    assert registry.set_enabled(it.workspace, it.vera, "de", False).enabled is False
    assert attempts(it) == []


def test_the_audit_of_refusals_is_for_admins(it: Shop) -> None:
    with pytest.raises(UsageError):
        registry.show(it.workspace, it.vera, OTHERS)
    since = clock.now() - timedelta(minutes=1)
    assert OTHERS not in str(list_entries(it.database, it.vera, since=since))
