"""Use cases around stores: add, edit, verify, prepare, show, delete."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, field_validator
from sqlmodel import Session, col, delete, func, select, update

from core import clock
from core.actor import Actor
from core.cscart.prepare import Preparation, prepare
from core.cscart.probe import Findings, probe
from core.cscart.transport import Access
from core.database import upsert
from core.documents import Document, check
from core.errors import AuthorizationError, ConfigurationError, UsageError
from core.keyring import usable
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.operator import Operator
from core.model.outbox import OutboxIntent
from core.model.store import Store, StoreLookup
from core.names import Name
from core.people.audit import record
from core.people.revisions import refuse_stale
from core.people.rights import require_admin, require_store, visible_channels
from core.people.sessions import is_over
from core.settings import check_base_url
from core.sync.dirty import mark_dirty
from core.vault import secret_state
from core.workspace import Workspace


def check_address(value: str) -> str:
    """The address of a store without what leads to its API; raises ValueError."""
    return re.sub(r"/(?:api(?:\.php)?|index\.php|admin\.php)$", "", check_base_url(value))


def check_script(value: str) -> str:
    """The file that opens a store's administration; raises ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}\.php", value):
        raise ValueError("it is not the name of a script such as admin.php")
    return value


def check_email(value: str) -> str:
    """An e-mail address as the store's API takes it; raises ValueError."""
    if "@" not in value or ":" in value:
        raise ValueError("it is not an e-mail address")
    return value


def check_currency(value: str) -> str:
    """A currency code; raises ValueError."""
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError("it is not a currency code such as EUR")
    return value


class StoreDocument(Document):
    """What `store add` takes."""

    name: Name
    url: str
    email: str = Field(min_length=3)
    api_key: str = Field(min_length=1)
    currency: str = "EUR"
    edition: Literal["ultimate", "multivendor"] | None = None
    """Asked for only where the store does not tell it."""
    admin_script: str = "admin.php"
    """What opens its administration in a browser, where the shop has renamed it; for links."""

    _scripted = field_validator("admin_script")(check_script)
    _addressed = field_validator("url")(check_address)
    _mailed = field_validator("email")(check_email)
    _paid = field_validator("currency")(check_currency)


class StoreChanges(Document):
    """What `store edit` takes: the name, and what changes; with `revision`, only if nobody changed it since."""

    name: str
    url: str | None = None
    email: str | None = None
    api_key: str | None = None
    currency: str | None = None
    edition: str | None = None
    admin_script: str | None = None
    revision: int | None = Field(default=None, gt=0)


@dataclass(frozen=True)
class StoreView:
    """A store as people see it; the key is never shown, and to vendors nothing but the name."""

    name: str
    url: str
    email: str
    currency: str
    edition: str
    product_version: str
    api_version: str
    probed_at: str | None
    prepared: dict[str, Any]
    channels: int
    revision: int
    api_key: str = "set"
    """`set`, or `unreadable` when the key that encrypted it is lost."""
    admin_script: str = ""
    """What opens its administration in a browser."""


@dataclass(frozen=True)
class LookupView:
    """Something of a store that a channel can be mapped to; `key` is its number or status code there."""

    key: str
    name: str
    active: bool


def add(workspace: Workspace, actor: Actor, document: dict[str, Any], *, verify: bool = True) -> StoreView:
    """Connect a store; nothing is saved when the probe fails. Raises UsageError or what the probe found."""
    require_admin(workspace.database, actor, "add stores")
    wanted = check(StoreDocument, document, "store document")
    with workspace.database.read() as session:
        if _find(session, wanted.name) is not None:
            raise UsageError(
                "There is a store of this name.",
                subject=f"store {wanted.name}",
                next_step="Use: crossdock store edit",
                fields={"name": "there is a store of this name"},
            )
    store = Store(**wanted.model_dump() | {"edition": _kept_edition(wanted)})
    findings = _probe(workspace, store, wanted.edition) if verify else None
    with workspace.database.write() as session:
        session.add(store)
        session.flush()
        if findings:
            _keep(session, store, findings)
        record(session, actor, "store.add", f"store {store.name}", url=store.url, email=store.email)
    return show(workspace, actor, store.name)


def edit(workspace: Workspace, actor: Actor, document: dict[str, Any], *, verify: bool = True) -> StoreView:
    """Change a store; nothing is saved when the probe of the changed store fails.

    Raises UsageError when the document is wrong or somebody else changed the store meanwhile.
    """
    require_admin(workspace.database, actor, "edit stores")
    wanted = check(StoreChanges, document, "store document")
    store = get(workspace, actor, wanted.name)
    changes = wanted.model_dump(exclude_none=True, exclude={"name", "revision"})
    if not wanted.api_key:
        usable(f"store {store.name}", "Give its api_key too.", store.api_key)
    current = {key: getattr(store, key) for key in StoreDocument.model_fields}
    # Another address may be another store.
    current["edition"] = None if wanted.url else store.edition.lower() or None
    whole = check(StoreDocument, current | changes, "store document")
    merged = whole.model_dump() | {"edition": _kept_edition(whole)}
    with workspace.database.read() as session:
        refuse_stale(session, f"store {store.name}", store.revision, wanted.revision)
    for key, value in merged.items():
        setattr(store, key, value)
    findings = _probe(workspace, store, wanted.edition) if verify else None
    with workspace.database.write() as session:
        stored = session.exec(select(Store).where(col(Store.id) == store.id).with_for_update()).one()
        refuse_stale(session, f"store {stored.name}", stored.revision, wanted.revision)
        for key in [*changes, "edition"]:
            setattr(stored, key, merged[key])
        stored.revision += 1
        session.add(stored)
        if findings:
            _keep(session, stored, findings)
        _replan(session, stored)
        record(session, actor, "store.edit", f"store {stored.name}", changed=sorted(changes), revision=stored.revision)
    return show(workspace, actor, wanted.name)


def verify(workspace: Workspace, actor: Actor, name: str) -> Findings:
    """Probe a store again and keep what was learned; the caller looks at `failure`."""
    require_admin(workspace.database, actor, "verify stores")
    return probe_again(workspace, get(workspace, actor, name))


def probe_again(workspace: Workspace, store: Store) -> Findings:
    """What `verify` does, for whoever has the right to a channel of the store."""
    findings = probe(_access(workspace, store), workspace.http, store.edition)
    if findings.ok:
        with workspace.database.write() as session:
            stored = session.get_one(Store, store.id)
            if stored.edition != findings.edition:
                _replan(session, stored)
            _keep(session, stored, findings)
    return findings


def prepare_store(workspace: Workspace, actor: Actor, name: str, *, apply: bool) -> Preparation:
    """Look for what imports need in a store, and create it with `apply`; channels use it at once."""
    require_admin(workspace.database, actor, "prepare stores")
    store = get(workspace, actor, name)
    if apply and workspace.writes_stopped():
        raise ConfigurationError("All writes are stopped.", next_step="Run: crossdock stop-writes off")
    client = workspace.store_client(store)
    done = prepare(client, apply=apply)
    findings = _probe(workspace, store)
    with workspace.database.write() as session:
        stored = session.get_one(Store, store.id)
        _keep(session, stored, findings)
        stored.prepared = done.ids
        session.add(stored)
        _replan(session, stored)
        if apply:
            record(session, actor, "store.prepare", f"store {name}", **done.ids)
    return done


def show(workspace: Workspace, actor: Actor, name: str) -> StoreView:
    """One store."""
    return _view(workspace, actor, get(workspace, actor, name))


def list_stores(workspace: Workspace, actor: Actor) -> list[StoreView]:
    """All stores that the operator may see."""
    if is_over(workspace.database, actor):
        return []
    with workspace.database.read() as session:
        stores = session.exec(select(Store).order_by(Store.name)).all()
    return [_view(workspace, actor, store) for store in stores if actor.is_admin or actor.store_id == store.id]


def lookups(workspace: Workspace, actor: Actor, name: str, kind: str) -> list[LookupView]:
    """The payments, shippings, statuses or companies of a store as it was last seen, by name; see `StoreLookup.kind`.

    A vendor sees no company but their own.
    """
    store = get(workspace, actor, name)
    query = select(StoreLookup).where(col(StoreLookup.store_id) == store.id, col(StoreLookup.kind) == kind)
    with workspace.database.read() as session:
        rows = session.exec(query.order_by(StoreLookup.name, StoreLookup.key)).all()
    if kind == "company" and not actor.is_admin:
        rows = [row for row in rows if row.key == str(actor.company_id)]
    return [LookupView(row.key, row.name, row.active) for row in rows]


def remove(workspace: Workspace, actor: Actor, name: str) -> None:
    """Forget a store; refused while channels use it or writes to it are open."""
    require_admin(workspace.database, actor, "delete stores")
    store = get(workspace, actor, name)
    with workspace.database.write() as session:
        channels = session.exec(select(Channel.name).where(col(Channel.store_id) == store.id)).all()
        if channels:
            raise UsageError(
                f"Channels use it: {', '.join(channels)}.",
                subject=f"store {name}",
                next_step="Delete them first with: crossdock channel delete",
            )
        vendors = session.exec(select(Operator.name).where(col(Operator.store_id) == store.id)).all()
        if vendors:
            raise UsageError(
                f"Operators are bound to it: {', '.join(vendors)}.",
                subject=f"store {name}",
                next_step="Delete them first with: crossdock operator delete",
            )
        session.exec(delete(OutboxIntent).where(col(OutboxIntent.store_id) == store.id))
        session.exec(delete(Store).where(col(Store.id) == store.id))
        record(session, actor, "store.delete", f"store {name}")


def get(workspace: Workspace, actor: Actor, name: str) -> Store:
    """The row of a store; raises UsageError when there is none that the operator may see."""
    return require_store(workspace.database, actor, name)


def _find(session: Session, name: str) -> Store | None:
    return session.exec(select(Store).where(col(Store.name) == name)).first()


def _access(workspace: Workspace, store: Store) -> Access:
    return workspace.store_client(store).access


def forget_edition(workspace: Workspace, store: Store) -> None:
    """Note that a store is not of the edition that it was taken for; it is proved or told anew before anything else."""
    with workspace.database.write() as session:
        session.exec(update(Store).where(col(Store.id) == store.id).values(edition=""))


def _kept_edition(document: StoreDocument) -> str:
    return (document.edition or "").upper()


def _probe(workspace: Workspace, store: Store, told: str | None = None) -> Findings:
    """Probe a store; raises its failure, and UsageError when it proves another edition than was told just now."""
    findings = probe(_access(workspace, store), workspace.http, store.edition)
    failure = findings.failure
    if failure is None and told and findings.edition != told.upper():
        failure = UsageError(
            f"edition: the store says that it is {findings.edition.lower()}.",
            subject=f"store {store.name}",
            next_step=f'Leave "edition" out, or set it to "{findings.edition.lower()}".',
            fields={"edition": f"the store says that it is {findings.edition.lower()}"},
        )
    if failure is not None and not failure.fields:
        key = "api_key" if isinstance(failure, AuthorizationError) else "url"
        failure.fields = {key: failure.what}
    if failure is not None:
        raise failure
    return findings


def _keep(session: Session, store: Store, findings: Findings) -> None:
    store.api_form, store.api_version = findings.api_form, findings.api_version
    store.edition, store.product_version = findings.edition, findings.product_version
    store.capabilities = findings.capabilities
    store.probed_at = clock.now()
    session.add(store)
    store_id = stored_id(store.id)
    kinds = {
        "payment": findings.payments,
        "shipping": findings.shippings,
        "status": findings.statuses,
        "tax": findings.taxes,
        "company": findings.companies,
    }
    # Other kinds are mirrored by whoever needs them.
    session.exec(
        delete(StoreLookup).where(col(StoreLookup.store_id) == store_id, col(StoreLookup.kind).in_(list(kinds)))
    )
    rows = [
        {"store_id": store_id, "kind": kind, "key": row.key, "name": row.name, "active": row.active, "data": row.data}
        for kind, found in kinds.items()
        for row in {row.key: row for row in found}.values()
    ]
    upsert(session, StoreLookup, rows, keys=["store_id", "kind", "key"], update=["name", "active", "data"])


def _replan(session: Session, store: Store) -> None:
    for channel in session.exec(select(Channel).where(col(Channel.store_id) == store.id)).all():
        mark_dirty(session, channel.account_id, channel.marketplace_id)


def _view(workspace: Workspace, actor: Actor, store: Store) -> StoreView:
    with workspace.database.read() as session:
        channels = session.exec(
            select(func.count()).select_from(Channel).where(col(Channel.store_id) == store.id, visible_channels(actor))
        ).one()
    if not actor.is_admin:
        return StoreView(store.name, "", "", "", "", "", "", None, {}, channels, 0)
    return StoreView(
        store.name,
        store.url,
        store.email,
        store.currency,
        store.edition,
        store.product_version,
        store.api_version,
        store.probed_at.isoformat() if store.probed_at else None,
        store.prepared,
        channels,
        store.revision,
        secret_state(store.api_key),
        store.admin_script,
    )
