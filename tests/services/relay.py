"""Carries connections on: `python -m tests.services.relay LISTEN TARGET PORT…`, the same ports at both addresses.

The sandbox serves this machine's loopback only, and clients speak plain http to loopback only; between hosts both need
somebody in the middle.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterable


def carry(listen: str, target: str, ports: Iterable[int]) -> None:
    """Listen, from threads that end with the process."""
    for port in ports:
        server = socket.create_server((listen, port))
        threading.Thread(target=_serve, args=(server, (target, port)), daemon=True).start()


def _serve(server: socket.socket, target: tuple[str, int]) -> None:
    while True:
        near, _ = server.accept()
        try:
            far = socket.create_connection(target)
        except OSError:
            near.close()
            continue
        for pair in ((near, far), (far, near)):
            threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        sink.close()


if __name__ == "__main__":
    carry(sys.argv[1], sys.argv[2], map(int, sys.argv[3:]))
    print("ready", flush=True)
    threading.Event().wait()
