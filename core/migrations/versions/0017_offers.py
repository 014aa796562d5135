"""Price and stock out: offers, confirmed counts, products that vanish, schedules in seconds."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'offer',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('marketplace_id', _TEXT, nullable=False),
        sa.Column('sku', _TEXT, nullable=False),
        sa.Column('store_id', sa.Integer(), nullable=False),
        sa.Column('product_id', sa.Integer(), nullable=False),
        sa.Column('gone', sa.Boolean(), nullable=False),
        sa.Column('released_minor', sa.BigInteger(), nullable=True),
        sa.Column('dirty', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ['account_id'], ['seller_account.id'], name='fk_offer_account_id_seller_account', ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['store_id'], ['store.id'], name='fk_offer_store_id_store', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name='pk_offer'),
        sa.UniqueConstraint('account_id', 'marketplace_id', 'sku', name='uq_offer_account_id_marketplace_id_sku'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_offer_plan', 'offer', ['account_id', 'marketplace_id', 'dirty'])
    op.create_index('ix_offer_sku', 'offer', ['account_id', 'sku'])
    op.create_index('ix_offer_product', 'offer', ['store_id', 'product_id'])
    op.add_column('channel', sa.Column('counts_confirmed_at', _TIME, nullable=True))
    op.add_column('schedule', sa.Column('every_seconds', sa.Integer(), nullable=False, server_default='0'))
    op.execute('UPDATE schedule SET every_seconds = 60 * every_minutes')
    with op.batch_alter_table('schedule', table_kwargs={'sqlite_autoincrement': True}) as table:
        table.drop_column('every_minutes')
    op.add_column('store_product', sa.Column('tracked', sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column('store_product', sa.Column('missing', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('store_product', sa.Column('shown_at', _TIME, nullable=True))
