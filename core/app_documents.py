"""The documents of `app add` and `app edit`."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, Field

from core.amazon.credential_forms import check_application_id, check_client_id, check_client_secret
from core.documents import Document
from core.names import Name
from core.settings import is_loopback

SOURCE = "app document"


def check_redirect_url(value: str) -> str:
    """Where Amazon sends sellers back to, exactly as it is registered: https, or http on this machine."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("it is not a web address")
    if parts.scheme == "http" and not is_loopback(value):
        raise ValueError("plain http is accepted for this machine only (127.0.0.1); use https")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("it must hold no user name, password or #fragment")
    return value


def _or_empty(value: str) -> str:
    return check_redirect_url(value) if value else ""


def _application_id(value: str) -> str:
    return check_application_id(value) if value else ""


class AppDocument(Document):
    """What `app add` takes; a private app needs neither App ID nor redirect URL."""

    name: Name
    mode: Literal["public", "private"] = "public"
    app_id: Annotated[str, AfterValidator(_application_id)] = ""
    client_id: Annotated[str, AfterValidator(check_client_id)]
    client_secret: Annotated[str, AfterValidator(check_client_secret)]
    redirect_url: Annotated[str, AfterValidator(_or_empty)] = ""
    api_mode: Literal["live", "sandbox"] = "live"
    region: Literal["na", "eu", "fe", ""] = ""
    """Of its channels, where they name none."""
    draft_app: bool = False
    secret_expires_at: AwareDatetime | None = None


class AppChanges(Document):
    """What `app edit` takes: the name, and what changes; with `revision`, only if nobody changed it since."""

    name: str
    app_id: Annotated[str, AfterValidator(_application_id)] | None = None
    client_id: Annotated[str, AfterValidator(check_client_id)] | None = None
    client_secret: Annotated[str, AfterValidator(check_client_secret)] | None = None
    redirect_url: Annotated[str, AfterValidator(_or_empty)] | None = None
    api_mode: Literal["live", "sandbox"] | None = None
    region: Literal["na", "eu", "fe", ""] | None = None
    draft_app: bool | None = None
    secret_expires_at: AwareDatetime | None = None
    revision: int | None = Field(default=None, gt=0)
