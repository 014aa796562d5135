"""Of listings that were there before the product as it was seen first, not what it said by the mapping; who ships it."""

import json
import zlib

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

_TABLE = 'listing_export'


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column(_TABLE, sa.Column('product', sa.LargeBinary(), nullable=True))
    op.add_column(_TABLE, sa.Column('channel_code', text, nullable=False, server_default=''))
    _keep_sent()
    with op.batch_alter_table(_TABLE, table_kwargs={'sqlite_autoincrement': True}) as table:
        table.drop_column('written')


def _keep_sent() -> None:
    """Of what is watched only what was sent stays known; its product is noted with the next look."""
    names = ('id', 'attributes', 'written', 'state', 'next_look', 'dirty')
    rows = sa.table(_TABLE, *[sa.column(name) for name in names])
    columns = sa.select(rows.c.id, rows.c.state, rows.c.attributes, rows.c.written)
    watched = sa.or_(rows.c.state == 'watched', sa.cast(rows.c.written, sa.Text).is_not(None))
    connection = op.get_bind()
    for key, state, attributes, written in connection.execute(columns.where(watched)).all():
        sent = (json.loads(written) if isinstance(written, str) else written) or []
        if state == 'watched' or sent:
            anew = {'state': 'watched', 'next_look': None, 'dirty': True, 'attributes': _only(sent, attributes)}
            connection.execute(sa.update(rows).where(rows.c.id == key).values(**anew))


def _only(names: list[str], attributes: bytes | None) -> bytes | None:
    """Packed attributes without all others."""
    told = json.loads(zlib.decompress(attributes)) if attributes else {}
    kept = {name: told[name] for name in names if name in told}
    return zlib.compress(json.dumps(kept, ensure_ascii=False).encode()) if kept else None
