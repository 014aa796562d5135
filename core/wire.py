"""Connections that keep one deadline for a whole exchange, and that know whether anything was sent.

The time-out of a socket counts from one piece of data to the next, so a remote that drips could hold a call for ever:
in the handshake, the status line, interim answers, headers, body or trailers. So one thread shuts the connection of
every exchange that is over its time, which wakes whatever reads from it or writes to it.
"""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import connection

_current: ContextVar[Exchange] = ContextVar("exchange")


class Exchange:
    """One request and its answer."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        """On the monotonic clock."""
        self.sent = False
        """Whether the remote can have got any of the request."""
        self.expired = False
        self._line: socket.socket | None = None
        self._lock = threading.Lock()

    @property
    def remaining(self) -> float:
        """Real seconds left, never negative."""
        return max(self.deadline - time.monotonic(), 0.0)

    def attach(self, line: Any) -> None:
        """Note the socket that this exchange goes over; raises TimeoutError when its time is over.

        A second handle of it is kept: TLS moves the first one, and http.client gives it away with the headers.
        """
        with self._lock:
            self._let_go()
            if self.expired:
                raise TimeoutError
            self._line = socket.fromfd(line.fileno(), socket.AF_INET, socket.SOCK_STREAM)

    def expire(self) -> None:
        """End it now, whatever it waits for."""
        with self._lock:
            self.expired = True
            if self._line is not None:
                with suppress(OSError):  # the remote was faster
                    self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """It has ended; its connection may serve others."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class Watch:
    """Ends every exchange at its deadline."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open: set[Exchange] = set()
        self._wakes_at = math.inf
        self._all_end_at = math.inf
        self._thread: threading.Thread | None = None

    @contextmanager
    def exchange(self, seconds: float) -> Iterator[Exchange]:
        """An exchange that everything in this block belongs to; it has so many real seconds."""
        exchange = Exchange(min(time.monotonic() + seconds, self._all_end_at))
        self._add(exchange)
        token = _current.set(exchange)
        try:
            yield exchange
        finally:
            _current.reset(token)
            with self._changed:
                self._open.discard(exchange)
            exchange.close()

    def end_all_in(self, seconds: float) -> None:
        """Leave all exchanges, also those still to come, no more than so many real seconds from now."""
        with self._changed:
            self._all_end_at = min(self._all_end_at, time.monotonic() + seconds)
            for exchange in self._open:
                exchange.deadline = min(exchange.deadline, self._all_end_at)
            self._changed.notify()

    def close(self) -> None:
        """End the thread; a later exchange starts another one."""
        with self._changed:
            self._thread = None
            self._changed.notify()

    def _add(self, exchange: Exchange) -> None:
        with self._changed:
            self._open.add(exchange)
            if self._thread is None:
                self._wakes_at = math.inf
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            # Most calls end long before their time and later ones end later, so the thread seldom has to wake.
            if exchange.deadline < self._wakes_at:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while self._thread is threading.current_thread():
                now = time.monotonic()
                for exchange in [one for one in self._open if one.deadline <= now]:
                    self._open.discard(exchange)
                    exchange.expire()
                self._wakes_at = min((one.deadline for one in self._open), default=math.inf)
                self._changed.wait(None if math.isinf(self._wakes_at) else self._wakes_at - now)


class _Connection(HTTPConnection):
    """Tells the exchange about its socket, and when the request begins to leave."""

    def _new_conn(self) -> socket.socket:
        exchange = _current.get()
        failure = OSError("the name has no address")
        for *_, address in socket.getaddrinfo(self._dns_host, self.port, 0, socket.SOCK_STREAM):
            seconds = min(self.timeout or math.inf, exchange.remaining)
            try:
                line = connection.create_connection(
                    (str(address[0]), self.port), seconds, self.source_address, self.socket_options
                )
            except OSError as error:
                failure = error
                continue
            exchange.attach(line)
            return line
        raise failure

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        """Send the headers and the body; until now everything was only looked at."""
        if self.sock is None:
            self.connect()
        exchange = _current.get()
        exchange.attach(self.sock)
        exchange.sent = True
        super().endheaders(*args, **kwargs)


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS: dict[str, Any] = {"http": _Pool, "https": _TlsPool}


class Adapter(HTTPAdapter):
    """Sends prepared requests over such connections. Unlike a session it follows nothing and remembers nothing."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """The pools of a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """The answer with status, headers and unread body; cookies are not looked at."""
        response = requests.Response()
        response.request, response.raw = req, resp
        response.status_code, response.headers = resp.status, CaseInsensitiveDict(resp.headers)
        return response
