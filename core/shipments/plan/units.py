"""Lines of the store → units of Amazon's items.

A line knows its item by what the import noted. Lines of one SKU stand for all items of that SKU, because the store
merges equal products; a line may also have been split in two for its price. Where a SKU became several products or
several of one product (a kit), only whole units count. What is a kit, the units tell that were ordered when the order
was imported: of those that Amazon has now, some may have been cancelled since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from core.orders.document import Item
from core.shipments.plan import problems
from core.shipments.plan.parcel import Line
from core.sync.decisions import Hold


def units_of(
    shipped: Mapping[str, int],
    lines: Sequence[Line],
    items: Sequence[Item],
    free: Mapping[str, int],
    imported: Mapping[str, int],
) -> dict[str, int] | Hold:
    """Units by Amazon's item; empty when nothing of it was sold there.

    `free` are the units of each item that may still be told. What is more than that is given to the first item all the
    same: whoever asked sees it by that. `imported` are the units of each item at that time, where that is known.
    """
    known = {line.line for line in lines}
    for line in shipped:
        if line not in known:
            return problems.line_unknown(line)
    by_id = {item.item_id: item for item in items}
    found: dict[str, int] = {}
    for sku, group in _groups(lines, items, by_id).items():
        here = [line for line in group if shipped.get(line.line)]
        if not here:
            continue
        alike = [item for item in items if item.sku == sku]
        wanted = _wanted(shipped, group, sum(imported.get(item.item_id, item.quantity) for item in alike))
        if wanted is None:
            return problems.part_of_unit(sku)
        found.update(_given(wanted, alike, free))
    return found


def _groups(lines: Sequence[Line], items: Sequence[Item], by_id: Mapping[str, Item]) -> dict[str, list[Line]]:
    """Lines by the SKU they stand for; lines that are none of Amazon's are left out."""
    skus = {item.sku for item in items}
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        sku = by_id[line.item_id].sku if line.item_id in by_id else line.sku
        if sku in skus and (line.item_id or line.sku):
            groups[sku].append(line)
    return groups


def _wanted(shipped: Mapping[str, int], group: Sequence[Line], ordered: int) -> dict[str, int] | None:
    """Units by the item that the lines name (empty: any); None when a part of a unit is among them."""
    placed = sum(line.amount for line in group)
    wanted: dict[str, int] = defaultdict(int)
    if not ordered or placed <= ordered or placed % ordered or any(line.amount % ordered for line in group):
        for line in group:
            wanted[line.item_id] += shipped.get(line.line, 0)
        return wanted
    parts = [(shipped.get(line.line, 0), line.amount // ordered) for line in group]
    whole = {count // per_unit for count, per_unit in parts}
    if len(whole) > 1 or any(count % per_unit for count, per_unit in parts):
        return None
    wanted[group[0].item_id] = whole.pop()
    return wanted


def _given(wanted: Mapping[str, int], alike: Sequence[Item], free: Mapping[str, int]) -> dict[str, int]:
    """Each item what its own lines say, as far as it may; the rest goes to the others of the SKU."""
    left = {item.item_id: max(free.get(item.item_id, 0), 0) for item in alike}
    given: dict[str, int] = defaultdict(int)
    rest = 0
    for item_id, count in wanted.items():
        taken = min(count, left.get(item_id, 0))
        if taken:
            given[item_id] += taken
            left[item_id] -= taken
        rest += count - taken
    for item_id, more in left.items():
        taken = min(rest, more)
        if taken:
            given[item_id] += taken
            rest -= taken
    if rest:
        given[alike[0].item_id] += rest
    return dict(given)
