"""A server of scripted bytes, for what a well-behaved one cannot do: resets, lies about lengths, drips."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

PATIENCE = 20.0
"""Seconds after which a script gives up, so that a broken client cannot hang the run."""


@dataclass(frozen=True)
class Request:
    """What arrived on one connection before the script answered."""

    line: str
    headers: dict[str, str]
    body: bytes


class Connection:
    """One client's connection as a script sees it."""

    def __init__(self, tcp: socket.socket, stop: threading.Event, tls: ssl.SSLContext | None) -> None:
        self.stop = stop
        self.stream: socket.socket = tls.wrap_socket(tcp, server_side=True) if tls else tcp
        self._file = self.stream.makefile("rb")

    def receive(self) -> Request | None:
        """Read one whole request; None when the client closed instead, or came with TLS where there is none."""
        if self._file.peek(1)[:1] == b"\x16":
            self.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return None
        line = self._file.readline().decode("latin-1").rstrip("\r\n")
        if not line:
            return None
        headers: dict[str, str] = {}
        while text := self._file.readline().decode("latin-1").rstrip("\r\n"):
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        return Request(line, headers, self._file.read(int(headers.get("content-length", "0"))))

    def send(self, data: bytes) -> None:
        self.stream.sendall(data)

    def send_below_tls(self, data: bytes) -> None:
        """Send bytes past the encryption, as a broken box on the way would."""
        with socket.fromfd(self.stream.fileno(), socket.AF_INET, socket.SOCK_STREAM) as raw:
            raw.sendall(data)

    def reset(self) -> None:
        """End with RST instead of FIN."""
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def hold(self) -> None:
        """Say nothing more until the test is over."""
        self.stop.wait(PATIENCE)

    def drip(self, data: bytes, every: float) -> None:
        """Send byte by byte until the client hangs up."""
        for index in range(len(data)):
            if self.stop.wait(every):
                return
            self.send(data[index : index + 1])

    def close(self) -> None:
        self._file.close()
        self.stream.close()


Script = Callable[[Connection], None]


class RawServer:
    """Runs `script` after each request; the requests are kept in the order of their arrival."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.connections = 0
        self._streams: list[socket.socket] = []
        self.requests: list[Request] = []
        self.hung_up = threading.Event()
        """Set when a script noticed that the client was gone."""
        self.finished = threading.Event()
        """Set when a script said all it had to say."""
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for stream in self._streams:
            with suppress(OSError):  # wakes a script that sends to nobody
                socket.socket.shutdown(stream, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                tcp, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(tcp,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, tcp: socket.socket) -> None:
        tcp.settimeout(PATIENCE)
        try:
            connection = Connection(tcp, self._stop, self._tls)
        except OSError:  # the handshake failed
            tcp.close()
            return
        self._streams.append(connection.stream)
        try:
            while request := connection.receive():
                self.requests.append(request)
                self._script(connection)
                self.finished.set()
        except (OSError, ValueError):  # gone, or closed by the script
            self.hung_up.set()
        finally:
            connection.close()


def answer(
    body: bytes = b"{}",
    *,
    status: str = "200 OK",
    headers: str = "Connection: close\r\n",
    length: int | None = None,
) -> bytes:
    """A whole HTTP answer; `length` may lie about the body."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body


def says(data: bytes) -> Script:
    """A script that sends `data` and closes."""

    def script(connection: Connection) -> None:
        connection.send(data)
        connection.close()

    return script
