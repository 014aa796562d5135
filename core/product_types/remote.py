"""A client for questions about product types outside of jobs."""

from __future__ import annotations

from core.amazon.transport import AmazonClient
from core.model.base import stored_id
from core.model.channel import Channel
from core.workspace import Workspace, channel_parts


def amazon(workspace: Workspace, channel: Channel) -> AmazonClient:
    """A client for the seller of a channel; raises AuthorizationError when the account waits for authorization."""
    with workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(channel.id))
    return workspace.amazon(account, app, draft=channel.app_status == "draft")
