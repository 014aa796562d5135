"""Product types: the names of a marketplace, and the definitions that are used."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_DEFINITION = ['api_mode', 'marketplace_id', 'product_type', 'requirements', 'locale', 'parentage']


def upgrade() -> None:
    op.create_table(
        'product_type_definition',
        sa.Column('id', _KEY, nullable=False),
        *(sa.Column(name, _TEXT, nullable=False) for name in _DEFINITION),
        sa.Column('display_name', _TEXT, nullable=False),
        sa.Column('told_locale', _TEXT, nullable=False),
        sa.Column('version', _TEXT, nullable=False),
        sa.Column('checksum', _TEXT, nullable=False),
        sa.Column('schema_file', sa.LargeBinary(), nullable=False),
        sa.Column('property_groups', sa.JSON(), nullable=False),
        sa.Column('changes', sa.JSON(), nullable=False),
        sa.Column('changed_at', _TIME, nullable=False),
        sa.Column('checked_at', _TIME, nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_product_type_definition'),
        sa.UniqueConstraint(*_DEFINITION, name='uq_product_type_definition'),
        sqlite_autoincrement=True,
    )
    op.create_table(
        'product_type_list',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('api_mode', _TEXT, nullable=False),
        sa.Column('marketplace_id', _TEXT, nullable=False),
        sa.Column('names', sa.JSON(), nullable=False),
        sa.Column('read_at', _TIME, nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_product_type_list'),
        sa.UniqueConstraint('api_mode', 'marketplace_id', name='uq_product_type_list_api_mode_marketplace_id'),
        sqlite_autoincrement=True,
    )
