"""Amazon applications and the seller accounts that authorized them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import key_field, now_field
from core.vault import EncryptedText

ACCOUNT_OK = "ok"
ACCOUNT_NEEDS_AUTHORIZATION = "needs_authorization"


class App(SQLModel, table=True):
    """An SP-API application; a private one belongs to the seller who registered it."""

    id: int | None = key_field()
    name: str = Field(unique=True)
    mode: str
    client_id: str = Field(unique=True)
    client_secret: str = Field(sa_type=EncryptedText)
    previous_secret: str | None = Field(default=None, sa_type=EncryptedText)
    """Tried once when the newer secret is refused: Amazon keeps it alive for a week after rotation."""


class SellerAccount(SQLModel, table=True):
    """(app, seller id, region, API mode): owns tokens, quotas and the stream of orders; channels share it."""

    __tablename__ = "seller_account"
    __table_args__ = (UniqueConstraint("app_id", "seller_id", "region", "api_mode"),)

    id: int | None = key_field()
    app_id: int = Field(foreign_key="app.id")
    region: str
    api_mode: str
    seller_id: str
    refresh_token: str = Field(sa_type=EncryptedText)
    authorized_at: datetime = now_field()
    state: str = ACCOUNT_OK
    state_reason: str = ""
