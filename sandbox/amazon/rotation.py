"""Application Management: a new client secret for the application that asks, by a grantless call.

Amazon sends the secret to a queue of the developer's, never in the answer; here the control interface shows it
(`GET /_sandbox/applications`). An application that is not enrolled for the notification is refused, as every new one
is; enrol it with `POST /_sandbox/applications/NAME {"enrolled": true}`.
"""

from __future__ import annotations

from flask import Blueprint, Response

from sandbox.amazon.access import Grant
from sandbox.amazon.applications import LIVE
from sandbox.amazon.errors import Refusal, done
from sandbox.amazon.gate import Gate
from sandbox.amazon.operations import ROTATE_SECRET
from sandbox.amazon.state import Amazon

_NOT_ENROLLED = (
    "Application is not enrolled for rotation notification. "
    "Please update application notification preference in Developer console."
)


def add_rotation(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """POST /applications/2023-11-30/clientSecret."""

    def rotate(grant: Grant) -> Response:
        application = grant.application
        if application.api_mode != LIVE or not application.enrolled:
            raise Refusal(400, "InvalidInput", _NOT_ENROLLED)
        amazon.access.rotate(application)
        amazon.tell_secret(application)
        return done()

    @app.post("/applications/2023-11-30/clientSecret")
    def rotate_application_client_secret() -> Response:
        return gate.call(ROTATE_SECRET, rotate)
