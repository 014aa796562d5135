"""What an export sends of one SKU, exactly: the body, what is wrong with it, and what Amazon says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.amazon import listings as api
from core.amazon.listings import Submitted
from core.amazon.transport import AmazonClient
from core.fields.plan.gate import AttributeIssue
from core.listings.composing import Composed
from core.listings.plan import problems
from core.listings.plan.candidate import Wanted
from core.products.plan.issues import issues_of
from core.submissions.issues import fix_of
from core.submissions.known import known
from core.submissions.message import INVALID
from core.sync.decisions import Hold
from core.words import counted

_OFFER = "LISTING_OFFER_ONLY"


@dataclass(frozen=True)
class ReasonView:
    """Why it is not sent."""

    code: str
    message: str
    fix: str


@dataclass(frozen=True)
class AnswerIssueView:
    """What Amazon finds wrong with what would be sent."""

    code: str
    severity: str
    attribute: str
    message: str
    cause: str
    fix: str


@dataclass(frozen=True)
class AnswerView:
    """Amazon's own validation (VALIDATION_PREVIEW)."""

    status: str
    """VALID or INVALID."""
    asin: str
    """The item of the catalogue that it would be; empty for a new one."""
    issues: tuple[AnswerIssueView, ...]


@dataclass(frozen=True)
class ExactView:
    """What would leave."""

    sku: str
    product_id: int
    name: str
    operation: str
    """PUT, PATCH, or empty where nothing is to be sent."""
    product_type: str
    requirements: str
    """LISTING or LISTING_OFFER_ONLY, of a PUT."""
    is_listed: bool
    """Amazon has the SKU already."""
    body: Mapping[str, Any] | None
    """As Amazon would get it; where there are problems, as far as it can be filled in."""
    problems: tuple[ReasonView, ...]
    """Why it is not sent."""
    attributes: tuple[AttributeIssue, ...]
    """What is wrong with each attribute, or is sent otherwise than the store has it."""
    amazon: AnswerView | None
    """None where Amazon was not asked."""

    @property
    def summary(self) -> str:
        """In one sentence."""
        if self.problems:
            return self.problems[0].message
        if self.body is None:
            return "Amazon has it as it was sent."
        asin = f" It would be ASIN {self.amazon.asin}." if self.amazon and self.amazon.asin else ""
        return f"{_would(self)}{asin}"


def asked(client: AmazonClient, seller_id: str, marketplace_id: str, one: Composed) -> Submitted | None:
    """What Amazon says of what would be sent; None where that is nothing. One call; nothing is stored."""
    if one.message is None:
        return None
    return api.preview(client, api.Place(seller_id, marketplace_id, one.target.sku), one.message.body())


def refused_by(answer: Submitted | None) -> list[Hold]:
    """Why Amazon would not take it; empty where it would."""
    if answer is None or answer.status != INVALID:
        return []
    wrong = [one for one in answer.issues if one.get("severity") == "ERROR"] or list(answer.issues)
    names = ", ".join(dict.fromkeys(name for one in issues_of(wrong) if (name := one.attribute)))
    told = " ".join(str(one.get("message") or one.get("code") or "") for one in wrong[: problems.MOST_NAMED])
    return [problems.preview_refused(told, names, fix_of(wrong[0]) if wrong else "")]


def exact_view(one: Composed, holds: Sequence[Hold], answer: Submitted | None) -> ExactView:
    """All of it; `holds` are those that come with what the product itself does not show."""
    own = () if isinstance(one.decision, Wanted) else one.decision
    would = one.would
    return ExactView(
        sku=one.target.sku,
        product_id=one.target.product_id,
        name=one.name,
        operation=would.route.upper() if would else "",
        product_type=would.product_type if would else "",
        requirements=would.requirements if would else "",
        is_listed=one.is_listed,
        body=would.body() if would else None,
        problems=tuple(ReasonView(hold.code, hold.message, hold.fix) for hold in own or holds),
        attributes=tuple(one.draft.issues) if one.draft else (),
        amazon=None if answer is None else _answer(answer),
    )


def _answer(answer: Submitted) -> AnswerView:
    issues = []
    for one in issues_of(answer.issues):
        told = known(one.code, one.category.split(", "))
        issues.append(AnswerIssueView(one.code, one.severity, one.attribute, one.message, told.cause, told.fix))
    return AnswerView(answer.status, answer.asin, tuple(issues))


def _would(view: ExactView) -> str:
    body = view.body or {}
    if "attributes" in body:
        what = "an offer" if view.requirements == _OFFER else f"a listing ({view.product_type})"
        return f"It would become {what} with {counted(len(body['attributes']), 'attribute')}."
    names = dict.fromkeys(str(patch["path"]).removeprefix("/attributes/") for patch in body.get("patches", ()))
    return f"It would change: {', '.join(names)}."
