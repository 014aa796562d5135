"""Where the pictures of store products came from, and when they were written last."""

import sqlalchemy as sa

from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('store_product', sa.Column('image_sources', sa.JSON(), nullable=False, server_default='[]'))
    op.add_column('store_product', sa.Column('written_at', sa.BigInteger(), nullable=False, server_default='0'))
    op.add_column('store_product', sa.Column('written_amount', sa.Integer(), nullable=False, server_default='0'))
