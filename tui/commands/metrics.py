"""`crossdock metrics`: how everything stands, for Prometheus."""

from __future__ import annotations

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from core import metrics
from core.actor import Actor
from core.errors import CrossdockError, UsageError
from core.files import whole
from core.workspace import Workspace
from tui.commands.common import Json, command, session, show, tell

_READABLE = 0o644
"""The collector that reads the file runs as another user; it holds nothing that is secret."""


def register(app: typer.Typer, name: str) -> None:
    """Add the command `name`."""
    command(app, name, "metrics", "metrics --file /var/lib/node_exporter/crossdock.prom", "metrics --port 9464")(
        print_all
    )


def print_all(
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Write them there, whole or not at all.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, metavar="N", help="Serve them on 127.0.0.1, until stopped."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Workers, jobs, problems, orders, quotas and what expires, in Prometheus' text format."""
    with session() as (workspace, actor):
        if port is not None:
            _serve(workspace, actor, port)
            return
        found = metrics.text(workspace, actor)
    if file is not None:
        _write(file, found)
        show({"file": str(file), "bytes": len(found)}, [f"Written to {file}."], as_json=as_json)
    elif as_json:
        show({"metrics": found.decode()}, [], as_json=True)
    else:
        sys.stdout.write(found.decode())


def _write(path: Path, found: bytes) -> None:
    try:
        with whole(path, replace=True) as file:
            file.write(found)
            os.fchmod(file.fileno(), _READABLE)  # before it has its name: a collector may look at any moment
    except OSError as error:
        raise UsageError(
            f"It cannot be written: {error.strerror}.", subject=str(path), next_step="Give a place that can."
        ) from None


def _serve(workspace: Workspace, actor: Actor, port: int) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                body, status = metrics.text(workspace, actor), 200
            except CrossdockError as error:
                body, status = str(error).encode(), 503
            except SQLAlchemyError:
                body, status = b"The database cannot be used at present.", 503
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise UsageError(f"Port {port} cannot be used: {error.strerror}.", next_step="Give another one.") from None
    tell(f"Metrics at http://127.0.0.1:{port}/metrics; Ctrl-C ends it.")
    with server:
        server.serve_forever()
