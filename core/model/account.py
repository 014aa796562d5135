"""Amazon applications and the seller accounts that authorized them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import key_field, now_field
from core.vault import EncryptedText

ACCOUNT_OK = "ok"
ACCOUNT_NEEDS_AUTHORIZATION = "needs_authorization"
NOT_YET = "The seller has not authorized the app yet."
"""Why an account needs authorization that never had one."""

MODE_PUBLIC = "public"
MODE_PRIVATE = "private"


class App(SQLModel, table=True):
    """An SP-API application: a public one that sellers authorize, or a private one of the seller who registered it."""

    id: int | None = key_field()
    name: str = Field(unique=True)
    mode: str
    """`public` (sellers give their consent, OAuth) or `private` (self-authorized)."""
    application_id: str = ""
    """`amzn1.sp.solution.…`, which the consent page wants; only public apps need it."""
    redirect_url: str = ""
    """Where Amazon sends the seller after the consent; registered with the app."""
    api_mode: str = "live"
    region: str = ""
    draft_app: bool = False
    """Not published yet: the consent page wants `version=beta`."""
    client_id: str = Field(unique=True)
    client_secret: str = Field(sa_type=EncryptedText)
    previous_secret: str | None = Field(default=None, sa_type=EncryptedText)
    """Tried once when the newer secret is refused: Amazon keeps it alive for a week after rotation."""
    secret_set_at: datetime = now_field()
    secret_expires_at: datetime | None = None
    """As told by the operator or Amazon; otherwise 180 days after `secret_set_at` is assumed."""
    revision: int = 1


class SellerAccount(SQLModel, table=True):
    """(app, seller id, region, API mode): owns tokens, quotas and the stream of orders; channels share it."""

    __tablename__ = "seller_account"
    __table_args__ = (UniqueConstraint("app_id", "seller_id", "region", "api_mode"),)

    id: int | None = key_field()
    app_id: int = Field(foreign_key="app.id")
    region: str
    api_mode: str
    seller_id: str | None = None
    """Unknown until the seller of a public app has authorized it."""
    refresh_token: str = Field(sa_type=EncryptedText)
    """Empty until the seller of a public app has authorized it."""
    authorized_at: datetime = now_field()
    state: str = ACCOUNT_OK
    state_reason: str = ""
    refused_at: datetime | None = None
    """When Amazon last refused the refresh token; it is not tried again for an hour."""
    participations: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    """Where the seller sells, as Amazon last told."""
    participations_at: datetime | None = None


class AuthorizationRequest(SQLModel, table=True):
    """A seller was sent to Amazon's consent page; the `state` that comes back is good once and for a short time."""

    __tablename__ = "authorization_request"

    id: int | None = key_field()
    state_hash: str = Field(unique=True)
    """SHA-256 of the state, in hexadecimal digits: the value itself is known to the browser only."""
    channel_id: int = Field(foreign_key="channel.id", ondelete="CASCADE", index=True)
    operator: str
    redirect_url: str
    created_at: datetime = now_field()
    expires_at: datetime
    used_at: datetime | None = None
