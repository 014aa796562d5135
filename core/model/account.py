"""Amazon applications and the seller accounts that authorized them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from core.model.base import key_field, now_field, partial_index
from core.vault import EncryptedText

ACCOUNT_OK = "ok"
ACCOUNT_NEEDS_AUTHORIZATION = "needs_authorization"
ACCOUNT_NEEDS_SECRET = "needs_secret"
"""Its app's client secret is dead: so are all accounts of the app, until another one is entered."""
NOT_YET = "The seller has not authorized the app yet."
"""Why an account needs authorization that never had one."""

MODE_PUBLIC = "public"
MODE_PRIVATE = "private"


_PROVEN = "proven_at IS NOT NULL"


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
    client_secret: str = Field(sa_type=EncryptedText(row=("client_id",)))
    previous_secret: str | None = Field(default=None, sa_type=EncryptedText(row=("client_id",)))
    """Tried once when the newer secret is refused: Amazon keeps it alive for a week after rotation."""
    previous_ends_at: datetime | None = None
    """Until when Amazon takes `previous_secret`; a week after `secret_set_at` where nothing was told."""
    secret_set_at: datetime = now_field()
    secret_expires_at: datetime | None = None
    """As told by the operator or Amazon; otherwise 180 days after `secret_set_at` is assumed."""
    revision: int = 1


class SecretRotation(SQLModel, table=True):
    """A new client secret on its way into use, the last one of each app; every step is written down as it is done."""

    __tablename__ = "secret_rotation"

    id: int | None = key_field()
    app_id: int = Field(foreign_key="app.id", ondelete="CASCADE", unique=True)
    asked_at: datetime | None = None
    """Written before Amazon is asked; empty of one that was begun elsewhere."""
    asked_by: str = ""
    is_confirmed: bool = False
    """Whether Amazon has answered that it makes one; until then it may have been asked or not."""
    arrived_at: datetime | None = None
    secret: str | None = Field(default=None, sa_type=EncryptedText(row=("app_id",)))
    """The new secret, until it is in use."""
    expires_at: datetime | None = None
    former_ends_at: datetime | None = None
    """Until when Amazon takes the secret before it."""
    fault: str = ""
    """Why it is not in use yet."""
    switched_at: datetime | None = None
    deleted_at: datetime | None = None
    """When the message that brought it was deleted from its queue."""

    @property
    def is_open(self) -> bool:
        """Whether the new secret is not in use yet."""
        return self.switched_at is None


class SellerAccount(SQLModel, table=True):
    """(app, seller id, region, API mode): owns tokens, quotas and the stream of orders; channels share it."""

    __tablename__ = "seller_account"
    __table_args__ = (
        # Anybody may claim to be a seller; only one account of an app can have proven it.
        partial_index(
            "uq_seller_account_proven",
            "app_id",
            "seller_id",
            "region",
            "api_mode",
            unique=True,
            where=_PROVEN,
        ),
    )

    id: int | None = key_field()
    app_id: int = Field(foreign_key="app.id")
    region: str
    api_mode: str
    seller_id: str | None = None
    """As somebody told; unknown until the seller of a public app has authorized it."""
    proven_at: datetime | None = None
    """When Amazon confirmed that the refresh token is one of `seller_id`; empty while that is a mere claim."""
    refresh_token: str = Field(sa_type=EncryptedText(row=("app_id", "region", "api_mode", "seller_id")))
    """Empty until the seller of a public app has authorized it."""
    authorized_at: datetime = now_field()
    state: str = ACCOUNT_OK
    state_reason: str = ""
    refused_at: datetime | None = None
    """When Amazon last refused the refresh token; it is not tried again for an hour."""
    participations: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    """Where the seller sells, as Amazon last told."""
    participations_at: datetime | None = None

    @property
    def quota_owner(self) -> str:
        """Whose token buckets its calls use: a claimed seller's are not to be spent by others."""
        return quota_owner(self.id, self.seller_id, self.proven_at)


def quota_owner(account_id: int | None, seller_id: str | None, proven_at: datetime | None) -> str:
    """The same for an account of which only these columns were read."""
    return seller_id if seller_id and proven_at else f"account {account_id}"


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
