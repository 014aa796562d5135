"""Store orders have one digest of how they were left, and no second one of nearly the same."""

from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column('order_link', 'digest')
