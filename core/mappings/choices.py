"""What a channel's payments, shipping methods, statuses and carriers mean in the store: shown, chosen, checked.

A mapping is part of the channel's settings. What the channel does not say comes from `store prepare`, then from the
global settings. Values are checked against the store's own lists before they are saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sqlmodel import Session, col, delete, select, update

from core.actor import Actor
from core.amazon.carriers import CARRIERS, OTHER, check_carrier
from core.channels.documents import ChannelSettings
from core.cscart import lookups as api
from core.cscart.lookups import STATUS_INCREASES_STOCK, Lookup
from core.cscart.transport import StoreClient
from core.database import upsert
from core.documents import check
from core.errors import UsageError
from core.jobs.requests import Requested
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.order import AmazonOrder
from core.model.problem import Problem
from core.model.store import Store, StoreLookup
from core.orders import actions as orders
from core.orders.channel_rules import mapping_sources
from core.orders.document import SERVICE_LEVELS, STATUSES
from core.orders.plan.problems import NO_STOCK_UNMAPPED, PAYMENT_UNMAPPED, SHIPPING_UNMAPPED, STATUS_UNMAPPED
from core.people.audit import record
from core.people.rights import require_channel
from core.subjects import ids_of
from core.sync.codes import Code
from core.workspace import Workspace

NO_STOCK = "NO_STOCK"
"""The key of orders that must not move the store's stock, among the statuses."""


@dataclass(frozen=True)
class Kind:
    """One kind of mapping: the keys it may have (none: any), the store's list its values are from, what it holds up."""

    title: str
    """As people read it before a key: "Payment"."""
    keys: tuple[str, ...]
    lookup: str
    codes: tuple[Code, ...]
    whole: bool
    """Values are numbers of the store."""
    read: Callable[[StoreClient], list[Lookup]] | None


_STATUS_CODES = (STATUS_UNMAPPED, NO_STOCK_UNMAPPED)

KINDS = {
    "payments": Kind("Payment", ("cod", "prepaid"), "payment", (PAYMENT_UNMAPPED,), True, api.payments),
    "shipping": Kind("Shipping", ("default", *SERVICE_LEVELS), "shipping", (SHIPPING_UNMAPPED,), True, api.shippings),
    "statuses": Kind("Status", (*STATUSES, NO_STOCK), "status", _STATUS_CODES, False, api.statuses),
    "carriers": Kind("Carrier", (), "", (), False, None),
}

_KEYS = {
    "payments.cod": "cash on delivery",
    "payments.prepaid": "prepaid orders",
    "shipping.default": "all other service levels",
    f"statuses.{NO_STOCK}": "orders that move no stock",
}
"""What keys mean to people; the others are the words of Amazon or of the store."""


@dataclass(frozen=True)
class Mapped:
    """One key with what it means now: empty `value` when nothing does; `source` says who told."""

    key: str
    value: str
    name: str
    source: str
    fault: str
    """Why the value cannot be used, or empty."""


@dataclass(frozen=True)
class Choice:
    """A value that can be chosen: a payment, a shipping method, a status code, or a carrier of Amazon."""

    key: str
    name: str
    active: bool
    gives_stock_back: bool = False
    """Of a status: the store puts an order's stock back when it gets it."""


def words_of(about: str) -> str:
    """What people read for a key, beneath its kind: "cash on delivery" for `payments.cod`."""
    return _KEYS.get(about) or about.partition(".")[2]


def title_of(about: str) -> str:
    """What people read for a key: "Payment: cash on delivery" for `payments.cod`."""
    kind = KINDS.get(about.partition(".")[0])
    return f"{kind.title}: {words_of(about)}" if kind else about


def mapping(workspace: Workspace, actor: Actor, channel_name: str, kind: str) -> list[Mapped]:
    """Every key of a kind, mapped or not; of carriers those that are mapped."""
    found = _kind(kind)
    channel, store = _parts(workspace, actor, channel_name)
    with workspace.database.read() as session:
        known = _choices(session, store, kind)
        sources = mapping_sources(session, channel, store).get(kind) or {"channel": channel.settings.get(kind) or {}}
    rows = []
    for key in found.keys or sorted(sources["channel"]):
        source, value = next(
            ((who, told[key]) for who, told in sources.items() if told.get(key) not in (None, "")), ("", "")
        )
        text = str(value)
        name = known[text].name if text in known else ""
        rows.append(Mapped(key, text, name, source, _fault(kind, key, text, known) if text else ""))
    return rows


def choices(workspace: Workspace, actor: Actor, channel_name: str, kind: str) -> list[Choice]:
    """What can be chosen, as the store was last seen; by name."""
    _kind(kind)
    _, store = _parts(workspace, actor, channel_name)
    with workspace.database.read() as session:
        return sorted(_choices(session, store, kind).values(), key=lambda choice: (choice.name, choice.key))


def refresh_choices(workspace: Workspace, actor: Actor, channel_name: str, kind: str) -> int:
    """Read again what the store has to choose from, one call; returns how much it is. Carriers need none."""
    found = _kind(kind)
    _, store = _parts(workspace, actor, channel_name)
    if found.read is not None:
        _look_again(workspace, store, found)
    return len(choices(workspace, actor, channel_name, kind))


def typed(kind: str, text: str) -> Choice | None:
    """A value that is none of the choices, as it is typed: Amazon takes the name of any carrier."""
    try:
        code = check_carrier(f"{OTHER}:{text.strip().removeprefix(f'{OTHER}:')}") if kind == "carriers" else ""
    except ValueError:
        return None
    return Choice(code, code.partition(":")[2], True) if code else None


def near_carrier(text: str) -> str:
    """The carrier of Amazon that a typed name may have meant; empty for none."""
    folded = {known.casefold(): known for known in CARRIERS}
    near = get_close_matches(text.casefold(), folded, n=1, cutoff=0.5)
    return folded[near[0]] if near else ""


def set_mapping(
    workspace: Workspace, actor: Actor, channel_name: str, kind: str, key: str, value: str, *, direct: bool = False
) -> Requested | None:
    """Say what a key means; returns the job that plans the orders that were held for it, if any were.

    Raises UsageError for a key or value that does not exist, or that the store does not have active.
    """
    return import_mappings(workspace, actor, channel_name, {kind: {key: value}}, merge=True, direct=direct)


def unset_mapping(
    workspace: Workspace, actor: Actor, channel_name: str, kind: str, key: str, *, direct: bool = False
) -> Requested | None:
    """Forget what the channel says of a key: `store prepare` and the global settings count again."""
    _kind(kind)
    channel = require_channel(workspace.database, actor, channel_name)
    if (channel.settings.get(kind) or {}).get(key) in (None, ""):
        raise UsageError(
            f"{kind}.{key} is not set.",
            subject=f"channel {channel_name}",
            next_step=f"See: crossdock mapping show --channel {channel_name} {kind}",
        )
    return _save(workspace, actor, channel, {kind: {key: None}}, merge=True, direct=direct)


def export_mappings(workspace: Workspace, actor: Actor, channel_name: str) -> dict[str, dict[str, Any]]:
    """What the channel itself says, as `import_mappings` takes it."""
    channel = require_channel(workspace.database, actor, channel_name)
    told = {kind: channel.settings.get(kind) or {} for kind in KINDS}
    return {kind: {key: value for key, value in found.items() if value is not None} for kind, found in told.items()}


def import_mappings(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    document: Mapping[str, Any],
    *,
    merge: bool = False,
    direct: bool = False,
) -> Requested | None:
    """Replace whole kinds (or add to them, with `merge`); everything is checked before anything is saved."""
    channel, store = _parts(workspace, actor, channel_name)
    wanted: dict[str, dict[str, Any]] = {}
    for kind, values in document.items():
        _kind(kind)
        if not isinstance(values, Mapping):
            raise UsageError(f"{kind}: it is not a map from keys to values.", subject=f"channel {channel_name}")
        wanted[kind] = {key: _checked(workspace, store, kind, key, str(value)) for key, value in values.items()}
    return _save(workspace, actor, channel, wanted, merge=merge, direct=direct)


def _parts(workspace: Workspace, actor: Actor, channel_name: str) -> tuple[Channel, Store]:
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        return channel, session.get_one(Store, channel.store_id)


def _kind(kind: str) -> Kind:
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is not a mapping.", next_step=f"There are {', '.join(KINDS)}.")
    return KINDS[kind]


def _checked(workspace: Workspace, store: Store, kind: str, key: str, value: str) -> int | str:
    """The value as the settings keep it; raises UsageError when key or value cannot be."""
    found, value = KINDS[kind], value.strip()
    if found.keys and key not in found.keys:
        near = get_close_matches(key.upper(), [one.upper() for one in found.keys], n=1)
        hint = next((one for one in found.keys if near and one.upper() == near[0]), "")
        raise UsageError(
            f"{kind} has no key {key!r}.",
            next_step=f"Did you mean {hint}?" if hint else f"Known are {', '.join(found.keys)}.",
            fields={"key": "unknown key"},
        )
    if found.read is None:
        try:
            return check_carrier(value)
        except ValueError as error:
            raise UsageError(f"{kind}.{key}: {error}.", fields={"value": str(error)}) from None
    with workspace.database.read() as session:
        fault = _fault(kind, key, value, _choices(session, store, kind))
    if fault:
        # It may have been made in the store since the store was last looked at.
        _look_again(workspace, store, found)
        with workspace.database.read() as session:
            fault = _fault(kind, key, value, _choices(session, store, kind))
    if fault:
        raise UsageError(
            f"{kind}.{key}: {fault}.",
            subject=f"store {store.name}",
            next_step="Choose another one, or change it in the store.",
            fields={"value": fault},
        )
    return int(value) if found.whole else value


def _fault(kind: str, key: str, value: str, known: Mapping[str, Choice]) -> str:
    """Why the store cannot serve a value; empty when it can."""
    if kind == "carriers":
        return ""
    what = {"payments": "payment", "shipping": "shipping method", "statuses": "status"}[kind]
    choice = known.get(value)
    if choice is None:
        return f"the store has no {what} {value!r}"
    if not choice.active:
        return f"{what} {value} ({choice.name}) is not active in the store"
    if key == NO_STOCK and not choice.gives_stock_back:
        return f"status {value} ({choice.name}) takes stock; {NO_STOCK} needs one that gives it back"
    return ""


def _choices(session: Session, store: Store, kind: str) -> dict[str, Choice]:
    if not KINDS[kind].lookup:
        return {code: Choice(code, code, True) for code in CARRIERS}
    rows = session.exec(
        select(StoreLookup).where(col(StoreLookup.store_id) == store.id, col(StoreLookup.kind) == KINDS[kind].lookup)
    ).all()
    return {
        row.key: Choice(row.key, row.name, row.active, row.data.get("inventory") == STATUS_INCREASES_STOCK)
        for row in rows
    }


def _look_again(workspace: Workspace, store: Store, kind: Kind) -> None:
    """Read the store's list of a kind; one call."""
    assert kind.read is not None
    store_id = stored_id(store.id)
    rows = [
        {"store_id": store_id, "kind": kind.lookup, **vars(row), "data": dict(row.data)}
        for row in {row.key: row for row in kind.read(workspace.store_client(store))}.values()
    ]
    with workspace.database.write() as session:
        session.exec(
            delete(StoreLookup).where(col(StoreLookup.store_id) == store_id, col(StoreLookup.kind) == kind.lookup)
        )
        upsert(session, StoreLookup, rows, keys=["store_id", "kind", "key"], update=["name", "active", "data"])


def _save(
    workspace: Workspace,
    actor: Actor,
    channel: Channel,
    wanted: Mapping[str, Mapping[str, Any]],
    *,
    merge: bool,
    direct: bool,
) -> Requested | None:
    """Write the maps into the channel's settings as they are now; a value of None removes its key."""
    with workspace.database.write() as session:
        stored = session.get_one(Channel, channel.id, with_for_update=True)
        settings = dict(stored.settings)
        for kind, values in wanted.items():
            merged = {**((settings.get(kind) or {}) if merge else {}), **values}
            settings[kind] = {key: value for key, value in merged.items() if value is not None}
        stored.settings = check(ChannelSettings, settings, f"channel {stored.name}").model_dump(mode="json")
        stored.revision += 1
        session.add(stored)
        changed = sorted(f"{kind}.{key}" for kind, values in wanted.items() for key in values)
        record(
            session,
            actor,
            "mapping.change",
            f"channel {stored.name}",
            changed=changed or [*wanted],
            revision=stored.revision,
        )
        held = _held_by(session, stored, [code.name for kind in wanted for code in KINDS[kind].codes])
    return orders.replan(workspace, actor, channel, held, direct=direct) if held and channel.enabled else None


def _held_by(session: Session, channel: Channel, codes: list[str]) -> list[str]:
    """The channel's orders with one of these problems, marked to be planned again."""
    subjects = session.exec(
        select(Problem.subject).where(
            col(Problem.channel_id) == channel.id, col(Problem.resolved_at).is_(None), col(Problem.code).in_(codes)
        )
    ).all()
    order_ids = ids_of(subjects, "order")
    for start in range(0, len(order_ids), 500):
        session.exec(
            update(AmazonOrder)
            .where(
                col(AmazonOrder.account_id) == channel.account_id,
                col(AmazonOrder.order_id).in_(order_ids[start : start + 500]),
            )
            .values(dirty=True)
        )
    return order_ids
