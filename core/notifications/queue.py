"""One queue at Amazon SQS. boto3 takes half a second to load, so only who listens loads it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from core.amazon.notifications import AMAZONS_AWS_ACCOUNT
from core.errors import ConfigurationError, CrossdockError, RemoteBusy, Unreachable
from core.foreign_json import storable

Result = TypeVar("Result")
_DEFAULT_REGION = "us-east-1"
AT_ONCE = 10
"""Messages that one call takes at most (SQS, ReceiveMessage)."""
HIDDEN = 120
"""Seconds for which a message is not shown again after it was taken: longer than it takes to act upon ten."""
_CONNECT, _MORE = 10, 15
_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
_DENIED = (
    "AccessDenied",
    "AccessDeniedException",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
    "UnrecognizedClientException",
    "KMS.AccessDeniedException",
)
_NEEDED = ("sqs:SendMessage", "sqs:GetQueueAttributes")
_URL = re.compile(
    r"https://(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.amazonaws\.com(?:\.cn)?/(\d{12})/([\w-]{1,80})/?"
)
"""Both forms of a queue's address at AWS."""
_making = threading.Lock()
"""boto3 makes one client at a time: its common session is not safe to share."""


@dataclass(frozen=True)
class Access:
    """How a queue is reached; `url` may be empty where `arn` names a queue."""

    url: str
    arn: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    by_machine: bool = False
    """Whether it may be reached with the credentials of this machine, a role for instance, where it has no keys."""

    @property
    def address(self) -> str:
        """What it is known by here, however it was entered: its ARN, or a URL that tells none."""
        found = _URL.fullmatch(self.url)
        if not found:
            return self.url or self.arn
        region = found[1] or found[2]
        partition = next((one for one in ("cn", "us-gov") if region.startswith(one)), "")
        return f"arn:aws{partition and f'-{partition}'}:sqs:{region}:{found[3]}:{found[4]}"

    @property
    def region(self) -> str:
        """The AWS region that URL or ARN names."""
        arn = self.arn or self.address
        return arn.split(":")[3] if arn.startswith("arn:") else _DEFAULT_REGION


@dataclass(frozen=True)
class Message:
    """One message that was taken; it comes again unless it is deleted."""

    id: str
    handle: str
    body: str = field(repr=False)
    taken: int
    """How often it was taken, this time included."""


class Queue:
    """Receives from a queue and deletes there. Raises CrossdockErrors only."""

    def __init__(self, access: Access, endpoint: str = "") -> None:
        """`endpoint` stands in for AWS, see CROSSDOCK_AWS_URL."""
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        self.access = access
        self._url = access.url
        if not (access.access_key or access.secret_key or access.by_machine):
            raise _failed("NoCredentialsError", access)
        try:
            with _making:
                self._client: Any = boto3.client(
                    "sqs",
                    region_name=access.region,
                    endpoint_url=endpoint or None,
                    # With none of its own it takes those of the machine, see `Access.by_machine`.
                    aws_access_key_id=access.access_key or None,
                    aws_secret_access_key=access.secret_key or None,
                    config=Config(
                        connect_timeout=_CONNECT,
                        read_timeout=20 + _MORE,
                        retries={"max_attempts": 2, "mode": "standard"},
                    ),
                )
        except BotoCoreError as error:
            raise _failed(type(error).__name__, access) from None

    def receive(self, seconds: int) -> list[Message]:
        """Take up to ten messages, waiting at most so many seconds (20 at most) for the first."""
        answer = self._call(
            lambda url: self._client.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=AT_ONCE,
                WaitTimeSeconds=seconds,
                VisibilityTimeout=HIDDEN,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        )
        return [_message(one) for one in answer.get("Messages", ())]

    def delete(self, messages: Sequence[Message]) -> None:
        """Delete messages that were taken; one that SQS does not delete comes again, and is known then."""
        for start in range(0, len(messages), AT_ONCE):
            some = messages[start : start + AT_ONCE]
            entries = [{"Id": str(number), "ReceiptHandle": one.handle} for number, one in enumerate(some)]
            self._call(partial(self._delete, entries))

    def give_back(self, messages: Sequence[Message]) -> None:
        """Let messages that were taken be shown to others at once; of ten at most."""
        entries = [
            {"Id": str(number), "ReceiptHandle": one.handle, "VisibilityTimeout": 0}
            for number, one in enumerate(messages)
        ]
        self._call(lambda url: self._client.change_message_visibility_batch(QueueUrl=url, Entries=entries))

    def arn(self) -> str:
        """The queue's own ARN."""
        return str(self._attributes().get("QueueArn", self.access.arn))

    def lets_amazon_send(self) -> bool:
        """Whether its policy lets Amazon's account do what a destination needs."""
        return _allows(str(self._attributes().get("Policy", "")))

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _delete(self, entries: Sequence[Mapping[str, str]], url: str) -> None:
        self._client.delete_message_batch(QueueUrl=url, Entries=entries)

    def _attributes(self) -> Mapping[str, Any]:
        answer = self._call(
            lambda url: self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", "Policy"])
        )
        attributes: Mapping[str, Any] = answer.get("Attributes", {})
        return attributes

    def _call(self, action: Callable[[str], Result]) -> Result:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            if not self._url:
                *_, account, name = self.access.arn.split(":")
                found = self._client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)
                self._url = str(found["QueueUrl"])
            return action(self._url)
        except ClientError as error:
            raise _refused(error.response, self.access) from None
        except BotoCoreError as error:
            raise _failed(type(error).__name__, self.access) from None


def policy(arn: str) -> str:
    """The policy that a queue needs, in one line. Source: SP-API "Set up notifications (Amazon SQS)"."""
    statement = {
        "Sid": "AmazonSellingPartner",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{AMAZONS_AWS_ACCOUNT}:root"},
        "Action": list(_NEEDED),
        "Resource": arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _allows(stored: str) -> bool:
    try:
        statements = json.loads(stored)["Statement"]
    except (ValueError, TypeError, KeyError):
        return False
    allowed: set[str] = set()
    for one in statements if isinstance(statements, list) else [statements]:
        if one.get("Effect") == "Allow" and _names_amazon(one.get("Principal")):
            actions = one.get("Action", ())
            allowed |= {name.lower() for name in ([actions] if isinstance(actions, str) else actions)}
    return bool({"*", "sqs:*"} & allowed) or {name.lower() for name in _NEEDED} <= allowed


def _names_amazon(principal: Any) -> bool:
    told = principal.get("AWS") if isinstance(principal, dict) else principal
    return any(one == "*" or AMAZONS_AWS_ACCOUNT in str(one) for one in (told if isinstance(told, list) else [told]))


def _message(told: Mapping[str, Any]) -> Message:
    count = told.get("Attributes", {}).get("ApproximateReceiveCount", "1")
    body = storable(str(told.get("Body", "")))
    return Message(str(told.get("MessageId", "")), str(told["ReceiptHandle"]), body, int(count))


def _refused(response: Mapping[str, Any], access: Access) -> CrossdockError:
    code = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    subject = f"queue {access.address}"
    if code in _GONE:
        return ConfigurationError("There is no such queue.", subject=subject, next_step="Check its URL or ARN.")
    if code in _DENIED or status == 403:
        return ConfigurationError(
            f"AWS does not give access to it ({code}).",
            subject=subject,
            next_step="Check the AWS keys of the channel; they need sqs:ReceiveMessage, sqs:DeleteMessage, "
            "sqs:ChangeMessageVisibility, sqs:GetQueueAttributes and sqs:GetQueueUrl on the queue.",
        )
    if status >= 500 or "Throttl" in code:
        return RemoteBusy(f"AWS is busy ({code}).", subject=subject, status=status)
    return ConfigurationError(
        f"AWS refuses the queue ({code}).", subject=subject, next_step="Check its URL, its region and the AWS keys."
    )


def _failed(name: str, access: Access) -> CrossdockError:
    subject = f"queue {access.address}"
    if name in ("NoCredentialsError", "PartialCredentialsError"):
        return ConfigurationError(
            "No AWS keys are set for it, or only one of the two.",
            subject=subject,
            next_step="Enter both in the channel's notifications. For a vendor's channel an administrator can allow "
            "the AWS credentials of this machine there.",
        )
    return Unreachable(
        f"AWS cannot be reached ({name}).", subject=subject, next_step="Check the network; it is tried again."
    )
