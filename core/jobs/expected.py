"""What a job is expected to cost: said before it begins, and kept with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.state import State


@dataclass(frozen=True)
class Expected(State):
    """The plan as the job's document has it: calls by operation, seconds, steps; empty for jobs without one."""

    expected: Mapping[str, Any] = field(default_factory=dict)
