"""Many flows: writes, problems, cursors and jobs say whose they are, and of which flow.

All that is there belongs to the orders. A write names its remote, so that a store and a seller account may each have
one about the same subject; an item may have several problems, and those of one flow are not another's.
"""

import json

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_NUMBERED = {'table_kwargs': {'sqlite_autoincrement': True}}
_OPEN = "state IN ('waiting', 'sending', 'sent', 'unknown')"


def upgrade() -> None:
    _outbox()
    _problem()
    _cursor()
    with op.batch_alter_table('job', **_NUMBERED) as table:
        table.add_column(sa.Column('scope', _TEXT, nullable=False, server_default=''))
    op.execute("UPDATE job SET scope = 'channel ' || channel_id WHERE channel_id IS NOT NULL")
    op.create_index('ix_job_scope', 'job', ['scope', 'kind'])


def _outbox() -> None:
    with op.batch_alter_table('outbox', **_NUMBERED) as table:
        table.add_column(sa.Column('remote', _TEXT, nullable=False, server_default=''))
        table.add_column(sa.Column('flow', _TEXT, nullable=False, server_default='orders'))
        table.add_column(sa.Column('locks', sa.JSON(), nullable=False, server_default='[]'))
        table.drop_index('uq_outbox_open_subject')
        table.drop_index('ix_outbox_queue')
    connection = op.get_bind()
    op.execute("UPDATE outbox SET remote = 'store ' || store_id")
    rows = connection.execute(sa.text(f"SELECT id, products FROM outbox WHERE {_OPEN}")).all()
    for key, products in rows:
        found = json.loads(products) if isinstance(products, str) else products or []
        locks = json.dumps([f'product {product}' for product in found])
        connection.execute(sa.text("UPDATE outbox SET locks = :locks WHERE id = :key"), {'key': key, 'locks': locks})
    with op.batch_alter_table('outbox', **_NUMBERED) as table:
        table.drop_column('products')
    op.create_index(
        'uq_outbox_open_subject',
        'outbox',
        ['remote', 'flow', 'subject'],
        unique=True,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
    op.create_index('ix_outbox_queue', 'outbox', ['remote', 'state', 'not_before'])


def _problem() -> None:
    with op.batch_alter_table('problem', **_NUMBERED) as table:
        table.add_column(sa.Column('owner', _TEXT, nullable=False, server_default=''))
        table.add_column(sa.Column('flow', _TEXT, nullable=False, server_default='orders'))
        table.alter_column('channel_id', existing_type=sa.Integer(), nullable=True)
        table.drop_constraint('uq_problem_channel_id_subject_code', type_='unique')
    op.execute("UPDATE problem SET owner = 'channel ' || channel_id")
    with op.batch_alter_table('problem', **_NUMBERED) as table:
        table.create_unique_constraint('uq_problem_owner_flow_subject_code', ['owner', 'flow', 'subject', 'code'])


def _cursor() -> None:
    with op.batch_alter_table('cursor', **_NUMBERED) as table:
        table.add_column(sa.Column('owner', _TEXT, nullable=False, server_default=''))
        table.drop_constraint('uq_cursor_account_id_stream_scope', type_='unique')
    op.execute("UPDATE cursor SET owner = 'seller ' || account_id")
    with op.batch_alter_table('cursor', **_NUMBERED) as table:
        table.drop_constraint('fk_cursor_account_id_seller_account', type_='foreignkey')
        table.drop_column('account_id')
        table.create_unique_constraint('uq_cursor_owner_stream_scope', ['owner', 'stream', 'scope'])
