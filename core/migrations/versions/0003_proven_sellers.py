"""Proven sellers: whether Amazon has confirmed that an account's token is one of its seller.

What was connected before counts as proven. Only proven accounts are unique: a mere claim keeps nobody out.
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('seller_account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('proven_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.drop_constraint('uq_seller_account_app_id_seller_id_region_api_mode', type_='unique')
    op.execute("UPDATE seller_account SET proven_at = authorized_at WHERE seller_id IS NOT NULL AND seller_id <> ''")
    op.create_index(
        'uq_seller_account_proven',
        'seller_account',
        ['app_id', 'seller_id', 'region', 'api_mode'],
        unique=True,
        sqlite_where=sa.text('proven_at IS NOT NULL'),
        postgresql_where=sa.text('proven_at IS NOT NULL'),
    )
