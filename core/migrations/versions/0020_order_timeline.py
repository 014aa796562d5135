"""The timeline of an order: what changed, what was written and who did what, found by the order; the store's panel."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_OF_ORDERS = "flow IN ('orders', 'shipments')"


def upgrade() -> None:
    op.create_table(
        'order_event',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('order_id', _TEXT, nullable=False),
        sa.Column('at', _TIME, nullable=False),
        sa.Column('kind', _TEXT, nullable=False),
        sa.Column('detail', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ['account_id'], ['seller_account.id'], name='fk_order_event_account_id_seller_account', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_order_event'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_order_event_order', 'order_event', ['account_id', 'order_id'])
    op.create_index(
        'ix_outbox_order',
        'outbox',
        ['store_id', 'subject'],
        sqlite_where=sa.text(_OF_ORDERS),
        postgresql_where=sa.text(_OF_ORDERS),
    )
    op.create_index('ix_audit_subject', 'audit', ['subject'])
    op.add_column('store', sa.Column('admin_script', _TEXT, nullable=False, server_default='admin.php'))
