"""Variations with one identifier, of which Amazon would make one item: a store may copy the first one's EAN to all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from core.cscart.variations import Group
from core.fields.plan import identifiers
from core.fields.plan.store_item import StoreItem, identifier_of
from core.listings.plan import problems
from core.listings.plan.candidate import Candidate
from core.sync.decisions import Hold


def shared_identifiers(
    candidates: Collection[Candidate],
    groups: Mapping[int, Group],
    read: Callable[[Sequence[int]], Mapping[int, StoreItem]],
    at_amazon: Callable[[Sequence[str]], Collection[str]],
) -> dict[str, Hold]:
    """Those that are to be listed with the identifier of one that is there, or that stands before them in their family.

    `read` gives products by number, `at_amazon` which SKUs are there or on their way; both are asked only for members
    of such a family that are no candidates.
    """
    buyable = [one for one in candidates if not one.is_parent]
    new = [one for one in buyable if one.listed is None and one.sent is None and one.item.product_id in groups]
    items = {one.item.product_id: one.item for one in buyable}
    there = items.keys() - {one.item.product_id for one in new}
    members = {number for one in new for number in groups[one.item.product_id].parents}
    if lacking := sorted(members - items.keys()):
        others = read(lacking)
        known = at_amazon([item.sku for item in others.values()])
        there |= {number for number, item in others.items() if item.sku in known}
        items.update(others)
    found: dict[str, Hold] = {}
    for one in new:
        twin = _twin(one.item, groups[one.item.product_id], items, there)
        if twin is not None:
            found[one.sku] = problems.identifier_shared(_number(one.item), twin.sku)
    return found


def _twin(item: StoreItem, group: Group, items: Mapping[int, StoreItem], there: Collection[int]) -> StoreItem | None:
    """Who has the identifier of a product before it; the one that is shown for all stands before the others."""
    mine, place = _number(item), _place(group, item.product_id)
    others = [number for number in sorted(group.parents) if number in items and number != item.product_id]
    before = [number for number in others if number in there or _place(group, number) < place]
    return next((items[number] for number in before if mine and _number(items[number]) == mine), None)


def _place(group: Group, number: int) -> tuple[bool, int]:
    return group.parents[number] != 0, number


def _number(item: StoreItem) -> str:
    found = identifiers.read(identifier_of(item))
    return found.value if found else ""
