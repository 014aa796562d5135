"""The keys of a home: opened with its database, and what there is that they have to open."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, select

from core import vault
from core.database import Database
from core.errors import VaultError
from core.settings import Settings
from core.vault import is_sealed


def open_keys(settings: Settings, database: Database) -> None:
    """Open the vault for a database; a key is made only while there is nothing that another one has encrypted."""
    if settings.key is None and not settings.key_path.exists() and holds_secrets(database):
        if settings.key_path.exists():  # another process has made both just now
            vault.open_vault(settings, create=False)
            return
        raise VaultError(
            f"The key file {settings.key_path} is missing, and the database holds what was encrypted with it.",
            next_step="Restore it from your backup, or set CROSSDOCK_KEY_FILE. If it is lost for good: "
            "crossdock key new --i-lost-the-old-one",
        )
    vault.open_vault(settings)


def usable(subject: str, next_step: str, *secrets: object) -> None:
    """Raise VaultError that says what to enter again, when one of the secrets cannot be read."""
    if is_sealed(*secrets):
        raise VaultError("Its secrets cannot be read with the present key.", subject=subject, next_step=next_step)


def encrypted_columns() -> list[Column[Any]]:
    """Every column that the vault encrypts, by table."""
    from core.model.tables import every_table  # few starts ask for it

    return [table.columns[key] for table in every_table() for key in vault.encrypted(table)]


def holds_secrets(database: Database) -> bool:
    """Whether anything in the database is encrypted."""
    with database.read() as session:
        return any(
            session.connection().execute(select(column.table.c.id).where(column.is_not(None)).limit(1)).first()
            for column in encrypted_columns()
        )
