"""Later changes of orders: what of an Amazon order stands in the store, and several store orders of one."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.add_column('order_link', sa.Column('parts', sa.Integer(), nullable=False, server_default='1'))
    op.add_column('order_link', sa.Column('lines', sa.JSON(), nullable=False, server_default='[]'))
    op.add_column('order_link', sa.Column('lacking', _TEXT, nullable=False, server_default=''))
    op.add_column('order_link', sa.Column('digest', _TEXT, nullable=False, server_default=''))
