"""The list of products and listings: an index that holds all that it is filtered by."""

import sqlalchemy as sa

from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('listing', sa.Column('issue_count', sa.Integer(), nullable=False, server_default='0'))
    op.execute('UPDATE listing SET issue_count = json_array_length(issues)')
    columns = ['account_id', 'marketplace_id', 'sku', 'is_parent', 'closed_at', 'issue_count', 'asin', 'title']
    op.create_index('ix_listing_list', 'listing', columns)
