"""Field mapping: what people chose for the attributes of listings."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'field_mapping',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('store_id', sa.Integer(), nullable=False),
        sa.Column('channel_id', sa.Integer(), nullable=True),
        sa.Column('product_type', _TEXT, nullable=False),
        sa.Column('attribute', _TEXT, nullable=False),
        sa.Column('direction', _TEXT, nullable=False),
        sa.Column('source', sa.JSON(), nullable=False),
        sa.Column('mapped_by', _TEXT, nullable=False),
        sa.Column('mapped_at', _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ['store_id'], ['store.id'], name='fk_field_mapping_store_id_store', ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['channel_id'], ['channel.id'], name='fk_field_mapping_channel_id_channel', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_field_mapping'),
        sqlite_autoincrement=True,
    )
    _one_of('uq_field_mapping_channel', 'channel_id', 'channel_id IS NOT NULL')
    _one_of('uq_field_mapping_store', 'store_id', 'channel_id IS NULL')


def _one_of(name: str, owner: str, condition: str) -> None:
    """Let an owner say one thing of an attribute."""
    where = {'sqlite_where': sa.text(condition), 'postgresql_where': sa.text(condition)}
    columns = [owner, 'product_type', 'attribute', 'direction']
    op.create_index(name, 'field_mapping', columns, unique=True, **where)
