"""What listings of a product type have to say, prepared once for all products of a job."""

from __future__ import annotations

from functools import cached_property, partial

from core.amazon.transport import AmazonClient
from core.errors import UsageError
from core.fields.definitions import violations_in
from core.fields.plan.render import chosen
from core.fields.plan.schema import Form
from core.fields.rows import choices, sources
from core.listings.plan import problems
from core.listings.plan.kind import Kind
from core.listings.plan.wanted import Terms
from core.model.channel import Channel
from core.product_types.at_hand import AtHand
from core.product_types.definitions import definition
from core.submissions.message import ANY_TYPE
from core.sync.decisions import Hold
from core.workspace import Workspace

_FORMS: AtHand[Form] = AtHand(16)
"""By checksum: a form takes as long to make as five products."""


class TermsBook:
    """The terms of one channel; a product type that cannot be used is not asked for again."""

    def __init__(self, workspace: Workspace, channel: Channel, client: AmazonClient) -> None:
        self._workspace = workspace
        self._channel = channel
        self._client = client
        self._known: dict[tuple[str, str], Terms | Hold] = {}

    def of(self, kind: Kind) -> Terms | Hold:
        """The terms of a kind. Raises what makes Amazon unusable for all."""
        key = (kind.product_type, kind.requirements)
        if key not in self._known:
            self._known[key] = self._made(kind)
        return self._known[key]

    @cached_property
    def _chosen(self) -> frozenset[str]:
        """Attributes for which somebody said where they come from, whatever the product type."""
        with self._workspace.database.read() as session:
            told = choices(session, self._channel, ANY_TYPE, None)
        return frozenset(name.partition(".")[0] for name in told)

    def chose(self, attribute: str) -> bool:
        """Whether somebody said where an attribute of offers comes from."""
        return attribute in self._chosen

    def _made(self, kind: Kind) -> Terms | Hold:
        try:
            known = definition(
                self._workspace, self._channel, kind.product_type, kind.requirements, client=self._client
            )
        except UsageError as error:
            return problems.type_unusable(kind.product_type, error.what, error.next_step)
        form = _FORMS.get(known.checksum, lambda: Form.of(known.schema))
        with self._workspace.database.read() as session:
            told = sources(choices(session, self._channel, kind.product_type, form))
        return Terms(form, chosen(form, told), partial(violations_in, known))
