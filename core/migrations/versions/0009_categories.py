"""Categories: Amazon's trees, the stores' own, and which of them belong together."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'browse_tree',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('api_mode', _TEXT, nullable=False),
        sa.Column('marketplace_id', _TEXT, nullable=False),
        sa.Column('job_id', sa.Integer(), nullable=False),
        sa.Column('is_current', sa.Boolean(), nullable=False),
        sa.Column('nodes', sa.Integer(), nullable=False),
        sa.Column('product_types', sa.JSON(), nullable=False),
        sa.Column('read_at', _TIME, nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_browse_tree'),
        sqlite_autoincrement=True,
    )
    _one_of('browse_tree', 'uq_browse_tree_current', ['api_mode', 'marketplace_id'], 'is_current')
    op.create_table(
        'browse_node',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('tree_id', sa.Integer(), nullable=False),
        sa.Column('node_id', _TEXT, nullable=False),
        sa.Column('path', _TEXT, nullable=False),
        sa.Column('parent', _TEXT, nullable=False),
        sa.Column('depth', sa.Integer(), nullable=False),
        sa.Column('name', _TEXT, nullable=False),
        sa.Column('title', _TEXT, nullable=False),
        sa.Column('folded', _TEXT, nullable=False),
        sa.Column('product_types', _TEXT, nullable=False),
        sa.Column('leaf', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ['tree_id'], ['browse_tree.id'], name='fk_browse_node_tree_id_browse_tree', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_browse_node'),
        sa.UniqueConstraint('tree_id', 'path', name='uq_browse_node_tree_id_path'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_browse_node_parent', 'browse_node', ['tree_id', 'parent'])
    op.create_index('ix_browse_node_node', 'browse_node', ['tree_id', 'node_id'])
    op.create_table(
        'store_category',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('store_id', sa.Integer(), nullable=False),
        sa.Column('category_id', sa.Integer(), nullable=False),
        sa.Column('parent_id', sa.Integer(), nullable=False),
        sa.Column('name', _TEXT, nullable=False),
        sa.Column('title', _TEXT, nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('status', _TEXT, nullable=False),
        sa.Column('company_id', sa.Integer(), nullable=False),
        sa.Column('products', sa.Integer(), nullable=False),
        sa.Column('company_products', sa.JSON(), nullable=False),
        sa.Column('seen_at', _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ['store_id'], ['store.id'], name='fk_store_category_store_id_store', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_store_category'),
        sa.UniqueConstraint('store_id', 'category_id', name='uq_store_category_store_id_category_id'),
        sqlite_autoincrement=True,
    )
    op.create_table(
        'category_mapping',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('channel_id', sa.Integer(), nullable=False),
        sa.Column('category_id', sa.Integer(), nullable=False),
        sa.Column('node_id', _TEXT, nullable=False),
        sa.Column('product_type', _TEXT, nullable=False),
        sa.Column('export_default', sa.Boolean(), nullable=False),
        sa.Column('subtree', sa.Boolean(), nullable=False),
        sa.Column('mapped_by', _TEXT, nullable=False),
        sa.Column('mapped_at', _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ['channel_id'], ['channel.id'], name='fk_category_mapping_channel_id_channel', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_category_mapping'),
        sa.UniqueConstraint(
            'channel_id', 'category_id', 'node_id', name='uq_category_mapping_channel_id_category_id_node_id'
        ),
        sqlite_autoincrement=True,
    )
    _one_of('category_mapping', 'uq_category_mapping_default', ['channel_id', 'category_id'], 'export_default')


def _one_of(table: str, name: str, columns: list[str], flag: str) -> None:
    """Let one row at most carry a flag."""
    where = {'sqlite_where': sa.text(flag), 'postgresql_where': sa.text(flag)}
    op.create_index(name, table, columns, unique=True, **where)
