"""What the parts of the demo share: questions and wishes to the sandbox itself, and what came of a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from core.actor import LOCAL_ADMIN
from core.checks import Check
from core.jobs import views
from core.workspace import Workspace
from tui.commands.job_text import job_lines

World = dict[str, Any]
"""What the sandbox says of itself when it starts: its addresses, and the documents to connect with."""


@dataclass(frozen=True)
class Told:
    """What came of one part of the demo: as a document, in lines, and whether it is right."""

    document: dict[str, Any]
    lines: list[str]
    checks: list[Check]


def ask(world: World, what: str) -> dict[str, Any]:
    """A question to the sandbox itself, beside its two faces."""
    return _json(requests.get(_control(world, what), timeout=60))


def post(world: World, what: str, body: dict[str, Any]) -> dict[str, Any]:
    """A wish to the sandbox itself."""
    return _json(requests.post(_control(world, what), json=body, timeout=60))


def ended(workspace: Workspace, job_id: int) -> tuple[dict[str, Any], list[str]]:
    """A job as a document, and in lines."""
    job = views.get_job(workspace.database, LOCAL_ADMIN, job_id)
    return views.job_document(workspace.database, LOCAL_ADMIN, job), list(job_lines(job))


def _control(world: World, what: str) -> str:
    return f"{world['store_url']}/_sandbox/{what}"


def _json(answer: requests.Response) -> dict[str, Any]:
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
