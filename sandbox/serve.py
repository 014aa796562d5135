"""Serves a WSGI application on loopback the way a real web server would: HTTP/1.1 with connections kept open.

Werkzeug's own handler closes every connection after one answer, which would hide the faults of kept
connections and cost a handshake per call. This handler reads the whole request first and so can keep it.

`abort()` and `truncated()` let a Flask view break its connection on purpose.
"""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from werkzeug.routing import Rule
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

SOCKET = "werkzeug.socket"


class _Route(Rule):
    """A rule for requests alone: to compile how addresses are made from it takes half of a sandbox's start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _not_built


def _not_built(*_: Any) -> tuple[str, str]:
    raise NotImplementedError("addresses of the sandbox are not made by its rules")


class App(Flask):
    """An application of the sandbox."""

    url_rule_class = _Route


def close_connection(environ: WSGIEnvironment) -> None:
    """Close the client's connection now; whatever is written later is lost."""
    connection: socket.socket | None = environ.get(SOCKET)
    if connection is not None:
        # The peer may have gone first: then there is nothing left to close.
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def abort() -> Response:
    """Close the connection of the current request without an answer; return the result from the view.

    It is closed when the answer would be sent: what is noted of a call stands in the ledger before its caller goes on.
    """
    environ = request.environ

    def nothing() -> Iterator[bytes]:
        close_connection(environ)
        yield b""

    return Response(nothing(), status=500)


def truncated(response: Response) -> Response:
    """The same answer, broken off after half of its body although Content-Length promises all of it."""
    body = response.get_data()
    environ = request.environ

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        close_connection(environ)

    broken = Response(half(), status=response.status, headers=response.headers)
    broken.headers["Content-Length"] = str(len(body))
    return broken


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; without this each answer waits for the peer's delayed acknowledgement.
    disable_nagle_algorithm = True
    server: _Server
    _headers_buffer: list[bytes]

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def log(self, type: str, message: str, *args: Any) -> None:
        """Quiet: the ledger is the log."""

    def make_environ(self) -> WSGIEnvironment:
        environ = super().make_environ()
        body = environ["wsgi.input"]
        if not environ.get("wsgi.input_terminated"):
            length = environ.get("CONTENT_LENGTH") or "0"
            body_bytes = self.rfile.read(int(length)) if length.isdigit() else b""
        else:
            body_bytes = body.read()
            environ["CONTENT_LENGTH"] = str(len(body_bytes))
        environ["wsgi.input"] = io.BytesIO(body_bytes)
        return environ

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started[:] = [(status, headers)]

        chunks = self.server.app(environ, start_response)
        try:
            self._answer(chunks, started, head=environ["REQUEST_METHOD"] == "HEAD")
        except OSError as error:
            self.close_connection = True
            self.connection_dropped(error, environ)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    def _answer(self, chunks: Iterable[bytes], started: list[tuple[str, list[tuple[str, str]]]], head: bool) -> None:
        """Send status, headers and body; one write when the body is a single piece."""
        iterator = iter(chunks)
        first = next(iterator, b"")
        status, headers = started[0]
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        given = {name.lower() for name, _ in headers}
        if "date" not in given:
            self.send_header("Date", self.date_time_string())
        for name, value in headers:
            self.send_header(name, value)
        if "content-length" not in given and code not in ("204", "304"):
            # The end of the connection is the end of the body.
            self.send_header("Connection", "close")
        buffered = b"".join(self._headers_buffer) + b"\r\n"
        self._headers_buffer = []
        self.wfile.write(buffered if head else buffered + first)
        for chunk in iterator:
            if chunk and not head:
                self.wfile.write(chunk)


class _Server(ThreadedWSGIServer):
    daemon_threads = True

    def __init__(self, host: str, port: int, app: WSGIApplication) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(host, port, app, _Handler)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Quiet, see the handler."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to report; anything else is a mistake of ours and is shown."""
        import sys

        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Served:
    """An application served on 127.0.0.1 in a daemon thread, from construction until `stop()`."""

    def __init__(self, app: WSGIApplication, port: int = 0) -> None:
        self._server = _Server("127.0.0.1", port, app)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port, also when a free one was chosen."""
        return self._server.port

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Stop listening and close every open connection, as a server that dies does."""
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._server.connections):
            close_connection({SOCKET: connection})
        self._thread.join(timeout=5)
