"""An edit counts that is saved while its listing is planned."""

import sqlalchemy as sa

from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

_TABLE = 'listing_export'


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column('taken', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index('ix_listing_export_taken', _TABLE, ['account_id', 'marketplace_id', 'taken'])
