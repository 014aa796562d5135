"""What was sent of each listing: so only changes are sent, and what becomes of them is followed."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_TABLE = 'listing_export'
_MINUTES = 15


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column('id', _KEY, nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('marketplace_id', _TEXT, nullable=False),
        sa.Column('sku', _TEXT, nullable=False),
        sa.Column('channel_id', sa.Integer(), nullable=False),
        sa.Column('product_id', sa.Integer(), nullable=False),
        sa.Column('is_parent', sa.Boolean(), nullable=False),
        sa.Column('parent_sku', _TEXT, nullable=False),
        sa.Column('product_type', _TEXT, nullable=False),
        sa.Column('requirements', _TEXT, nullable=False),
        sa.Column('asin', _TEXT, nullable=False),
        sa.Column('attributes', sa.LargeBinary(), nullable=True),
        sa.Column('content_hash', _TEXT, nullable=False),
        sa.Column('submission_id', _TEXT, nullable=False),
        sa.Column('route', _TEXT, nullable=False),
        sa.Column('state', _TEXT, nullable=False),
        sa.Column('state_at', _TIME, nullable=False),
        sa.Column('issues', sa.JSON(), nullable=False),
        sa.Column('repaired', sa.JSON(), nullable=False),
        sa.Column('looks', sa.Integer(), nullable=False),
        sa.Column('next_look', _TIME, nullable=True),
        sa.Column('follow_until', _TIME, nullable=True),
        sa.Column('dirty', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ['account_id'], ['seller_account.id'], name='fk_listing_export_account_id_seller_account', ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['channel_id'], ['channel.id'], name='fk_listing_export_channel_id_channel', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_listing_export'),
        sa.UniqueConstraint(
            'account_id', 'marketplace_id', 'sku', name='uq_listing_export_account_id_marketplace_id_sku'
        ),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_listing_export_follow', _TABLE, ['account_id', 'marketplace_id', 'next_look'])
    op.create_index('ix_listing_export_plan', _TABLE, ['account_id', 'marketplace_id', 'dirty'])
    _begin_to_follow()


def _begin_to_follow() -> None:
    """Channels that were to push products before there was anything to push follow what they will."""
    connection = op.get_bind()
    channel = sa.table('channel', sa.column('id'), sa.column('settings', sa.JSON()))
    schedule = sa.table(
        'schedule',
        sa.column('channel_id'),
        sa.column('stream'),
        sa.column('every_minutes'),
        sa.column('next_run', _TIME),
        sa.column('paused', sa.Boolean()),
    )
    first = datetime.now(UTC) + timedelta(minutes=_MINUTES)
    for key, settings in connection.execute(sa.select(channel.c.id, channel.c.settings)).all():
        if not settings.get('push_products') or 'auto_follow_listings_minutes' in settings:
            continue
        told = {**settings, 'auto_follow_listings_minutes': _MINUTES}
        connection.execute(sa.update(channel).where(channel.c.id == key).values(settings=told))
        row = {'channel_id': key, 'stream': 'listings', 'every_minutes': _MINUTES, 'next_run': first, 'paused': False}
        connection.execute(sa.insert(schedule).values(**row))
