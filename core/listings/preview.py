"""A product as it would be listed: read from the store at this moment, filled in, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from core.actor import Actor
from core.amazon.marketplaces import by_id
from core.categories.mapping import viewed
from core.errors import Rejected, UsageError
from core.fields import definitions
from core.fields.plan.gate import MappedTo, StoreSide, exportable
from core.fields.plan.render import Rendered, Shown, render
from core.fields.plan.schema import Form
from core.fields.plan.store_item import Setting, StoreItem
from core.fields.rows import choices, product_type_of, sources
from core.fields.store_items import category_of, company_of, item_of, read_product
from core.listings.composing import Composed, Composer
from core.listings.exact import ExactView, asked, exact_view, refused_by
from core.listings.existing import read_few
from core.listings.exports import Target
from core.listings.offering import offered
from core.listings.products import channel_and_store, may_link
from core.listings.selection import select_targets
from core.model.category import CategoryMapping
from core.model.channel import Channel
from core.model.store import Store
from core.offers.plan.rules import rules_of
from core.orders.reserved import reserved
from core.people.rights import require_channel
from core.product_types.remote import amazon
from core.products.actions import checked_skus
from core.products.seller import seller_of
from core.quota import at_once
from core.sync.channel_job import parking, require_usable
from core.sync.decisions import Hold
from core.workspace import Workspace

MOST_SHOWN = 20
"""Products that are looked at at once; of more a job tells."""


@dataclass(frozen=True)
class LineView:
    """One attribute, or a value of it: where it comes from, and what that gives."""

    name: str
    title: str
    requirement: str
    source: Mapping[str, Any]
    default: bool
    values: tuple[Any, ...]


@dataclass(frozen=True)
class ProblemView:
    """What keeps the product from being exported."""

    code: str
    message: str
    fix: str


@dataclass(frozen=True)
class PreviewView:
    """A product as a listing."""

    product_id: int
    sku: str
    name: str
    product_type: str
    attributes: Mapping[str, Any]
    """As Amazon takes them."""
    lines: tuple[LineView, ...]
    problems: tuple[ProblemView, ...]
    notes: tuple[str, ...]
    """What is sent otherwise than the store has it."""


def preview(
    workspace: Workspace, actor: Actor, channel_name: str, product_id: int, product_type: str = ""
) -> PreviewView:
    """Fill in the attributes of a product and check them; nothing is sent. One call to the store.

    Without a product type, it is the one that the product's category is mapped to.
    """
    channel, store = channel_and_store(workspace, actor, channel_name)
    try:
        body = read_product(workspace.store_client(store), product_id)
    except Rejected:
        body = {}
    item = item_of(body, store.currency)
    if not item.product_id or not may_link(actor, channel, store, company_of(body)):
        raise UsageError("The store has no such product.", subject=f"product {product_id}")
    with workspace.database.read() as session:
        side, mapped = _category(session, channel, body, item)
        waiting = reserved(session, channel.store_id, [item.product_id])
    kind = product_type_of(product_type) or (mapped.product_type if mapped else "")
    if not kind:
        raise UsageError(
            "The category of the product is not mapped, so its product type is not known.",
            subject=f"product {product_id}",
            next_step="Name one with --product-type, or map the category.",
        )
    with at_once():
        form = definitions.form_of(workspace, channel, kind)
    with workspace.database.read() as session:
        chosen = sources(choices(session, channel, kind, form))
    there = by_id(channel.marketplace_id)
    currency = there.currency if there else store.currency
    rules = rules_of(channel.name, channel.marketplace_id, currency, channel.settings)
    offer = offered(item, body, rules, waiting)
    setting = Setting(
        form.place(),
        currency,
        price=None if isinstance(offer, Hold) else offer.price,
        quantity=None if isinstance(offer, Hold) else offer.quantity,
        node=mapped.node if mapped else "",
    )
    rendered = render(form, item, chosen, setting)
    problems = _problems(workspace, channel, side, mapped, kind, form, rendered)
    if isinstance(offer, Hold):
        problems.append(offer)
    return _view(item, kind, rendered, problems)


def preview_export(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    *,
    skus: Sequence[str] = (),
    product_ids: Sequence[int] = (),
    ask_amazon: bool = False,
) -> list[ExactView]:
    """What an export of a few SKUs or products would send, the parents of variations first; nothing is sent.

    With `ask_amazon`, and in draft, Amazon validates each. Calls: 2 to the store, 1 to Amazon for 20 SKUs that were
    never seen there, and 1 for each that it is asked about. Raises UsageError for too many, and what calls raise.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    if not 1 <= len(skus) + len(product_ids) <= MOST_SHOWN:
        raise UsageError(f"Look at 1 to {MOST_SHOWN} products at once.", next_step="Let a job tell of more: --preview.")
    asks = ask_amazon or channel.app_status == "draft"
    params = {"skus": checked_skus(skus), "product_ids": list(product_ids)}
    with workspace.database.read() as session:
        store = session.get_one(Store, channel.store_id)
    with at_once(), parking(workspace, channel):
        client = amazon(workspace, channel)
        seller = seller_of(workspace, channel, client)
        selection = select_targets(workspace.database, workspace.store_client(store), channel, store, params)
        read_few(workspace.database, seller, selection)
        found = Composer(workspace, channel, client, whole=True).compose([*selection.parents, *selection.targets])
        views = []
        for one in found:
            answer = asked(client, seller.seller_id, channel.marketplace_id, one) if asks else None
            views.append(exact_view(one, refused_by(answer), answer))
    held = {**selection.held, **selection.unknown}
    return [*views, *(exact_view(Composed(Target(sku, 0), [hold]), (), None) for sku, hold in held.items())]


def _category(
    session: Session, channel: Channel, body: Mapping[str, Any], item: StoreItem
) -> tuple[StoreSide, MappedTo | None]:
    """The product with its category in the store, and what that is mapped to for exports."""
    number = category_of(body)
    query = select(CategoryMapping).where(
        col(CategoryMapping.channel_id) == channel.id,
        col(CategoryMapping.category_id) == number,
        col(CategoryMapping.export_default),
    )
    views = viewed(session, channel, session.exec(query).all())
    side = StoreSide(channel.name, f'product {item.product_id} "{item.name[:80]}"', number)
    if not views:
        return side, None
    one = views[0]
    mapped = MappedTo(one.amazon or "", one.amazon_path, one.product_type, one.cscart, one.cscart_path)
    return StoreSide(side.channel, side.product, number, one.cscart_path), mapped


def _problems(
    workspace: Workspace,
    channel: Channel,
    side: StoreSide,
    mapped: MappedTo | None,
    kind: str,
    form: Form,
    rendered: Rendered,
) -> list[Hold]:
    """What the gate says; where the category is not mapped, of the attributes too, for they were asked for."""
    violations = definitions.violations_of(workspace, channel, kind, rendered.attributes)
    assumed = mapped or MappedTo("", "", kind)
    of_attributes = exportable(side, assumed, kind, rendered.faults, violations, form.titles)
    return [*([] if mapped else exportable(side, None, kind)), *of_attributes]


def _view(item: StoreItem, kind: str, rendered: Rendered, problems: list[Hold]) -> PreviewView:
    return PreviewView(
        product_id=item.product_id,
        sku=item.sku,
        name=item.name,
        product_type=kind,
        attributes=rendered.attributes,
        lines=tuple(map(_line, rendered.lines)),
        problems=tuple(ProblemView(hold.code, hold.message, hold.fix) for hold in problems),
        notes=tuple(f"{fault.attribute}: {fault.message}" for fault in rendered.faults if not fault.is_blocking),
    )


def _line(one: Shown) -> LineView:
    return LineView(one.name, one.title, one.requirement.value, one.source.to_json(), one.is_default, one.values)
