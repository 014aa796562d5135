"""Personal data: when orders ended, and how the program left them in the store. Nightly reconciliation."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_NIGHTLY = timedelta(days=1)


def upgrade() -> None:
    op.add_column('amazon_order', sa.Column('ended_at', _TIME, nullable=True))
    # Of orders that could not be read nothing but the time of reading is known.
    op.execute(
        "UPDATE amazon_order SET ended_at = CASE WHEN status = '' THEN seen_at ELSE updated_at END "
        "WHERE raw IS NOT NULL AND status NOT IN ('PENDING', 'PENDING_AVAILABILITY', 'UNSHIPPED', 'PARTIALLY_SHIPPED')"
    )
    where = sa.text('raw IS NOT NULL')
    op.create_index(
        'ix_amazon_order_personal',
        'amazon_order',
        ['ended_at', 'updated_at'],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.add_column('order_link', sa.Column('left_as', _TEXT, nullable=False, server_default=''))
    where = sa.text("left_as <> ''")
    op.create_index(
        'ix_order_link_left', 'order_link', ['channel_id', 'order_id'], sqlite_where=where, postgresql_where=where
    )
    _reconcile()


def _reconcile() -> None:
    """Channels that pull orders by schedule compare them with Amazon's report, as new ones do."""
    connection = op.get_bind()
    channel = sa.table('channel', sa.column('id'), sa.column('settings', sa.JSON()))
    schedule = sa.table(
        'schedule',
        sa.column('channel_id'),
        sa.column('stream'),
        sa.column('every_seconds'),
        sa.column('next_run', _TIME),
        sa.column('paused', sa.Boolean()),
    )
    every, first = int(_NIGHTLY.total_seconds()), datetime.now(UTC) + _NIGHTLY
    for key, settings in connection.execute(sa.select(channel.c.id, channel.c.settings)).all():
        if settings.get('auto_pull_orders_minutes') and settings.get('pull_orders', True):
            row = {'channel_id': key, 'stream': 'reconcile', 'every_seconds': every, 'next_run': first, 'paused': False}
            connection.execute(sa.insert(schedule).values(**row))
