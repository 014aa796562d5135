"""Faces and people: listing links, held orders, public apps, operators.

New columns of tables that may hold rows carry a default for those rows.
"""

import sqlalchemy as sa
import sqlmodel

import core.vault
from alembic import op



revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('operator',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('role', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=True),
    sa.Column('password_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('password_changed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('token_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('disabled', sa.Boolean(), nullable=False),
    sa.Column('last_login_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['store_id'], ['store.id'], name=op.f('fk_operator_store_id_store')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operator')),
    sa.UniqueConstraint('name', name=op.f('uq_operator_name')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_operator_token_hash'))
    )
    op.create_table('login_failure',
    sa.Column('name_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('locked_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('last_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('name_hash', name=op.f('pk_login_failure'))
    )
    op.create_table('authorization_request',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('operator', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('redirect_url', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('expires_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('used_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_authorization_request_channel_id_channel'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authorization_request')),
    sa.UniqueConstraint('state_hash', name=op.f('uq_authorization_request_state_hash'))
    )
    with op.batch_alter_table('authorization_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_authorization_request_channel_id'), ['channel_id'], unique=False)

    op.create_table('listing_link',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('sku', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('linked_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('linked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_listing_link_channel_id_channel'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['store_id'], ['store.id'], name=op.f('fk_listing_link_store_id_store')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_listing_link')),
    sa.UniqueConstraint('channel_id', 'sku', name=op.f('uq_listing_link_channel_id_sku'))
    )
    with op.batch_alter_table('amazon_order', schema=None) as batch_op:
        batch_op.add_column(sa.Column('held_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
        batch_op.drop_index('ix_amazon_order_plan')
        batch_op.create_index('ix_amazon_order_plan', ['account_id', 'marketplace_id', 'dirty', 'order_id'], unique=False)
        batch_op.create_index('ix_amazon_order_list', ['account_id', 'marketplace_id', 'created_at', 'order_id', 'dirty'], unique=False)

    with op.batch_alter_table('amazon_order_item', schema=None) as batch_op:
        batch_op.drop_index('ix_amazon_order_item_sku')
        batch_op.create_index('ix_amazon_order_item_sku', ['account_id', 'sku', 'order_id'], unique=False)

    with op.batch_alter_table('job_item', schema=None) as batch_op:
        batch_op.create_index('ix_job_item_subject', ['subject', 'job_id'], unique=False)

    with op.batch_alter_table('app', schema=None) as batch_op:
        batch_op.add_column(sa.Column('application_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('redirect_url', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('api_mode', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default='live'))
        batch_op.add_column(sa.Column('region', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('draft_app', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('secret_set_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False, server_default=sa.func.now()))
        batch_op.add_column(sa.Column('secret_expires_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))

    with op.batch_alter_table('problem', schema=None) as batch_op:
        batch_op.add_column(sa.Column('about', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
        batch_op.drop_index(batch_op.f('ix_problem_channel_id'))
        batch_op.create_index('ix_problem_open', ['channel_id', 'code', 'subject', 'about'], unique=False, sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))

    with op.batch_alter_table('schedule', schema=None) as batch_op:
        batch_op.add_column(sa.Column('paused', sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table('seller_account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('participations', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('participations_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('refused_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.alter_column('seller_id',
               existing_type=sa.VARCHAR(),
               nullable=True)

    with op.batch_alter_table('store', schema=None) as batch_op:
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))
