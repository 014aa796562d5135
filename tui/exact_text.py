"""How the exact preview of an export reads, on screens and on the command line alike. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from core.words import counted

TITLE, WARNING, FIX, GOOD, PLAIN, BODY = "title", "warning", "fix", "good", "plain", "body"

View = Mapping[str, Any]
"""A `core.listings.exact.ExactView` as JSON."""


class Part(NamedTuple):
    """A line, and what kind of line it is; the text may be others'."""

    kind: str
    text: str


def exact_parts(view: View) -> Iterator[Part]:
    """What leaves, what is wrong with it, what Amazon says, what is sent otherwise than the store has it; the body."""
    yield Part(TITLE, f"{view['sku']}: {_what(view)}")
    if view["name"]:
        yield Part(PLAIN, f"product {view['product_id']}: {view['name']}")
    for problem in view["problems"]:
        yield from _wrong(f"not sent: {problem['message']}", problem["fix"])
    wrong = [one for one in view["attributes"] if one["is_blocking"]]
    for one in wrong:
        yield from _wrong(f"{_titled(one)}: {one['message']}", one["fix"])
    for note in (one for one in view["attributes"] if not one["is_blocking"]):
        yield Part(PLAIN, f"note: {_titled(note)}: {note['message']}")
    yield from _answer(view["amazon"])
    if view["body"] is not None and not view["problems"] and not wrong and view["amazon"] is None:
        yield Part(GOOD, "Nothing is wrong with it here; Amazon was not asked.")
    if view["body"] is not None:
        yield from (Part(BODY, line) for line in json.dumps(view["body"], ensure_ascii=False, indent=2).splitlines())


def _what(view: View) -> str:
    if view["body"] is None:
        return "nothing can be filled in" if view["problems"] else "nothing to send, Amazon has it as it was sent"
    kind = "an offer" if view["requirements"] == "LISTING_OFFER_ONLY" else view["product_type"]
    if view["operation"] == "PUT":
        return f"PUT of {kind}, with {counted(len(view['body']['attributes']), 'attribute')}"
    return f"PATCH of {kind}, with {counted(len(view['body']['patches']), 'change')}"


def _answer(answer: Mapping[str, Any] | None) -> Iterator[Part]:
    if answer is None:
        return
    asin = f"it would be ASIN {answer['asin']}" if answer["asin"] else "it matches no ASIN"
    is_valid = answer["status"] == "VALID"
    yield Part(GOOD if is_valid else WARNING, f"Amazon's validation: {answer['status']}, {asin}")
    for one in answer["issues"]:
        about = f" ({one['attribute']})" if one["attribute"] else ""
        cause = f" {one['cause']}" if one["cause"] else ""
        yield from _wrong(f"{one['severity'].lower()} {one['code']}{about}: {one['message']}{cause}", one["fix"])


def _wrong(text: str, fix: str) -> Iterator[Part]:
    yield Part(WARNING, text)
    if fix:
        yield Part(FIX, f"fix: {fix}")


def _titled(issue: Mapping[str, Any]) -> str:
    title, name = issue["title"], issue["attribute"]
    return f"{title} ({name})" if title != name else name or "all attributes"
