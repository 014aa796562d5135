"""Notifications: the queues that are listened to, and what came from them."""

import sqlalchemy as sa
import sqlmodel

import core.vault

from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'notification_queue',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('address', _TEXT, nullable=False),
        sa.Column('received', sa.Integer(), nullable=False),
        sa.Column('handled', sa.Integer(), nullable=False),
        sa.Column('ignored', sa.Integer(), nullable=False),
        sa.Column('unreadable', sa.Integer(), nullable=False),
        sa.Column('heard_at', _TIME, nullable=True),
        sa.Column('fault', _TEXT, nullable=False),
        sa.Column('fault_at', _TIME, nullable=True),
        sa.PrimaryKeyConstraint('id', name='pk_notification_queue'),
        sa.UniqueConstraint('address', name='uq_notification_queue_address'),
        sqlite_autoincrement=True,
    )
    op.create_table(
        'notification',
        sa.Column('id', _KEY, nullable=False),
        sa.Column('queue_id', sa.Integer(), nullable=False),
        sa.Column('notification_id', _TEXT, nullable=False),
        sa.Column('kind', _TEXT, nullable=False),
        sa.Column('state', _TEXT, nullable=False),
        sa.Column('reason', _TEXT, nullable=False),
        sa.Column('published_at', _TIME, nullable=True),
        sa.Column('received_at', _TIME, nullable=False),
        sa.Column('body', core.vault.EncryptedText(), nullable=True),
        sa.ForeignKeyConstraint(
            ['queue_id'], ['notification_queue.id'], name='fk_notification_queue_id_notification_queue',
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name='pk_notification'),
        sa.UniqueConstraint('queue_id', 'notification_id', name='uq_notification_queue_id_notification_id'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_notification_received_at', 'notification', ['received_at'])
