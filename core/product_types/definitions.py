"""Definitions of product types: from the rows while they are fresh, else as Amazon has them now.

A definition is asked for once a day at most, and its schema is downloaded only when its checksum is another. Whatever
goes wrong leaves the one that is there as it was.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.actor import Actor
from core.amazon import product_types
from core.amazon.marketplaces import by_id
from core.amazon.product_types import DEFAULT_LOCALE, LISTING, PARENTAGE, REQUIREMENTS, Answer, ProductType, Wanted
from core.amazon.signed import once_more_if_refused
from core.amazon.transport import AmazonClient
from core.errors import CrossdockError, Rejected, RemoteError, UsageError
from core.model.account import SellerAccount
from core.model.channel import Channel
from core.model.product_type import ProductTypeDefinition
from core.people.rights import require_channel
from core.product_types.cache import Schema, is_fresh, keep, schema_of, stored
from core.product_types.changes import Changes
from core.product_types.compiled import compiled
from core.product_types.remote import amazon
from core.quota import at_once
from core.sync.channel_job import parking, require_usable
from core.workspace import Workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Definition:
    """What a listing of a product type has to say in a marketplace."""

    product_type: str
    display_name: str
    marketplace_id: str
    locale: str
    """The language of titles and descriptions."""
    requirements: str
    version: str
    checksum: str
    """Base64 of the MD5 of the schema file; the same schema has the same one."""
    schema: dict[str, Any] = field(repr=False)
    """Shared by all who ask: to be read only."""
    property_groups: Mapping[str, Any] = field(repr=False)
    """Name → `title`, `description` and `propertyNames`."""
    parentage: str = ""
    changes: Changes = field(default_factory=Changes)
    """What this schema has changed in the one before it."""
    changed_at: datetime | None = None
    """When this schema was first seen."""
    checked_at: datetime | None = None
    """When Amazon last said that it is the newest."""
    trouble: str = ""
    """Why it could not be asked whether there is a newer one; empty when it was."""


def definition(
    workspace: Workspace,
    channel: Channel,
    product_type: str,
    requirements: str = LISTING,
    *,
    locale: str = DEFAULT_LOCALE,
    parentage: str = "",
    client: AmazonClient | None = None,
) -> Definition:
    """The definition of a product type in the marketplace of a channel; `client` is that of a job.

    One that is older than a day is used, and says so in `trouble`, where Amazon has no usable answer. Raises UsageError
    where Amazon has no such product type, RemoteError where there is none to fall back on, and what calls raise.
    """
    wanted = _checked(Wanted(channel.marketplace_id, product_type.strip().upper(), requirements, locale, parentage))
    with workspace.database.read() as session:
        api_mode = session.get_one(SellerAccount, channel.account_id).api_mode
        row = stored(session, api_mode, wanted)
    if row is not None and is_fresh(row.checked_at):
        return _view(row)
    try:
        return _view(_renewed(workspace, channel, api_mode, wanted, row, client))
    except RemoteError as error:
        if row is None:
            raise
        log.warning("%s; the one of %s is used", error, row.changed_at.date())
        return _view(row, trouble=str(error))


def show(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    product_type: str,
    requirements: str = LISTING,
    *,
    locale: str = DEFAULT_LOCALE,
    parentage: str = "",
) -> Definition:
    """The same for people, who wait for no quota."""
    channel = _usable_channel(workspace, actor, channel_name)
    with at_once(), parking(workspace, channel):
        return definition(workspace, channel, product_type, requirements, locale=locale, parentage=parentage)


def search(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    *,
    keywords: Sequence[str] = (),
    item_name: str = "",
    locale: str = DEFAULT_LOCALE,
) -> list[ProductType]:
    """Product types in the channel's marketplace with these keywords, or that suit the name of an item; one call.

    Raises UsageError without either: all of them are some thousands.
    """
    channel = _usable_channel(workspace, actor, channel_name)
    words = [word for one in keywords for word in one.replace(",", " ").split()]
    if bool(words) == bool(item_name.strip()):
        raise UsageError(
            "Give either words or the name of an item.", next_step="For example: product-types search lamp"
        )
    with at_once(), parking(workspace, channel):
        client = amazon(workspace, channel)
        place = channel.marketplace_id
        return product_types.search(client, place, keywords=words, item_name=item_name.strip(), locale=locale)


def _usable_channel(workspace: Workspace, actor: Actor, channel_name: str) -> Channel:
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    return channel


def _checked(wanted: Wanted) -> Wanted:
    """What is asked for, once it can be; raises UsageError."""
    if not wanted.product_type or len(wanted.product_type) > 200:
        raise UsageError("A product type has 1 to 200 characters.", fields={"product_type": "it is missing"})
    for name, value, allowed in (
        ("requirements", wanted.requirements, REQUIREMENTS),
        ("parentage", wanted.parentage, ("", *PARENTAGE)),
    ):
        if value not in allowed:
            known = ", ".join(one for one in allowed if one)
            raise UsageError(f"{name} is {value[:50]!r}.", next_step=f"Give one of {known}.", fields={name: known})
    return wanted


def _renewed(
    workspace: Workspace,
    channel: Channel,
    api_mode: str,
    wanted: Wanted,
    row: ProductTypeDefinition | None,
    client: AmazonClient | None,
) -> ProductTypeDefinition:
    try:
        answer, new = once_more_if_refused(lambda: _asked(client or amazon(workspace, channel), wanted, row))
    except CrossdockError as error:
        _name(error, wanted, row)
        raise
    with workspace.database.write() as session:
        kept = keep(session, api_mode, wanted, answer, new)
    if new is not None and row is not None:
        log.info("the schema of %s has changed to version %s", wanted.product_type, answer.version)
    return kept


def _asked(
    client: AmazonClient, wanted: Wanted, row: ProductTypeDefinition | None
) -> tuple[Answer, tuple[bytes, Schema] | None]:
    """What Amazon says now, and the schema where it is another; nothing is written."""
    try:
        answer = product_types.get(client, wanted)
    except Rejected as error:
        if product_types.is_unknown(error):
            raise _unknown(wanted, error) from None
        raise
    if row is not None and row.checksum == answer.checksum:
        return answer, None
    file = product_types.download(client, answer)
    schema = product_types.parse(file)
    compiled(answer.checksum, schema)
    return answer, (file, schema)


def _unknown(wanted: Wanted, error: Rejected) -> UsageError:
    return UsageError(
        f"Amazon has no product type {wanted.product_type[:100]!r} in this marketplace, or not with these requirements"
        f" ({error.status} {error.code}).",
        next_step="Find it with: crossdock product-types search",
        fields={"product_type": "unknown product type"},
    )


def _name(error: CrossdockError, wanted: Wanted, row: ProductTypeDefinition | None) -> None:
    """Let an error say what it is about, and what is used meanwhile."""
    if not isinstance(error, RemoteError):
        return
    marketplace = by_id(wanted.marketplace_id)
    error.subject = f"product type {wanted.product_type} in {marketplace.country if marketplace else 'its marketplace'}"
    if row is not None:
        error.next_step = f"The schema of {row.changed_at:%Y-%m-%d} stays in use. {error.next_step}".strip()


def _view(row: ProductTypeDefinition, *, trouble: str = "") -> Definition:
    return Definition(
        product_type=row.product_type,
        display_name=row.display_name,
        marketplace_id=row.marketplace_id,
        locale=row.told_locale,
        requirements=row.requirements,
        version=row.version,
        checksum=row.checksum,
        schema=schema_of(row),
        property_groups=row.property_groups,
        parentage=row.parentage,
        changes=Changes.from_stored(row.changes),
        changed_at=row.changed_at,
        checked_at=row.checked_at,
        trouble=trouble,
    )
