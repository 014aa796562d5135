"""How a queue of notifications is reached."""

from __future__ import annotations

import pytest

from core.errors import CrossdockError, Unreachable
from core.notifications.queue import Access, Queue, policy

NOWHERE = "http://127.0.0.1:9"
URL = "https://sqs.eu-west-3.amazonaws.com/123456789012/orders"
ARN = "arn:aws:sqs:eu-north-1:123456789012:orders"


@pytest.mark.parametrize(
    ("url", "arn", "region"),
    [
        (URL, "", "eu-west-3"),
        ("", ARN, "eu-north-1"),
        ("http://127.0.0.1:4566/1/q", "", "us-east-1"),
        (URL, ARN, "eu-north-1"),
    ],
)
def test_the_region_is_that_of_the_queue(url: str, arn: str, region: str) -> None:
    assert Access(url, arn, "", "").region == region


def test_the_keys_of_the_channel_sign_the_calls() -> None:
    queue = Queue(Access(URL, ARN, "AKIACHANNEL", "secret"), NOWHERE)
    seen: list[str] = []
    queue._client.meta.events.register(
        "before-send.sqs", lambda request, **_: seen.append(str(request.headers["Authorization"]))
    )
    with pytest.raises(CrossdockError):
        queue.receive(0)
    assert "Credential=AKIACHANNEL/" in seen[0] and "/eu-north-1/sqs/" in seen[0]


def test_aws_that_cannot_be_reached_is_said_so_without_the_keys() -> None:
    with pytest.raises(Unreachable) as caught:
        Queue(Access(URL, "", "AKIACHANNEL", "very-secret"), NOWHERE).receive(0)
    assert "AWS cannot be reached" in str(caught.value)
    assert "AKIACHANNEL" not in repr(caught.value) and "very-secret" not in repr(caught.value)


def test_keys_are_not_shown() -> None:
    assert "secret" not in repr(Access(URL, ARN, "AKIASECRET", "secret")).lower()


def test_the_policy_names_the_queue_and_amazon() -> None:
    assert ARN in policy(ARN) and "437568002678" in policy(ARN) and "\n" not in policy(ARN)
