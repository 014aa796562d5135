"""People who use Crossdock."""

from datetime import datetime
from uuid import uuid4

from sqlmodel import Field, SQLModel

from core.model.base import key_field, now_field

ROLE_ADMIN = "admin"
ROLE_VENDOR = "vendor"


class Operator(SQLModel, table=True):
    """A person who may log in: an admin, or a vendor who is bound to one company of one store."""

    id: int | None = key_field()
    name: str = Field(unique=True)
    role: str
    store_id: int | None = Field(default=None, foreign_key="store.id")
    company_id: int | None = None
    password_hash: str | None = None
    """Argon2id in PHC form."""
    password_changed_at: datetime | None = None
    """When the operator chose the password; empty while it is one that an admin has given."""
    token_hash: str | None = Field(default=None, unique=True)
    """SHA-256 of the token for headless use; tokens are random, so a fast hash is enough."""
    disabled: bool = False
    epoch: str = Field(default_factory=lambda: uuid4().hex)
    """Random, and another one whenever the account's sessions have to end; a session acts in its own epoch alone."""
    last_login_at: datetime | None = None
    created_at: datetime = now_field()


class LoginFailure(SQLModel, table=True):
    """Wrong passwords in a row for one name; names that nobody has are counted alike, so nothing tells them apart."""

    __tablename__ = "login_failure"

    name_hash: str = Field(primary_key=True)
    """SHA-256 of the name: people type passwords into the wrong field."""
    failures: int = 0
    locked_until: datetime | None = None
    last_at: datetime = now_field()
