"""Keys once: no key of a row is ever given again (SQLite), and sessions belong to an epoch of their account.

Every numbered table is built again as it is found, with all its columns, indexes and rows; its numbering goes on after
the highest key that is known to have been given.
"""

from uuid import uuid4

import sqlalchemy as sa
import sqlmodel

from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_GIVEN = {
    'app': ("SELECT COUNT(*) FROM audit WHERE action LIKE 'app.%' OR action LIKE 'channel.%'",),
    'seller_account': ("SELECT COUNT(*) FROM audit WHERE action LIKE 'channel.%'",),
    'channel': ("SELECT COUNT(*) FROM audit WHERE action IN ('channel.add', 'channel.copy')",),
    'store': ("SELECT COUNT(*) FROM audit WHERE action = 'store.add'",),
    'operator': ("SELECT COUNT(*) FROM audit WHERE action = 'operator.add'",),
    'job': (
        "SELECT MAX(job_id) FROM outbox",
        "SELECT MAX(retry_of) FROM job",
        "SELECT MAX(CAST(SUBSTR(subject, 5) AS INTEGER)) FROM audit WHERE subject LIKE 'job %' AND LENGTH(subject) < 16",
    ),
}
"""What tells of keys whose rows are gone. Each row was added under one entry of the audit, so there were no more."""


def upgrade() -> None:
    connection = op.get_bind()
    op.add_column('operator', sa.Column('epoch', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
    for (key,) in connection.execute(sa.text("SELECT id FROM operator")).all():
        epoch = {'key': key, 'epoch': uuid4().hex}
        connection.execute(sa.text("UPDATE operator SET epoch = :epoch WHERE id = :key"), epoch)
    if connection.dialect.name != 'sqlite':
        return
    found = sa.MetaData()
    found.reflect(connection)
    for table in found.sorted_tables:
        if 'id' in table.columns:
            _build_again(table)
            _number_on(connection, table.name)


def _build_again(table: sa.Table) -> None:
    kwargs = {'sqlite_autoincrement': True}
    with op.batch_alter_table(table.name, copy_from=table, recreate='always', table_kwargs=kwargs):
        pass


def _number_on(connection: sa.Connection, table: str) -> None:
    given = [connection.execute(sa.text(query)).scalar() or 0 for query in _GIVEN.get(table, ())]
    given.append(connection.execute(sa.text(f'SELECT MAX(id) FROM "{table}"')).scalar() or 0)
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :table"), {'table': table})
    connection.execute(
        sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :seq)"), {'table': table, 'seq': max(given)}
    )
