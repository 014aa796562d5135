"""The tables, one file per subject. Importing this package registers all of them.

Conventions: money is a whole number of minor units beside its currency; time is aware UTC; enumerations of ours are
`StrEnum`s stored as text, and values from outside are stored as text, because they can grow. Secrets and personal data
have encrypted column types. A key that was given once is never given to another row (see `core.numbering`).
No `from __future__ import annotations` in here: the mapper needs real types.
"""

from sqlmodel import SQLModel

from core.model.account import App, AuthorizationRequest, SellerAccount
from core.model.audit import AuditEntry
from core.model.category import BrowseNode, BrowseTree, CategoryMapping, StoreCategory
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.field_mapping import FieldMapping
from core.model.job import Job, JobEvent, JobItem, JobState, Worker
from core.model.lease import Lease
from core.model.link import ListingLink, OrderLink
from core.model.listing import Listing
from core.model.listing_export import ListingExport
from core.model.offer import Offer
from core.model.operator import LoginFailure, Operator
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.model.product_type import ProductTypeDefinition, ProductTypeList
from core.model.quota import Quota, QuotaUsage
from core.model.schedule import Schedule
from core.model.setting import GlobalSetting
from core.model.shipment import StoreShipment
from core.model.store import Store, StoreLookup, StoreProduct

for _table in SQLModel.metadata.tables.values():
    if "id" in _table.columns:
        _table.dialect_options["sqlite"]["autoincrement"] = True

__all__ = [
    "AmazonOrder",
    "AmazonOrderItem",
    "App",
    "AuditEntry",
    "AuthorizationRequest",
    "BrowseNode",
    "BrowseTree",
    "CategoryMapping",
    "Channel",
    "Cursor",
    "FieldMapping",
    "GlobalSetting",
    "Job",
    "JobEvent",
    "JobItem",
    "JobState",
    "Lease",
    "Listing",
    "ListingExport",
    "ListingLink",
    "LoginFailure",
    "Offer",
    "Operator",
    "OrderLink",
    "OutboxIntent",
    "Problem",
    "ProductTypeDefinition",
    "ProductTypeList",
    "Quota",
    "QuotaUsage",
    "Schedule",
    "SellerAccount",
    "Store",
    "StoreCategory",
    "StoreLookup",
    "StoreProduct",
    "StoreShipment",
    "Worker",
]
