"""What is noted of a job by whoever runs it, in its checkpoint, beside what its flow keeps there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.state import State


@dataclass(frozen=True)
class Standing(State):
    """What a job has waited for, and how far its writes are."""

    waited_for: str = ""
    stepped_aside: bool = False
    """Another job did at the same time what this one was to do."""
    delivered: int = 0
    """Items that have reached the remote."""
    counted: int = 0
    """Items that were read by the thousand: they are counted, and have no result each."""
    lets_pass: bool = False
    """It waits for nothing but what is on its way in bulk: later jobs of its kind need not wait for it."""
    beside: bool = False
    """Nor need they while it works: it may take days, and is in nobody's way."""


def steps(checkpoint: dict[str, object]) -> dict[str, object]:
    """The part of a checkpoint that tells how far the work is: waiting is no step."""
    return replace(
        Standing.from_json(checkpoint), waited_for="", stepped_aside=False, lets_pass=False, beside=False
    ).into(checkpoint)
