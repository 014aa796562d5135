"""What jobs do, by kind."""

from __future__ import annotations

from collections.abc import Callable

from core.flows.import_orders import import_orders
from core.jobs.context import JobContext
from core.workspace import Workspace

ORDERS_IMPORT = "orders.import"

FLOWS: dict[str, Callable[[Workspace, JobContext], None]] = {ORDERS_IMPORT: import_orders}
