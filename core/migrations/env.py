"""Alembic's entry point; run by `core.migrations.runner`, which hands over the connection."""

from alembic import context
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

import core.model.tables  # noqa: F401 - registers them
from core import numbering


def run(connection: Connection) -> None:
    """Migrate in one transaction, with foreign keys off: a batch migration would fire ON DELETE CASCADE.

    A batch migration builds SQLite's tables again, which forgets how far they were numbered.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    connection.rollback()
    if is_sqlite:
        _outside_transaction(connection, "PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        reached = numbering.marks(connection) if is_sqlite else {}
        context.run_migrations()
        if reached:
            numbering.go_on_from(connection, reached)
    connection.commit()
    if is_sqlite:
        broken = _outside_transaction(connection, "PRAGMA foreign_key_check")
        _outside_transaction(connection, "PRAGMA foreign_keys=ON")
        if broken:
            raise RuntimeError(f"the migration left {len(broken)} rows without their parents")


def _outside_transaction(connection: Connection, pragma: str) -> list[object]:
    """Run a pragma on the driver itself: inside a transaction SQLite ignores this one without a word."""
    driver = connection.connection.driver_connection
    assert driver is not None
    found: list[object] = driver.execute(pragma).fetchall()
    return found


run(context.config.attributes["connection"])
