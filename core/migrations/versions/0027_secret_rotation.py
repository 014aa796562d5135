"""Client secrets on their way into use, and until when Amazon takes those before them."""

import sqlalchemy as sa
import sqlmodel

import core.vault

from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'secret_rotation',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('app_id', sa.Integer(), nullable=False),
        sa.Column('asked_at', _TIME, nullable=True),
        sa.Column('asked_by', _TEXT, nullable=False),
        sa.Column('is_confirmed', sa.Boolean(), nullable=False),
        sa.Column('arrived_at', _TIME, nullable=True),
        sa.Column('secret', core.vault.EncryptedText(), nullable=True),
        sa.Column('expires_at', _TIME, nullable=True),
        sa.Column('former_ends_at', _TIME, nullable=True),
        sa.Column('fault', _TEXT, nullable=False),
        sa.Column('switched_at', _TIME, nullable=True),
        sa.Column('deleted_at', _TIME, nullable=True),
        sa.ForeignKeyConstraint(['app_id'], ['app.id'], name='fk_secret_rotation_app_id_app', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name='pk_secret_rotation'),
        sa.UniqueConstraint('app_id', name='uq_secret_rotation_app_id'),
        sqlite_autoincrement=True,
    )
    op.add_column('app', sa.Column('previous_ends_at', _TIME, nullable=True))
