"""Personal data is deleted by a schedule of each channel."""

from datetime import UTC, datetime

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_HOURLY = 3_600


def upgrade() -> None:
    connection = op.get_bind()
    channel = sa.table('channel', sa.column('id'))
    schedule = sa.table(
        'schedule',
        sa.column('channel_id'),
        sa.column('stream'),
        sa.column('every_seconds'),
        sa.column('next_run', _TIME),
        sa.column('paused', sa.Boolean()),
    )
    present = sa.select(schedule.c.channel_id).where(schedule.c.stream == 'purge')
    for key in connection.execute(sa.select(channel.c.id).where(channel.c.id.not_in(present))).scalars().all():
        row = {'channel_id': key, 'stream': 'purge', 'every_seconds': _HOURLY, 'next_run': datetime.now(UTC)}
        connection.execute(sa.insert(schedule).values(paused=False, **row))
