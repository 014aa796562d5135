"""Refusals of the store, in the body shape of its REST API."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

_PHRASES = {405: "Method Not Allowed", 406: "Not Acceptable", 415: "Unsupported Media Type"}


class ApiError(Exception):
    """The call is refused with `status`; `errors` and `messages` are the store's notifications."""

    def __init__(self, status: int, *errors: str, messages: Sequence[str] = ()) -> None:
        super().__init__(status, errors)
        self.status = status
        self.errors = list(errors)
        self.messages = list(messages)

    def body(self, *, old_build: bool) -> dict[str, Any]:
        """The JSON body; builds before about 4.14 have only message and status."""
        phrase = _PHRASES.get(self.status) or HTTPStatus(self.status).phrase
        text = ", ".join([*self.errors, *self.messages])
        message = f"{phrase}: {text}" if text else phrase
        if old_build:
            return {"message": message, "status": self.status}
        return {"message": message, "messages": self.messages, "errors": self.errors, "status": self.status}
