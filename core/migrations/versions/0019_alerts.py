"""Alerts: when somebody was told of a problem."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('problem', sa.Column('told_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
