"""Looks at one thing so that nothing found there can keep the doctor from the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from core.checks import Check
from core.errors import CrossdockError

log = logging.getLogger(__name__)


def looked(name: str, look: Callable[[], Check | Iterable[Check]]) -> list[Check]:
    """What `look` finds; an exception of any kind ends it as the failed check `name`, which repeats nothing of it."""
    found: list[Check] = []
    try:
        seen = look()
        for check in [seen] if isinstance(seen, Check) else seen:
            found.append(check)
    except CrossdockError as error:
        found.append(Check(name, False, error.what, error.next_step))
    except Exception as error:
        kind = type(error).__name__
        log.warning("%s could not be looked at: %s", name, kind)
        found.append(
            Check(name, False, f"It could not be looked at ({kind}).", "Look again; if it stays so, please report it.")
        )
    return found
