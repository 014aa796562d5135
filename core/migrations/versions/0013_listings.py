"""Listings: what sellers offer at Amazon."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'listing',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('marketplace_id', _TEXT, nullable=False),
        sa.Column('sku', _TEXT, nullable=False),
        sa.Column('asin', _TEXT, nullable=False),
        sa.Column('title', _TEXT, nullable=False),
        sa.Column('fulfilment', _TEXT, nullable=False),
        sa.Column('status', _TEXT, nullable=False),
        sa.Column('buyable', sa.Boolean(), nullable=False),
        sa.Column('closed_at', _TIME, nullable=True),
        sa.Column('price_minor', sa.BigInteger(), nullable=True),
        sa.Column('currency', _TEXT, nullable=False),
        sa.Column('quantity', sa.Integer(), nullable=True),
        sa.Column('product_type', _TEXT, nullable=False),
        sa.Column('is_parent', sa.Boolean(), nullable=False),
        sa.Column('parent_sku', _TEXT, nullable=False),
        sa.Column('theme', sa.JSON(), nullable=False),
        sa.Column('issues', sa.JSON(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=True),
        sa.Column('row_hash', _TEXT, nullable=False),
        sa.Column('read_hash', _TEXT, nullable=False),
        sa.Column('content_hash', _TEXT, nullable=False),
        sa.Column('dirty', sa.Boolean(), nullable=False),
        sa.Column('family_dirty', sa.Boolean(), nullable=False),
        sa.Column('seen_at', _TIME, nullable=False),
        sa.Column('read_at', _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ['account_id'], ['seller_account.id'], name='fk_listing_account_id_seller_account', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_listing'),
        sa.UniqueConstraint('account_id', 'marketplace_id', 'sku', name='uq_listing_account_id_marketplace_id_sku'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_listing_parent', 'listing', ['account_id', 'marketplace_id', 'parent_sku'])
    op.create_index('ix_listing_plan', 'listing', ['account_id', 'marketplace_id', 'dirty'])
