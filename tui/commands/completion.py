"""Names that a shell completes: those that the operator may see; none where they cannot be read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from core import settings
from core.actor import Actor
from core.database import sqlite_file
from core.people.login import acting
from core.workspace import Workspace, opened

Read = Callable[[Workspace, Actor], Iterable[str]]


def channels(incomplete: str) -> list[str]:
    """Names of channels."""
    from core.channels.views import list_channels

    return _names(incomplete, lambda workspace, actor: (one.name for one in list_channels(workspace, actor)))


def stores(incomplete: str) -> list[str]:
    """Names of stores."""
    from core import stores

    return _names(incomplete, lambda workspace, actor: (one.name for one in stores.list_stores(workspace, actor)))


def apps(incomplete: str) -> list[str]:
    """Names of applications."""
    from core import apps

    return _names(incomplete, lambda workspace, actor: (one.name for one in apps.list_apps(workspace, actor)))


def operators(incomplete: str) -> list[str]:
    """Names of operators."""
    from core.people import operators

    return _names(incomplete, lambda workspace, actor: (one.name for one in operators.list_operators(workspace, actor)))


def _names(incomplete: str, read: Read) -> list[str]:
    logging.disable()
    try:
        loaded = settings.load()
        file = sqlite_file(loaded.database)
        if file is not None and not file.exists():
            return []  # nothing is made by asking for names
        with opened(loaded) as workspace:
            return [name for name in read(workspace, acting(workspace)) if name.startswith(incomplete)]
    except Exception:  # between two keys nobody wants to read an error
        return []
