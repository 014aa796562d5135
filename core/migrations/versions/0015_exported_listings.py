"""Which listings an export made: the counts of the others are confirmed by a person before they are changed."""

import sqlalchemy as sa

from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('listing', sa.Column('exported_by', sa.Integer(), nullable=True))
