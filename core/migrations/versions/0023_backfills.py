"""Orders of a range: by which import they were asked for."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column('amazon_order', sa.Column('backfill', text, nullable=False, server_default=''))
