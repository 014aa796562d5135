"""What is looked at once all values of a listing are there: offer, identifier, name, images, and what is missing."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlsplit

from core.fields.plan import identifiers, text
from core.fields.plan.faults import FaultKind
from core.fields.plan.identifiers import ASIN, EXEMPTION, IDENTIFIER, Identifier
from core.fields.plan.schema import Requirement, Row
from core.fields.plan.work import Work

_NAME, _SPLIT = "item_name.value", "title_differentiation"
_ASIN = f"{ASIN}.value"
_PRICE = "purchasable_offer.our_price."
_EXEMPT = f"crossdock fields set {EXEMPTION} --constant true"


def check(work: Work) -> None:
    """Take out what must not be sent, and note it and all that is missing."""
    _check_offer(work)
    _identify(work)
    _check_images(work)
    _note_title(work)
    _drop_lonely(work)
    _drop_incomplete(work)
    _note_missing(work)


def _check_offer(work: Work) -> None:
    """Leave out a price of zero or in another currency: an offer for nothing is sold at once."""
    for key in [key for key in work.values if key.startswith(_PRICE)]:
        row = work.form.by_key.get(key)
        if row is None or row.kind != "number":
            continue
        store, there = work.item.currency, work.setting.currency
        if Decimal(str(work.values[key])) <= 0:
            work.fault(row, FaultKind.PRICE, "The price is zero.", "Set a price in the store.")
        elif work.setting.price is None and store and there and store != there:
            message = f"The price is in {store}, and the marketplace has {there}."
            work.fault(row, FaultKind.CURRENCY, message, "Set the channel's exchange rate.")
        else:
            continue
        del work.values[key]


def _identify(work: Work) -> None:
    """Bring the identifier into a kind that the product type takes; it wins over an exemption."""
    row, kind = (work.form.by_key.get(f"{IDENTIFIER}.{name}") for name in ("value", "type"))
    if row is None or kind is None:
        return
    told = str(work.values.pop(row.key, ""))
    named = str(work.values.pop(kind.key, ""))
    if not told:
        _note_unidentified(work, row)
        return
    found = identifiers.read(told)
    if found is None and named and named not in identifiers.KINDS:
        found = Identifier(named, told)  # national numbers, such as PZN, have rules of their own
    usable = found.among([str(value) for value in kind.values]) if found else None
    if usable is not None:
        work.values |= {kind.key: usable.kind, row.key: usable.value}
        work.values.pop(f"{EXEMPTION}.value", None)
        return
    if found is None:
        message = f"{told[:40]!r} is not an identifier: {identifiers.fault(told)}."
    else:
        message = f"{told[:40]} is {found.kind.upper()}; the product type takes {', '.join(kind.names)}."
    work.fault(row, FaultKind.IDENTIFIER, message, "Correct it in the store.")


def _note_unidentified(work: Work, row: Row) -> None:
    family = work.setting.family
    is_known = work.values.get(f"{EXEMPTION}.value") is True or _ASIN in work.values
    is_parent = family is not None and family.level == "parent"
    if is_known or is_parent or row.requirement is Requirement.OPTIONAL:
        return
    fix = f"Enter its EAN, UPC or GTIN in the store. If Amazon exempts the brand: {_EXEMPT}"
    work.fault(row, FaultKind.IDENTIFIER, "The product has no EAN, UPC, ISBN or GTIN.", fix)


def _check_images(work: Work) -> None:
    """Leave out images without an address from which Amazon can download them; only the main one stops a listing."""
    for key in [key for key in work.values if key.endswith(".media_location")]:
        if _is_address(str(work.values[key])):
            continue
        row = work.form.by_key[key]
        message = f"{str(work.values.pop(key))[:80]!r} is not an address that Amazon can download."
        fix = "The images of the store must be at public addresses."
        work.fault(row, FaultKind.IMAGE, message, fix, is_blocking=row.attribute.startswith("main_"))


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https", "s3") and bool(parts.netloc)


def _note_title(work: Work) -> None:
    """Note a name that Amazon may cut itself, and what of it fits in neither part."""
    row = work.form.by_key.get(_NAME)
    if row is None or not work.setting.has_split_title:
        return
    name, rest = str(work.values.get(_NAME, "")), text.split_title(work.item.name).rest
    is_split = f"{_SPLIT}.value" in work.values
    if len(name) > text.NAME and is_split:
        message = f"The name has {len(name)} characters; beside {_SPLIT} Amazon takes {text.NAME}."
        work.fault(row, FaultKind.TOO_LONG, message, f"Shorten it, or skip {_SPLIT}.")
    elif len(name) > text.NAME:
        message = f"The name has {len(name)} characters; Amazon may move what is behind {text.NAME}."
        work.fault(row, FaultKind.SHORTENED, message, is_blocking=False)
    elif rest and is_split:
        message = f"The end of the name fits in neither part: {rest[:100]!r}."
        work.fault(row, FaultKind.SHORTENED, message, is_blocking=False)


def _drop_lonely(work: Work) -> None:
    """Leave out attributes that have nothing to say but what accompanies a value."""
    for attribute in work.given() - {key.partition(".")[0] for key in work.values if key not in work.beside}:
        work.drop(attribute)


def _drop_incomplete(work: Work) -> None:
    """Leave out an attribute that lacks a part without which Amazon refuses it, unless somebody asked for it."""
    given = work.given()
    lacking: dict[str, list[Row]] = {}
    for row in work.form.rows:
        is_optional = row.requirement is not Requirement.REQUIRED
        if row.attribute in given and row.is_always and is_optional and row.key not in work.values:
            lacking.setdefault(row.attribute, []).append(row)
    for attribute, rows in lacking.items():
        if attribute in work.wrong:
            continue
        names = ", ".join(row.name for row in rows)
        is_asked_for = attribute in work.asked_for
        message = f"{attribute} is not complete without {names}" + ("." if is_asked_for else ", and is left out.")
        work.fault(rows[0], FaultKind.MISSING, message, "Say where it comes from.", is_blocking=is_asked_for)
        work.drop(attribute)


def _note_missing(work: Work) -> None:
    """Name what every listing needs and this one has not."""
    for row in work.form.rows:
        if row.requirement is Requirement.REQUIRED and row.key not in work.values and row.attribute not in work.wrong:
            message = f"{row.title} ({row.name}) is required, and the product has none."
            fix = f"Fill it in the store, or say where it comes from: crossdock fields set {row.name}"
            work.fault(row, FaultKind.MISSING, message, fix)
