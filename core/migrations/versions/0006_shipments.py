"""Shipments: the mirror of the stores' parcels, and what order statuses the stores were last seen to have.

Channels that were told to push their shipments before there was such a flow begin to: every 15 minutes, the default.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_NUMBERED = {'table_kwargs': {'sqlite_autoincrement': True}}
_OPEN = "state IN ('waiting', 'sending', 'sent', 'unknown')"
_MINUTES = 15


def upgrade() -> None:
    op.create_table(
        'store_shipment',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('store_id', sa.Integer(), nullable=False),
        sa.Column('shipment_id', sa.Integer(), nullable=False),
        sa.Column('store_order_id', sa.Integer(), nullable=False),
        sa.Column('carrier', _TEXT, nullable=False),
        sa.Column('method', _TEXT, nullable=False),
        sa.Column('tracking', _TEXT, nullable=False),
        sa.Column('items', sa.JSON(), nullable=False),
        sa.Column('shipped_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('from_amazon', _TEXT, nullable=False),
        sa.Column('gone', sa.Boolean(), nullable=False),
        sa.Column('lines', sa.JSON(), nullable=True),
        sa.Column('told', sa.JSON(), nullable=True),
        sa.Column('confirmed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column('dirty', sa.Boolean(), nullable=False),
        sa.Column('seen_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ['store_id'], ['store.id'], name='fk_store_shipment_store_id_store', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_store_shipment'),
        sa.UniqueConstraint('store_id', 'shipment_id', name='uq_store_shipment_store_id_shipment_id'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_store_shipment_order', 'store_shipment', ['store_id', 'store_order_id'])
    op.create_index('ix_store_shipment_plan', 'store_shipment', ['store_id', 'dirty', 'store_order_id'])
    with op.batch_alter_table('order_link', **_NUMBERED) as table:
        table.add_column(sa.Column('present_status', _TEXT, nullable=False, server_default=''))
    op.drop_index('uq_outbox_open_subject', 'outbox')
    op.create_index(
        'uq_outbox_open_subject',
        'outbox',
        ['remote', 'flow', 'store_id', 'subject'],
        unique=True,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
    _begin_to_push()


def _begin_to_push() -> None:
    connection = op.get_bind()
    channel = sa.table('channel', sa.column('id'), sa.column('settings', sa.JSON()))
    schedule = sa.table(
        'schedule',
        sa.column('channel_id'),
        sa.column('stream'),
        sa.column('every_minutes'),
        sa.column('next_run', sqlmodel.sql.sqltypes.UTCDateTime()),
        sa.column('paused', sa.Boolean()),
    )
    first = datetime.now(UTC) + timedelta(minutes=_MINUTES)
    for key, settings in connection.execute(sa.select(channel.c.id, channel.c.settings)).all():
        if not settings.get('push_shipments') or 'auto_push_shipments_minutes' in settings:
            continue
        told = {**settings, 'auto_push_shipments_minutes': _MINUTES}
        connection.execute(sa.update(channel).where(channel.c.id == key).values(settings=told))
        row = {'channel_id': key, 'stream': 'shipments', 'every_minutes': _MINUTES, 'next_run': first, 'paused': False}
        connection.execute(sa.insert(schedule).values(**row))
