"""Issues of listings as rows, to filter and group by; attributes sent of listings that were there; what previews show."""

import json
from typing import Any

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_TABLE = 'listing_issue'
_WORDS = ('code', 'severity', 'attribute', 'message', 'category', 'action')
_NUMBERED: dict[str, Any] = {'table_kwargs': {'sqlite_autoincrement': True}}
_LISTED = ('sku', 'is_parent', 'closed_at', 'buyable', 'issue_count', 'error_count', 'asin', 'title')


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column('id', _KEY, nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('marketplace_id', _TEXT, nullable=False),
        sa.Column('sku', _TEXT, nullable=False),
        sa.Column('source', _TEXT, nullable=False),
        *[sa.Column(name, _TEXT, nullable=False) for name in _WORDS],
        sa.Column('deadline', _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ['account_id'], ['seller_account.id'], name='fk_listing_issue_account_id_seller_account', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_listing_issue'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_listing_issue_sku', _TABLE, ['account_id', 'marketplace_id', 'sku'])
    op.create_index('ix_listing_issue_code', _TABLE, ['account_id', 'marketplace_id', 'code', 'sku'])
    op.add_column('listing', sa.Column('error_count', sa.Integer(), nullable=False, server_default='0'))
    _move('listing', 'listing')
    _move('listing_export', 'submission')
    op.execute(
        "UPDATE listing SET error_count = (SELECT count(*) FROM listing_issue i WHERE i.account_id = listing.account_id"
        " AND i.marketplace_id = listing.marketplace_id AND i.sku = listing.sku AND i.severity = 'ERROR'"
        " AND i.source = 'listing')"
    )
    op.drop_index('ix_listing_list', 'listing')
    with op.batch_alter_table('listing', **_NUMBERED) as table:
        table.drop_column('issues')
    with op.batch_alter_table('listing_export', **_NUMBERED) as table:
        table.drop_column('issues')
        table.add_column(sa.Column('written', sa.JSON(), nullable=True))
    op.add_column('job_item', sa.Column('detail', sa.LargeBinary(), nullable=True))
    op.create_index('ix_listing_list', 'listing', ['account_id', 'marketplace_id', *_LISTED])


def _move(table: str, source: str) -> None:
    """Make rows of the issues that a table holds as JSON."""
    connection = op.get_bind()
    query = sa.text(f"SELECT account_id, marketplace_id, sku, issues FROM {table} WHERE CAST(issues AS TEXT) <> '[]'")
    names = ('account_id', 'marketplace_id', 'sku', 'source', *_WORDS)
    into = sa.table(_TABLE, *[sa.column(name) for name in names])
    for account_id, marketplace_id, sku, told in connection.execute(query).all():
        rows = [
            {'account_id': account_id, 'marketplace_id': marketplace_id, 'sku': sku, 'source': source, **_words(issue)}
            for issue in (json.loads(told) if isinstance(told, str) else told)
        ]
        connection.execute(sa.insert(into), rows)


def _words(issue: dict[str, Any]) -> dict[str, str]:
    about = issue.get('attribute') or ', '.join(map(str, issue.get('attributeNames') or ()))
    told = {name: str(issue.get(name) or '')[:500] for name in ('code', 'severity', 'message')}
    return {**told, 'attribute': about, 'category': ', '.join(map(str, issue.get('categories') or ())), 'action': ''}
