"""Amazon's definitions of product types, as the field mapping asks for them: the one place where it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.fields.plan.gate import Violation
from core.fields.plan.schema import Form
from core.model.channel import Channel
from core.product_types.definitions import Definition, definition
from core.product_types.validation import Fault, problems_of
from core.workspace import Workspace


def schema_of(workspace: Workspace, channel: Channel, product_type: str) -> Mapping[str, Any]:
    """The schema of a product type in the channel's marketplace. Raises CrossdockError where there is none."""
    return definition(workspace, channel, product_type).schema


def violations_of(
    workspace: Workspace, channel: Channel, product_type: str, attributes: Mapping[str, Any]
) -> Sequence[Violation]:
    """What Amazon's schema says against attributes, its conditions included."""
    return violations_in(definition(workspace, channel, product_type), attributes)


def violations_in(definition: Definition, attributes: Mapping[str, Any]) -> Sequence[Violation]:
    """The same where the definition is at hand."""
    faults = problems_of(definition, attributes)
    return [Violation(one.attribute, one.message, is_missing=_is_missing(one, attributes)) for one in faults]


def form_of(workspace: Workspace, channel: Channel, product_type: str) -> Form:
    """The rows of a product type."""
    return Form.of(schema_of(workspace, channel, product_type))


def _is_missing(fault: Fault, attributes: Mapping[str, Any]) -> bool:
    return bool(fault.attribute) and fault.attribute not in attributes
