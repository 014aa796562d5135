"""Receives the seller's browser on this machine, where the redirect URL of the app names it (an SSH forward).

One address, one purpose: any other request is answered with 404, nothing is logged, and the server ends with the
consent or after ten minutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from urllib.parse import urlsplit

from core.actor import Actor
from core.channels import consent
from core.channels.consent import ConsentRequest
from core.channels.registry import get
from core.channels.views import ChannelView
from core.errors import ConfigurationError, CrossdockError
from core.model.base import stored_id
from core.settings import is_loopback
from core.workspace import Workspace, channel_parts

PATIENCE = 600.0
"""Real seconds to wait for the browser."""
_LOOK_UP = 0.5
_REQUEST_TIMEOUT = 2.0
"""Browsers open connections that they do not use; none may hold up the others for long."""
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Crossdock</title></head>'
    "<body><p>{words}</p><p>Go back to the terminal.</p></body></html>"
)


def authorize(
    workspace: Workspace,
    actor: Actor,
    name: str,
    *,
    tell: Callable[[ConsentRequest], None],
    port: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    patience: float = PATIENCE,
) -> ChannelView:
    """Begin an authorization, `tell` where to go, and wait for the browser to come back.

    `port` is where to listen, if the forward leads to another than the redirect URL names. Raises ConfigurationError
    when nobody came, or the redirect URL is not on this machine, and what `consent.finish` raises.
    """
    redirect_url = _redirect_url(workspace, actor, name)
    gate = _Gate(redirect_url, port)
    try:
        tell(consent.begin(workspace, actor, name))
        deadline = time.monotonic() + patience
        return gate.wait(lambda url: consent.finish(workspace, actor, name, url), deadline, should_stop)
    finally:
        gate.server_close()


def _redirect_url(workspace: Workspace, actor: Actor, name: str) -> str:
    channel = get(workspace, actor, name)
    with workspace.database.read() as session:
        _, _, app, _ = channel_parts(session, stored_id(channel.id))
    if not (is_loopback(app.redirect_url) and app.redirect_url.startswith("http:")):
        raise ConfigurationError(
            "The redirect URL of its app does not lead to this machine by plain http, so nothing can be received here.",
            subject=f"channel {name}",
            next_step="Authorize without --listen and paste the address that the browser shows, or register "
            "http://127.0.0.1:8912/amazon with the app.",
        )
    return app.redirect_url


class _Gate(TCPServer):
    """Listens on 127.0.0.1 until the consent has come back."""

    allow_reuse_address = True

    def __init__(self, redirect_url: str, port: int | None) -> None:
        self._redirect = urlsplit(redirect_url)
        chosen = port or self._redirect.port or 80
        self.timeout = _LOOK_UP
        self._finish: Callable[[str], ChannelView] | None = None
        self._result: ChannelView | None = None
        self._error: CrossdockError | None = None
        try:
            super().__init__(("127.0.0.1", chosen), _Visitor)
        except (OSError, OverflowError) as error:
            raise ConfigurationError(
                f"Port {chosen} of this machine cannot be listened on ({error}).",
                next_step="End what uses it, or choose another with --port and forward the redirect URL's to it.",
            ) from None

    def wait(
        self, finish: Callable[[str], ChannelView], deadline: float, should_stop: Callable[[], bool]
    ) -> ChannelView:
        """Serve until `finish` has taken a callback; strangers' addresses are answered and forgotten."""
        self._finish = finish
        while self._result is None:
            if self._error is not None:
                raise self._error
            if should_stop() or time.monotonic() > deadline:
                raise ConfigurationError(
                    "Nobody came back from the consent page.",
                    next_step="Begin again, or paste the address that the browser shows with --callback-url.",
                )
            self.handle_request()
        return self._result

    def visit(self, target: str) -> tuple[int, str]:
        """Answer a request for `target`: status, and words for the page."""
        if urlsplit(target).path != (self._redirect.path or "/") or self._finish is None:
            return 404, "There is nothing here."
        try:
            self._result = self._finish(f"{self._redirect.scheme}://{self._redirect.netloc}{target}")
        except CrossdockError as error:
            if "callback_url" in error.fields:
                # A stale tab, or somebody guessing: the right one may still come.
                return 400, "This is not the answer to the authorization that was begun."
            self._error = error
            return 400, "It did not work; the terminal says why."
        return 200, "The authorization is complete."

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that breaks off is nobody's concern."""


class _Visitor(BaseHTTPRequestHandler):
    timeout = _REQUEST_TIMEOUT
    server_version = "Crossdock"
    sys_version = ""

    def do_GET(self) -> None:
        assert isinstance(self.server, _Gate)
        status, words = self.server.visit(self.path)
        page = _PAGE.format(words=words).encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """The address holds the code, so nothing is logged."""
