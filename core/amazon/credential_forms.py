"""The forms of Amazon's identifiers and secrets, so that a pasted mistake is named before Amazon is asked.

Each check returns the value and raises ValueError that says what was pasted instead, never the value itself. Forms
that Amazon has changed in the past are only told as a doubt. Sources: SP-API "Website authorization workflow",
"Self-authorization", "Rotate your application's client credentials"; ARN formats of SQS, EventBridge and IAM.
"""

from __future__ import annotations

import re

from core.amazon.marketplaces import by_id

_CLIENT_ID = re.compile(r"amzn1\.application-oa2-client\.[0-9A-Za-z]+")
_APPLICATION_ID = re.compile(r"amzn1\.(?:sp\.solution|sellerapps\.app)\.[0-9A-Za-z-]+")
_REFRESH_TOKEN = re.compile(r"Atzr\|[\w+/=|.%-]+")
_SECRETS = re.compile(r"amzn1\.oa2-cs\.v\d+\.[0-9A-Za-z]+|[0-9a-f]{64}")
_SELLER_ID = re.compile(r"[0-9A-Z]{5,32}")
_ACCOUNT = r"\d{12}"
_PARTITION = r"arn:aws(?:-cn|-us-gov)?"
_SQS_ARN = re.compile(rf"{_PARTITION}:sqs:[a-z0-9-]+:{_ACCOUNT}:[\w-]{{1,80}}")
_EVENTS_ARN = re.compile(
    rf"{_PARTITION}:events:[a-z0-9-]+:(?:{_ACCOUNT}:event-bus/[\w./-]+|(?:{_ACCOUNT})?:?event-source/[\w./-]+"
    rf"|{_ACCOUNT}:rule/[\w./-]+)"
)
_ROLE_ARN = re.compile(rf"{_PARTITION}:iam::{_ACCOUNT}:(?:role|user)/[\w+=,.@/-]+")

# What a value is recognised as when it stands in the wrong field.
_KINDS = (
    ("a refresh token", re.compile(r"Atzr\|")),
    ("an access token, which lives for an hour only", re.compile(r"Atza\|")),
    ("a client id", re.compile(r"amzn1\.application-oa2-client\.")),
    ("a client secret", re.compile(r"amzn1\.oa2-cs\.")),
    ("an App ID", re.compile(r"amzn1\.(?:sp\.solution|sellerapps\.app)\.")),
    ("an ARN", re.compile(r"arn:")),
    ("a web address", re.compile(r"https?://")),
)


def check_client_id(value: str) -> str:
    """The LWA client id of an app."""
    return _checked(value, _CLIENT_ID, "the LWA client id begins with amzn1.application-oa2-client.")


def check_application_id(value: str) -> str:
    """The App ID, which the consent page wants; it is not the client id."""
    return _checked(value, _APPLICATION_ID, "the App ID begins with amzn1.sp.solution. or amzn1.sellerapps.app.")


def check_refresh_token(value: str) -> str:
    """A seller's refresh token."""
    return _checked(value, _REFRESH_TOKEN, "a refresh token begins with Atzr| and is copied whole, without line breaks")


def check_client_secret(value: str) -> str:
    """A client secret: only what is certainly something else is refused, see `doubt_of_secret`."""
    kind = _kind(value)
    if kind and kind != "a client secret":
        raise ValueError(f"this is {kind}, not the client secret")
    if not value or re.search(r"\s", value):
        raise ValueError("a client secret has no spaces or line breaks; copy it whole")
    return value


def doubt_of_secret(value: str) -> str:
    """What is odd about the form of a client secret, for a person to look at; "" when nothing is."""
    if _SECRETS.fullmatch(value):
        return ""
    return "The client secret has not the form that Amazon's usually have (amzn1.oa2-cs.v1.…)."


def check_seller_id(value: str) -> str:
    """The merchant token of a seller."""
    if by_id(value) is not None:
        raise ValueError("this is the id of a marketplace; the seller id is the Merchant Token of the account")
    return _checked(value, _SELLER_ID, "a seller id (Merchant Token) has capital letters and digits only")


def check_queue_arn(value: str) -> str:
    """The ARN of an SQS queue, or of the EventBridge bus or event source that feeds one."""
    if value.endswith(".fifo"):
        raise ValueError("Amazon sends to standard queues only; this is a FIFO queue")
    if not (_SQS_ARN.fullmatch(value) or _EVENTS_ARN.fullmatch(value)):
        raise ValueError(
            "it is no ARN of a queue (arn:aws:sqs:REGION:ACCOUNT:NAME) or of EventBridge (arn:aws:events:…)"
        )
    return value


def is_eventbridge(arn: str) -> bool:
    """Whether a checked ARN names EventBridge rather than a queue."""
    return ":events:" in arn


def check_role_arn(value: str) -> str:
    """The ARN of an IAM role."""
    if not _ROLE_ARN.fullmatch(value):
        raise ValueError("it is no ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME)")
    return value


def _checked(value: str, form: re.Pattern[str], rule: str) -> str:
    if form.fullmatch(value):
        return value
    kind = _kind(value)
    raise ValueError(f"this is {kind}; {rule}" if kind and not form.match(value) else rule)


def _kind(value: str) -> str:
    return next((kind for kind, form in _KINDS if form.match(value)), "")
