"""Alembic's entry point; run by `core.migrations.runner`, which hands over the connection."""

from alembic import context
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

import core.model  # noqa: F401 - registers the tables


def run(connection: Connection) -> None:
    """Migrate in one transaction, with foreign keys off: a batch migration would fire ON DELETE CASCADE."""
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    if is_sqlite:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        connection.rollback()
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        if broken:
            raise RuntimeError(f"the migration left {len(broken)} rows without their parents")


run(context.config.attributes["connection"])
