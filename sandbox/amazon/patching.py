"""What writes do to the attributes of a listing: each is a list of entries, told apart by what its selectors name.

Patches concern whole attributes, in the marketplaces of the call; entries of other marketplaces stay as they are. What
replaces an attribute drops all that is not sent with it, prices of other audiences too. Availability is the exception:
each fulfilment channel stands for itself, so that another channel is a second entry until the first is deleted (issue
2061 of amzn/selling-partner-api-models).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

Entry = Mapping[str, Any]
Attributes = Mapping[str, Sequence[Entry]]

AVAILABILITY = "fulfillment_availability"
PLACE = "marketplace_id"
_DEFAULTS = {"audience": "ALL"}
OPERATIONS = ("add", "replace", "merge", "delete")


def patched(
    attributes: Attributes,
    operation: str,
    name: str,
    value: Sequence[Entry] | None,
    places: Collection[str],
    selectors: Sequence[str],
) -> dict[str, Sequence[Entry]]:
    """The attributes after one operation of a patch."""
    before = attributes.get(name, ())
    mine = [entry for entry in before if entry.get(PLACE) is None or entry[PLACE] in places]
    others = [entry for entry in before if entry not in mine]
    if operation == "delete":
        left = [] if value is None else [one for one in mine if not any(_is_same(one, it, selectors) for it in value)]
    elif operation == "merge":
        left = _merged(mine, value or (), selectors)
    elif name == AVAILABILITY:
        sent = value or ()
        left = [one for one in mine if not any(_is_same(one, it, selectors) for it in sent)] + list(sent)
    else:
        left = list(value or ())
    after = {key: entries for key, entries in attributes.items() if key != name}
    return after | ({name: [*others, *left]} if others or left else {})


def put(attributes: Attributes, sent: Attributes, places: Collection[str]) -> dict[str, Sequence[Entry]]:
    """The attributes after all of some marketplaces were replaced."""
    after = {
        name: [one for one in entries if one.get(PLACE) not in (None, *places)] for name, entries in attributes.items()
    }
    for name, entries in sent.items():
        after[name] = [*after.get(name, ()), *entries]
    return {name: entries for name, entries in after.items() if entries}


def of_place(attributes: Attributes, place: str) -> dict[str, list[Entry]]:
    """What of the attributes holds in a marketplace."""
    chosen = {name: [one for one in entries if one.get(PLACE) in (None, place)] for name, entries in attributes.items()}
    return {name: entries for name, entries in chosen.items() if entries}


def parts_lost(
    before: Attributes, after: Attributes, name: str, places: Collection[str], selectors: Sequence[str]
) -> Iterator[str]:
    """Parts of the entries of an attribute that are there no more, though nothing else took their place."""
    left = after.get(name, ())
    for one in before.get(name, ()):
        if one.get(PLACE) is not None and one[PLACE] not in places:
            continue
        same = next((it for it in left if _is_same(one, it, selectors)), None)
        if same is None:
            yield " ".join([name, *(str(one[key]) for key in selectors if key in one and key != PLACE)])
        else:
            yield from (f"{name} {key}" for key in one.keys() - same.keys() - {PLACE, *selectors})


def _merged(mine: Sequence[Entry], value: Sequence[Entry], selectors: Sequence[str]) -> list[Entry]:
    left = list(mine)
    for it in value:
        found = next((number for number, one in enumerate(left) if _is_same(one, it, selectors)), None)
        if found is None:
            left.append(it)
        else:
            left[found] = {**left[found], **it}
    return left


def _is_same(one: Entry, other: Entry, selectors: Sequence[str]) -> bool:
    """Whether two entries are about the same; a selector that one of them does not have tells nothing."""
    pairs = [
        (one.get(name, _DEFAULTS.get(name)), other.get(name, _DEFAULTS.get(name)))
        for name in dict.fromkeys((PLACE, *selectors))
    ]
    return all(None in pair or pair[0] == pair[1] for pair in pairs)
