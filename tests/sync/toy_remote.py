"""The remotes of the toy flow: a store and a seller account where making a thing twice makes two."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ToyRemote:
    """What was made where, and what goes wrong: `faults` are asked before and after each creation."""

    def __init__(self) -> None:
        self.made: dict[str, Counter[str]] = {"store": Counter(), "seller": Counter()}
        self.calls = 0
        self.before: Callable[[str, str], int] = lambda remote, name: 0
        """A status to refuse a creation with; 0 lets it pass."""
        self.after: Callable[[str, str], bool] = lambda remote, name: True
        """Whether a creation that was made is answered."""
        self._lock = threading.Lock()

    def make(self, remote: str, name: str) -> int:
        with self._lock:
            self.calls += 1
        if status := self.before(remote, name):
            return status
        with self._lock:
            self.made[remote][name] += 1
        return 200 if self.after(remote, name) else 0

    def once(self, *names: str) -> bool:
        """Whether exactly these are there, once each, on both sides."""
        return all(made == Counter(names) for made in self.made.values())


@contextmanager
def serve(remote: ToyRemote) -> Iterator[str]:
    """Serve on loopback; gives the base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = remote.make(self.path.strip("/"), body["name"])
            if status == 0:  # done, and the connection breaks without an answer
                self.close_connection = True
                return
            self._answer(status, {})

        def do_GET(self) -> None:
            self._answer(200, list(remote.made[self.path.strip("/")]))

        def _answer(self, status: int, body: object) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
