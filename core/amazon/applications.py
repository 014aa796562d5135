"""Application Management API 2023-11-30: new client secrets."""

from __future__ import annotations

from core.amazon.operations import ROTATE_CLIENT_SECRET
from core.amazon.transport import AmazonClient
from core.errors import ConfigurationError, Rejected


def rotate_client_secret(client: AmazonClient, *, subject: str) -> None:
    """Order a new client secret for the client's application; Amazon sends it to the application's own queue.

    Raises ConfigurationError when the application has no queue for it, otherwise as `AmazonClient.call` does.
    """
    try:
        client.call(ROTATE_CLIENT_SECRET)
    except Rejected as error:
        if "enroll" not in error.what.lower():
            raise
        raise ConfigurationError(
            "Amazon has nowhere to send a new secret: the app is not enrolled for the notification.",
            subject=subject,
            next_step="Register a queue in the Developer Console (Notification Preferences, Application Client New "
            "Secret) and rotate again, or make a new secret there by hand and enter it with: crossdock app edit",
        ) from error
