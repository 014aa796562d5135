"""Sees every exchange at the sandbox's Amazon side and judges it by the official models.

The token service has no model: its exchanges are judged by the words of Amazon's "Connect to the SP-API".
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tests.contract import swagger

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TOKEN_PATH = "/auth/o2/token"
PAGES = ("/apps/authorize/consent",)
"""For people's browsers: no model speaks of them."""
SIGNED = "/documents/"
"""Where documents lie, at addresses that are S3's in life: no model speaks of them either."""
GRANTS = {
    "refresh_token": {"refresh_token"},
    "client_credentials": {"scope"},
    "authorization_code": {"code", "redirect_uri"},
}
"""Kind of grant → the form fields it takes besides those of the client."""
TOKEN_ERRORS = {
    400: {"invalid_grant", "invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type"},
    401: {"invalid_client"},
}


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; header names are in lower case."""

    method: str
    address: str
    sent: dict[str, str]
    body: bytes
    status: int
    headers: dict[str, str]
    answer: bytes

    @property
    def path(self) -> str:
        """The address without its query."""
        return self.address.partition("?")[0]

    @property
    def operation(self) -> swagger.Operation | None:
        """The operation of the models that the request is one of."""
        known = swagger.operations().values()
        return next((one for one in known if one.matches(self.method, self.path) is not None), None)

    @property
    def is_modelled(self) -> bool:
        """Whether the models, or the words of the token service, speak of it."""
        return self.path not in PAGES and not self.path.startswith(SIGNED)

    @property
    def name(self) -> str:
        """What was called: an operation, or `token`."""
        found = self.operation
        return found.name if found else "token" if self.path == TOKEN_PATH else self.path

    def problems(self) -> Iterator[str]:
        """What the models do not allow, in words that name the exchange."""
        for problem in [*self.request_problems(), *self.answer_problems()]:
            yield f"{self.method} {self.address} -> {self.status}: {problem}"

    def request_problems(self) -> Iterator[str]:
        """What is wrong with the request."""
        if self.path == TOKEN_PATH:
            yield from _token_request_problems(self)
            return
        operation = self.operation
        if operation is None:
            yield "no operation of the models"
            return
        yield from operation.problems(self.method, self.address, json.loads(self.body) if self.body else None)
        if not self.sent.get("x-amz-access-token"):
            yield "x-amz-access-token is missing"
        agent = self.sent.get("user-agent", "")
        if len(agent) > 500 or not re.search(r"[^/ ]+/[^/ ]+ \(Language=[^;)]+.*\)", agent):
            yield f"user-agent {agent!r} is not AppName/Version (Language=…)"
        if not re.fullmatch(r"\d{8}T\d{6}Z", self.sent.get("x-amz-date", "")):
            yield f"x-amz-date {self.sent.get('x-amz-date')!r} is not YYYYMMDDTHHMMSSZ"
        if self.sent.get("accept") != "application/json":
            yield "accept is not application/json"
        if "authorization" in self.sent:
            yield "authorization is sent, which nobody wants"

    def answer_problems(self) -> Iterator[str]:
        """What is wrong with the answer."""
        if not self.headers.get("x-amzn-requestid"):
            yield "the answer has no x-amzn-RequestId"
        operation, body = self.operation, None
        if self.status != 204 and (self.answer or self._promises_body()):
            if self.headers.get("content-type", "").partition(";")[0] != "application/json":
                yield f"the answer is {self.headers.get('content-type')}, not application/json"
                return
            try:
                body = json.loads(self.answer)
            except ValueError:
                yield "the answer is no JSON"
                return
        elif self.answer:
            yield "the answer should have no body"
        if self.path == TOKEN_PATH:
            yield from _token_answer_problems(self.status, body)
            return
        if operation is None or str(self.status) not in operation.document["responses"]:
            yield "the models know no such answer"
            return
        yield from operation.answer_problems(self.status, body)
        yield from self._rate_problems()
        if self.status >= 400 and not body.get("errors"):
            yield "the refusal names no error"

    def _promises_body(self) -> bool:
        operation = self.operation
        return operation is None or "schema" in operation.document["responses"].get(str(self.status), {"schema": {}})

    def _rate_problems(self) -> Iterator[str]:
        """The rate stands on 2xx, 400 and 404, best effort; with the sandbox that means always, elsewhere never."""
        rate = self.headers.get("x-amzn-ratelimit-limit")
        if self.status < 300 or self.status in (400, 404):
            if not re.fullmatch(r"\d+(\.\d+)?", rate or ""):
                yield f"x-amzn-RateLimit-Limit is {rate!r}"
        elif rate is not None:
            yield "x-amzn-RateLimit-Limit stands on a refusal that never has it"


class Witness:
    """Stands in front of an application and remembers what passes; `wrap` makes it do so. Thread-safe."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.uploaded: list[bytes] = []
        """Documents of feeds."""
        self.kinds: set[str] = set()
        """Kinds of orders that were served, as the test that knows the world notes them."""
        self._lock = threading.Lock()

    def wrap(self, app: WSGIApplication) -> WSGIApplication:
        """The application with this witness before it."""

        def witnessed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            body = environ["wsgi.input"]
            sent = body.read()
            body.seek(0)
            started: list[tuple[str, list[tuple[str, str]]]] = []

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                started[:] = [(status, headers)]
                return start_response(status, headers, exc_info)

            answer = b"".join(app(environ, start))
            status, headers = started[0]
            seen = Exchange(
                method=environ["REQUEST_METHOD"],
                address=environ["REQUEST_URI"],
                sent=_sent_headers(environ),
                body=sent,
                status=int(status.partition(" ")[0]),
                headers={name.lower(): value for name, value in headers},
                answer=answer,
            )
            with self._lock:
                if seen.is_modelled:
                    self.exchanges.append(seen)
                elif seen.method == "PUT":
                    self.uploaded.append(sent)
            return [answer]

        return witnessed

    def problems(self) -> list[str]:
        """Everything the models do not allow, each once, with how often it was seen."""
        found = Counter(problem for exchange in self.exchanges for problem in exchange.problems())
        return [f"{problem} ({times} times)" for problem, times in found.items()]

    def statuses(self) -> dict[str, set[int]]:
        """Operation → the statuses it was answered with."""
        seen: dict[str, set[int]] = {}
        for exchange in self.exchanges:
            seen.setdefault(exchange.name, set()).add(exchange.status)
        return seen

    def orders(self) -> Iterator[dict[str, Any]]:
        """Every order that was served."""
        for exchange in self.exchanges:
            if exchange.status == 200 and exchange.name in ("searchOrders", "getOrder"):
                body = json.loads(exchange.answer)
                yield from body["orders"] if "orders" in body else [body["order"]]


def _sent_headers(environ: WSGIEnvironment) -> dict[str, str]:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return headers | {"content-type": environ.get("CONTENT_TYPE", "")}


def _token_request_problems(exchange: Exchange) -> Iterator[str]:
    if exchange.method != "POST" or "?" in exchange.address:
        yield "a token is asked for by POST, with nothing in the address"
    if exchange.sent["content-type"].partition(";")[0] != "application/x-www-form-urlencoded":
        yield f"the request is {exchange.sent['content-type']}, not a form"
    pairs = parse_qsl(exchange.body.decode(), keep_blank_values=True)
    form = dict(pairs)
    wanted = {"grant_type", "client_id", "client_secret"} | GRANTS.get(form.get("grant_type", ""), set())
    if len(pairs) != len(form) or set(form) != wanted or not all(form.values()):
        yield f"the form has the fields {sorted(form)}, not {sorted(wanted)}"


def _token_answer_problems(status: int, body: Any) -> Iterator[str]:
    if status != 200:
        if body.get("error") not in TOKEN_ERRORS.get(status, set()):
            yield f"error {body.get('error')!r} does not go with this status"
        if not body.get("error_description"):
            yield "the refusal has no error_description"
        return
    if set(body) - {"refresh_token"} != {"access_token", "token_type", "expires_in"}:
        yield f"the answer has the fields {sorted(body)}"
    elif body["token_type"] != "bearer" or body["expires_in"] != 3600 or len(body["access_token"]) > 2048:
        yield "the token is not one of an hour and at most 2,048 characters"
