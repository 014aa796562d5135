"""What is known of the store's side of an intended product or family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.cscart.product_writes import TEXTS
from core.model.outbox import OutboxIntent
from core.state import State


@dataclass(frozen=True)
class Own(State):
    """What a member of a family has of its own, kept before the store writes that of another member over it."""

    product_id: int = 0
    language: str = ""
    """The store's, of its texts; empty is the default."""
    name: str = ""
    description: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    features: Mapping[str, Any] = field(default_factory=dict)
    """As they are written, by the number of the feature."""
    changed_at: int = 0
    """When it had been saved last, in the store's unix seconds."""


@dataclass(frozen=True)
class Left(State):
    """How the program left a product, see `core.products.traces`; what is named here went into the digest."""

    digest: str = ""
    language: str = ""
    texts: tuple[str, ...] = TEXTS
    features: tuple[int, ...] = ()
    pictured: bool = False


@dataclass(frozen=True)
class Evidence(State):
    """What the delivery has found out about a product in the store."""

    product_id: int | None = None
    """The store's number of one that was created."""
    creating: bool = False
    """Its creation was asked for, so one of its SKU is ours."""
    repeated: bool = False
    """It was asked for twice, because nothing was found of the first time."""
    written: bool = False
    """Something of it was changed."""
    pictured: bool = False
    """Its pictures were written."""
    picture_tries: int = 0
    """Times that pictures which the store did not get were written again."""
    own: tuple[Own, ...] = ()
    """Of the other members of its family, while it is written."""
    touched: bool = False
    """Somebody else had changed it since the program wrote it last."""
    left: Left | None = None
    """As it was read back."""
    half_written: tuple[str, ...] = ()
    """Texts that were written in one language, and of which is still to be looked whether the default has them."""


@dataclass(frozen=True)
class FamilyEvidence(State):
    """What the delivery has found out about a family in the store."""

    group_id: int | None = None
    own: tuple[Own, ...] = ()
    refused: Mapping[str, int] = field(default_factory=dict)
    """Why the store did not take products into the group, by their numbers."""
    changed: bool = False
    """Products were put into the group, or taken out."""
    touched: tuple[int, ...] = ()
    """Products that somebody had changed before the store wrote over them."""


def evidence(intent: OutboxIntent) -> Evidence:
    """What is known of an intended product."""
    return Evidence.from_json(intent.evidence)


def family_evidence(intent: OutboxIntent) -> FamilyEvidence:
    """What is known of an intended family."""
    return FamilyEvidence.from_json(intent.evidence)
