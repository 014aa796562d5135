"""The applications registered with Amazon, the secrets they prove themselves with, and the roles they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

PUBLIC, PRIVATE = "public", "private"
LIVE, SANDBOX = "live", "sandbox"
DAY = 86_400.0
SECRET_DAYS = 180
"""Days that a client secret lives."""
GRACE_DAYS = 7
"""Days that the secret before the last rotation goes on working."""

PII_ROLE = "Direct-to-Consumer Shipping (Restricted)"
ORDERS_ROLE = "Inventory and Order Tracking"
LISTINGS_ROLE = "Product Listing"
NOTIFICATIONS_SCOPE = "sellingpartnerapi::notifications"
ROTATION_SCOPE = "sellingpartnerapi::client_credential:rotation"
SCOPES = (NOTIFICATIONS_SCOPE, ROTATION_SCOPE)
"""What grantless tokens are good for."""
ROLES = (PII_ROLE, ORDERS_ROLE, LISTINGS_ROLE)

REDIRECT_URIS = ("https://crossdock.example/amazon", "http://127.0.0.1:8912/amazon")
"""Where the public applications may send sellers back to; a consent that names none goes to the first."""


@dataclass(frozen=True)
class Secret:
    """A client secret; `expires` in unix seconds."""

    value: str = field(repr=False)
    expires: float


@dataclass
class Application:
    """One application: a public one that any seller may authorize, or a private one of a single seller.

    application_id   what the consent page wants; not the client id
    api_mode         "live", or "sandbox": its tokens open nothing but the sandbox hosts
    draft            not published yet: the consent page wants `version=beta`
    enrolled         a queue is registered that new client secrets are sent to
    secret_queue     its ARN; the sandbox's own where none is told
    roles            what its calls may see, see ROLES
    denied           operations that Amazon denies this application whatever its roles (403 AccessDenied)
    """

    name: str
    mode: str
    application_id: str
    client_id: str
    secrets: list[Secret]
    api_mode: str = LIVE
    draft: bool = False
    enrolled: bool = False
    redirect_uris: tuple[str, ...] = REDIRECT_URIS
    roles: frozenset[str] = frozenset(ROLES)
    denied: frozenset[str] = frozenset()
    secret_queue: str = ""

    @property
    def client_secret(self) -> str:
        """The newest secret."""
        return self.secrets[-1].value

    def takes(self, secret: str, now: float) -> bool:
        """Whether a secret is one of this application and still alive."""
        return any(known.value == secret and known.expires > now for known in self.secrets)

    def rotate(self, value: str, now: float) -> None:
        """A new secret for 180 days; the one before lives for a week at most, older ones are dead."""
        last = self.secrets[-1]
        self.secrets = [
            Secret(last.value, min(last.expires, now + GRACE_DAYS * DAY)),
            Secret(value, now + SECRET_DAYS * DAY),
        ]


def derived(seed: int, purpose: str, length: int) -> str:
    """`length` hexadecimal digits that depend only on seed and purpose."""
    text = ""
    while len(text) < length:
        text += hashlib.sha256(f"{seed} {purpose} {len(text)}".encode()).hexdigest()
    return text[:length]


def register(
    seed: int,
    name: str,
    mode: str,
    now: float,
    *,
    api_mode: str = LIVE,
    draft: bool = False,
    redirect_uris: Iterable[str] = REDIRECT_URIS,
) -> Application:
    """An application whose ids and secret depend only on seed and name."""
    return Application(
        name=name,
        mode=mode,
        application_id=f"amzn1.sp.solution.{derived(seed, f'application {name}', 32)}",
        client_id=f"amzn1.application-oa2-client.{derived(seed, f'client id {name}', 32)}",
        secrets=[Secret(f"amzn1.oa2-cs.v1.{derived(seed, f'client secret {name}', 64)}", now + SECRET_DAYS * DAY)],
        api_mode=api_mode,
        draft=draft,
        redirect_uris=tuple(redirect_uris),
    )
