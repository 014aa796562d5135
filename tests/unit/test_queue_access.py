"""How a queue of notifications is reached."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from core.actor import LOCAL_ADMIN, Actor
from core.channels import registry
from core.errors import ConfigurationError, CrossdockError, RightsError, Unreachable
from core.model.channel import Channel
from core.model.operator import Operator
from core.notifications.queue import Access, Queue, policy
from core.notifications.queues import access_of
from core.people import operators
from core.people.login import actor_of
from core.workspace import Workspace
from tests.unit.builders import connect_channel

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


def test_without_keys_those_of_the_machine_serve_only_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMACHINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with pytest.raises(ConfigurationError, match="No AWS keys are set"):
        Queue(Access(URL, ARN, "", ""), NOWHERE)
    queue = Queue(Access(URL, ARN, "", "", by_machine=True), NOWHERE)
    assert queue._client._request_signer._credentials.access_key == "AKIAMACHINE"
    queue.close()


def test_a_vendor_has_the_keys_of_the_machine_by_an_administrators_word_for_that_queue_alone(
    workspace: Workspace,
) -> None:
    channel = connect_channel(workspace.database, company_id=7)

    def by_machine() -> bool:
        with workspace.database.read() as session:
            access = access_of(session, session.get_one(Channel, channel.id))
        assert access is not None
        return access.by_machine

    def edit(actor: Actor, **told: object) -> None:
        registry.edit(workspace, actor, {"name": "de", "notifications": told})

    edit(LOCAL_ADMIN, queue_url=URL)
    assert by_machine()  # the administrator's own: no vendor can change it
    operators.add(workspace, LOCAL_ADMIN, "vera", role="vendor", store="main", company_id=7)
    with workspace.database.read() as session:
        vera = actor_of(session.exec(select(Operator).where(col(Operator.name) == "vera")).one())
    assert not by_machine()
    with pytest.raises(RightsError, match="AWS credentials of this machine"):
        edit(vera, machine_keys=True)
    edit(LOCAL_ADMIN, machine_keys=True)
    assert by_machine()
    edit(vera, delivery="sqs")
    assert by_machine()
    edit(vera, queue_url=f"{URL}-of-the-operator")
    assert not by_machine()
    edit(LOCAL_ADMIN, machine_keys=True)
    edit(vera, aws_access_key="A", aws_secret_key="B")
    assert not by_machine()  # her own serve
