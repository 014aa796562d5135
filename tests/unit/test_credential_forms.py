"""The forms of what people paste: right ones pass as they are, wrong ones are named without being repeated."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.amazon import credential_forms as forms

CLIENT_ID = "amzn1.application-oa2-client.0123456789abcdef0123456789abcdef"
SECRET = "amzn1.oa2-cs.v1.4f1d2c3b5a69788796a5b4c3d2e1f001"
TOKEN = "Atzr|IwEBIExample-0123456789_abc.def+ghi/jkl="
APP_ID = "amzn1.sp.solution.01234567-89ab-cdef-0123-456789abcdef"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:crossdock-queue"

Check = Callable[[str], str]


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (forms.check_client_id, CLIENT_ID),
        (forms.check_application_id, APP_ID),
        (forms.check_application_id, "amzn1.sellerapps.app.0e1f2a3b-aaaa-bbbb-cccc-0123456789ab"),
        (forms.check_client_secret, SECRET),
        (forms.check_client_secret, "0" * 64),
        (forms.check_client_secret, "wrong-but-amazons-to-refuse"),
        (forms.check_refresh_token, TOKEN),
        (forms.check_seller_id, "A3SELLER7EXAMPLE"),
        (forms.check_queue_arn, QUEUE),
        (forms.check_queue_arn, "arn:aws-cn:sqs:cn-north-1:123456789012:queue"),
        (forms.check_queue_arn, "arn:aws:events:us-east-1:123456789012:event-bus/default"),
        (
            forms.check_queue_arn,
            "arn:aws:events:us-east-1::event-source/aws.partner/sellingpartnerapi.amazon.com/123456789012/amzn1.x",
        ),
        (forms.check_role_arn, "arn:aws:iam::123456789012:role/crossdock"),
    ],
)
def test_a_right_value_passes_as_it_is(check: Check, value: str) -> None:
    assert check(value) == value


@pytest.mark.parametrize(
    ("check", "value", "says"),
    [
        (forms.check_client_id, APP_ID, "this is an App ID"),
        (forms.check_client_id, SECRET, "this is a client secret"),
        (forms.check_client_id, "planted", "begins with amzn1.application-oa2-client."),
        (forms.check_client_id, CLIENT_ID + " x", "begins with amzn1.application-oa2-client."),
        (forms.check_application_id, CLIENT_ID, "this is a client id"),
        (forms.check_client_secret, TOKEN, "this is a refresh token"),
        (forms.check_client_secret, CLIENT_ID, "this is a client id"),
        (forms.check_client_secret, "planted\nsecret", "line breaks"),
        (forms.check_client_secret, "", "line breaks"),
        (forms.check_refresh_token, "Atza|planted", "an access token, which lives for an hour only"),
        (forms.check_refresh_token, "Atzr|planted planted", "copied whole"),
        (forms.check_refresh_token, "planted", "begins with Atzr|"),
        (forms.check_seller_id, "A1PA6795UKMFR9", "the id of a marketplace"),
        (forms.check_seller_id, "planted", "capital letters"),
        (forms.check_queue_arn, QUEUE + ".fifo", "FIFO"),
        (forms.check_queue_arn, "arn:aws:sqs:eu-west-1:1234:queue", "arn:aws:sqs:REGION:ACCOUNT:NAME"),
        (forms.check_queue_arn, "arn:aws:sns:eu-west-1:123456789012:planted", "arn:aws:sqs:"),
        (forms.check_queue_arn, "https://sqs.eu-west-1.amazonaws.com/123456789012/q", "no ARN"),
        (forms.check_role_arn, QUEUE, "no ARN of an IAM role"),
    ],
)
def test_a_wrong_value_is_named_but_not_repeated(check: Check, value: str, says: str) -> None:
    with pytest.raises(ValueError) as caught:
        check(value)
    assert says in str(caught.value)
    assert "planted" not in str(caught.value)


def test_a_doubt_about_a_secret_is_told_and_nothing_more() -> None:
    assert forms.doubt_of_secret(SECRET) == forms.doubt_of_secret("0123456789abcdef" * 4) == ""
    assert "amzn1.oa2-cs.v1." in forms.doubt_of_secret("planted") and "planted" not in forms.doubt_of_secret("planted")


def test_eventbridge_is_told_from_a_queue() -> None:
    assert forms.is_eventbridge("arn:aws:events:us-east-1:123456789012:event-bus/default")
    assert not forms.is_eventbridge(QUEUE)
