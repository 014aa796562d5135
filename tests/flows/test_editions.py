"""CS-Cart or Multi-Vendor: what a store is decides what its orders have to be, so it is proved or told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core import stores
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.errors import UsageError
from core.model.job import JobState
from core.model.store import Store
from core.settings import Settings
from core.workspace import Workspace
from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from tests.flows.kit import Shop

BLOCKED = {"kind": "html_503", "times": -1}


@contextmanager
def blocked(home: Path, *operations: str, edition: str = "MULTIVENDOR") -> Iterator[Shop]:
    """A home without a store, beside a store whose host blocks some of its pages."""
    with Sandbox(orders=30, other_orders=0, products=30, store_options={"edition": edition}) as sandbox:
        for operation in operations:
            sandbox.faults.add(Rule("store", operation, **BLOCKED))
        remotes = {"spapi_url": sandbox.amazon_url, "lwa_url": sandbox.lwa_url}
        workspace = Workspace(Settings(home=home, settle_seconds=1.0, store_timeout=2.0, **remotes))
        try:
            yield Shop(sandbox, workspace, "de")
        finally:
            workspace.close()


def connect(it: Shop, *, verify: bool = True, **more: Any) -> None:
    documents = it.sandbox.credentials()
    stores.add(it.workspace, LOCAL_ADMIN, documents["store"] | more, verify=verify)
    registry.add(it.workspace, LOCAL_ADMIN, documents["channel"])


def test_a_marketplace_whose_version_page_is_blocked_is_served_as_what_it_is(home: Path) -> None:
    with blocked(home, "getEdition") as it:
        connect(it)
        assert stores.show(it.workspace, LOCAL_ADMIN, "demo").edition == "MULTIVENDOR"
        it.check_everything(it.import_orders())


def test_a_store_that_tells_nothing_is_added_only_with_its_edition(home: Path) -> None:
    with blocked(home, "getEdition", "listVendors") as it:
        with pytest.raises(UsageError, match="cannot be told") as caught:
            connect(it)
        assert set(caught.value.fields) == {"edition"}
        assert stores.list_stores(it.workspace, LOCAL_ADMIN) == []
        connect(it, edition="multivendor")
        assert stores.verify(it.workspace, LOCAL_ADMIN, "demo").ok
        assert stores.show(it.workspace, LOCAL_ADMIN, "demo").edition == "MULTIVENDOR"
        it.check_everything(it.import_orders())


def test_an_edition_that_the_store_disproves_is_refused(home: Path) -> None:
    with blocked(home) as it, pytest.raises(UsageError, match="says that it is multivendor"):
        connect(it, edition="ultimate")


def test_a_store_whose_edition_was_never_proved_is_asked_before_anything_is_written(home: Path) -> None:
    """As stores are that were connected by an older version of the program."""
    with blocked(home, "getEdition", "listVendors") as it:
        connect(it, verify=False)
        job = it.import_orders()
        assert (job.state, job.exit_code) == (JobState.FAILED, 3)
        assert '"edition"' in job.message and "store demo" in job.message
        assert it.sandbox.store.orders == {}
        it.sandbox.faults.clear()
        it.check_everything(it.import_orders())


def test_a_store_that_turns_out_to_be_of_another_edition_stops_the_lane(home: Path) -> None:
    with blocked(home, "getEdition", "listVendors") as it:
        connect(it, edition="ultimate")
        job = it.import_orders()
        assert (job.state, job.exit_code) == (JobState.FAILED, 3)
        assert "It is a Multi-Vendor store" in job.message and "crossdock store verify demo" in job.message
        made = len(it.sandbox.store.orders)
        assert 0 < made <= 4, "what was under way came to its end, and nothing more"
        again = it.import_orders()
        assert (again.state, again.exit_code) == (JobState.FAILED, 3)
        assert len(it.sandbox.store.orders) == made
        stores.edit(it.workspace, LOCAL_ADMIN, {"name": "demo", "edition": "multivendor"})
        it.import_orders()
        assert it.audit().ok, it.audit().as_dict()
        with it.workspace.database.read() as session:
            assert session.get_one(Store, 1).edition == "MULTIVENDOR"
