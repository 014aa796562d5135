"""The program itself: versions, what it was told, and its clock."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from pydantic import SecretStr

from core import clock, http
from core.checks import Check
from core.errors import CrossdockError
from core.redaction import MASK, redact
from core.settings import Settings

_LIBRARIES = (
    "alembic", "cryptography", "huey", "psycopg", "pydantic", "redis", "requests", "sqlalchemy", "sqlmodel", "textual",
)  # fmt: skip


def versions() -> Check:
    """What runs here."""
    libraries = [f"{name} {found}" for name in _LIBRARIES if (found := _version(name))]
    told = [f"Crossdock {_version('crossdock')}", f"Python {platform.python_version()}", platform.platform(terse=True)]
    return Check("versions", True, ", ".join([*told, f"SQLite {sqlite3.sqlite_version}", *libraries]) + ".")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def configuration(settings: Settings) -> Check:
    """Where the settings differ from the defaults; secrets only as set."""
    told = [f"CROSSDOCK_HOME={settings.home}"]
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if name != "home" and value != field.default:
            shown = MASK if isinstance(value, SecretStr) else redact(str(value))
            told.append(f"CROSSDOCK_{name.upper()}={shown}")
    return Check("settings", True, ", ".join(told) + ".")


def certificates() -> Iterator[Check]:
    """Those that remotes are checked against, where somebody chose them."""
    try:
        chosen = http.certificates()
    except CrossdockError as error:
        yield Check("certificates", False, error.what, error.next_step)
        return
    if chosen:
        yield Check("certificates", True, f"Remotes are checked against {chosen}.")


def time(settings: Settings) -> Check:
    """The clock that the program goes by."""
    try:
        clock.install(settings.test_clock or None, settings.home)
    except CrossdockError as error:
        return Check("clock", False, error.what, error.next_step)
    now = f"{clock.now():%Y-%m-%d %H:%M:%S} UTC"
    if clock.is_real():
        return Check("clock", True, f"It is {now}.")
    return Check(
        "clock",
        True,
        f"A test clock is in force; it says {now}.",
        "Unset CROSSDOCK_TEST_CLOCK for work with live remotes.",
    )
