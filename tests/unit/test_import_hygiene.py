"""The core loads neither the user interface, nor the queue, nor the sandbox, not even inside its functions' modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOREIGN = ("textual", "huey", "flask", "typer", "tui", "tasks", "sandbox")


def loaded(modules: str) -> set[str]:
    """The top-level packages in a fresh process after importing `modules`."""
    code = f"import sys; import {modules}; print(*sorted(name.partition('.')[0] for name in sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=50
    )
    return set(found.stdout.split())


@pytest.mark.parametrize(
    "modules", ["core.flows, core.stores, core.channels.registry, core.flows.runner, core.orders.actions"]
)
def test_use_cases_load_nothing_of_the_faces_and_the_queue(modules: str) -> None:
    found = loaded(modules)
    assert "sqlmodel" in found, "the check looks at the wrong process"
    assert not found.intersection(FOREIGN)


def test_a_normal_start_does_not_load_the_migrations() -> None:
    assert "alembic" not in loaded("core.workspace")


def test_what_sends_nothing_loads_nothing_that_sends() -> None:
    assert not loaded("core.workspace, core.flows, core.health").intersection({"requests", "urllib3", "tenacity"})


def test_who_listens_to_no_queue_does_not_load_boto3() -> None:
    assert not loaded("tasks.worker, tasks.listener, core.notifications.actions").intersection({"boto3", "botocore"})


def test_plans_load_no_database_and_no_client() -> None:
    assert not loaded("core.orders.plan.decide").intersection({"sqlalchemy", "sqlmodel", "requests", "cryptography"})
