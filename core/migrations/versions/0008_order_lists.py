"""Lists of orders by total and by the day they are to leave.

Orders that were read before have no such day until Amazon tells of them again: what it said of them is encrypted, and
a migration has no keys.
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_LISTED = ['account_id', 'marketplace_id', 'created_at', 'order_id', 'dirty', 'total_minor', 'ship_by']


def upgrade() -> None:
    op.drop_index('ix_amazon_order_list', 'amazon_order')
    op.add_column('amazon_order', sa.Column('ship_by', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.create_index('ix_amazon_order_list', 'amazon_order', _LISTED)
