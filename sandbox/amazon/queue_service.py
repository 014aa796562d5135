"""A small Amazon SQS for the sandbox's own queue, so that a rehearsal needs no AWS: JSON protocol, long polling.

It is as much of it as a listener uses. Whoever wants to know how a real queue behaves tests with one.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon.mailbox import OWN_QUEUE, Mailbox

PATH = "/_aws"
URL = f"https://sqs.eu-west-1.amazonaws.com/123456789012/{OWN_QUEUE.rpartition(':')[2]}"
_STEP = 0.05
_AMAZONS_ACCOUNT = "437568002678"
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{_AMAZONS_ACCOUNT}:root"},
            "Action": ["sqs:SendMessage", "sqs:GetQueueAttributes"],
            "Resource": OWN_QUEUE,
        }
    ],
}


@dataclass
class _Held:
    body: str
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    handle: str = ""
    shown_from: float = 0.0
    taken: int = 0


@dataclass
class QueueService:
    """The queue's messages. Thread-safe; times are real seconds."""

    mailbox: Mailbox
    settle: Callable[[], None]
    """Lets Amazon be done with what is due: then it tells so."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: list[_Held] = field(default_factory=list)
    _fetched: int = 0

    def answer(self, target: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body for an action of the JSON protocol."""
        if body.get("QueueUrl", URL) != URL:
            return 400, _error("QueueDoesNotExist")
        actions = {
            "ReceiveMessage": self._receive,
            "DeleteMessageBatch": self._delete,
            "ChangeMessageVisibilityBatch": self._hide,
            "GetQueueUrl": lambda _: {"QueueUrl": URL},
            "GetQueueAttributes": lambda _: {"Attributes": {"QueueArn": OWN_QUEUE, "Policy": json.dumps(_POLICY)}},
        }
        action = actions.get(target.rpartition(".")[2])
        return (200, action(body)) if action else (400, _error("UnsupportedOperation"))

    def waiting(self) -> int:
        """Messages that have not been deleted."""
        with self._lock:
            self._fetch()
            return len(self._held)

    def _receive(self, body: Mapping[str, Any]) -> dict[str, Any]:
        until = time.monotonic() + float(body.get("WaitTimeSeconds", 0))
        while True:
            self.settle()
            found = self._take(int(body.get("MaxNumberOfMessages", 1)), float(body.get("VisibilityTimeout", 30)))
            if found or time.monotonic() >= until:
                return {"Messages": found} if found else {}
            time.sleep(_STEP)

    def _take(self, most: int, hidden: float) -> list[dict[str, Any]]:
        with self._lock:
            self._fetch()
            now = time.monotonic()
            due = [one for one in self._held if one.shown_from <= now][:most]
            for one in due:
                one.handle, one.shown_from, one.taken = secrets.token_hex(16), now + hidden, one.taken + 1
            return [
                {
                    "MessageId": one.id,
                    "ReceiptHandle": one.handle,
                    "Body": one.body,
                    "Attributes": {"ApproximateReceiveCount": str(one.taken)},
                }
                for one in due
            ]

    def _delete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        entries = body.get("Entries", ())
        handles = {entry["ReceiptHandle"] for entry in entries}
        with self._lock:
            self._held = [one for one in self._held if one.handle not in handles]
        return {"Successful": [{"Id": entry["Id"]} for entry in entries], "Failed": []}

    def _hide(self, body: Mapping[str, Any]) -> dict[str, Any]:
        entries = body.get("Entries", ())
        shown_in = {entry["ReceiptHandle"]: float(entry["VisibilityTimeout"]) for entry in entries}
        with self._lock:
            for one in self._held:
                if one.handle in shown_in:
                    one.shown_from = time.monotonic() + shown_in[one.handle]
        return {"Successful": [{"Id": entry["Id"]} for entry in entries], "Failed": []}

    def _fetch(self) -> None:
        sent = self.mailbox.sent.get(OWN_QUEUE, [])
        self._held += [_Held(body) for body in sent[self._fetched :]]
        self._fetched = len(sent)


def add_queue_service(app: Any, service: QueueService) -> None:
    """Serve it below PATH."""
    queue = Blueprint("queue", __name__)

    @queue.post("/", strict_slashes=False)
    def act() -> Response:
        target = request.headers.get("X-Amz-Target", "")
        status, body = service.answer(target, request.get_json(force=True, silent=True) or {})
        return Response(json.dumps(body), status, mimetype="application/x-amz-json-1.0")

    app.register_blueprint(queue, url_prefix=PATH)


def _error(code: str) -> dict[str, Any]:
    return {"__type": f"com.amazonaws.sqs#{code}", "message": code}
