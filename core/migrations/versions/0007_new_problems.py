"""Jobs tell what is new: problems that the job before did not have, and the phase that they are in. What was imported on
which day is counted from an index.

Jobs that have ended are not counted anew: what they held is known by now.
"""

import sqlalchemy as sa

from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_BRINGS_NEW = 'new_problems > 0'


def upgrade() -> None:
    with op.batch_alter_table('job', table_kwargs={'sqlite_autoincrement': True}) as table:
        table.add_column(sa.Column('phase', sa.JSON(), nullable=False, server_default='{}'))
        table.add_column(sa.Column('new_problems', sa.Integer(), nullable=False, server_default='0'))
    op.create_index('ix_order_link_time', 'order_link', ['channel_id', 'linked_at'])
    op.create_index(
        'ix_job_new_problems',
        'job',
        ['id'],
        sqlite_where=sa.text(_BRINGS_NEW),
        postgresql_where=sa.text(_BRINGS_NEW),
    )
