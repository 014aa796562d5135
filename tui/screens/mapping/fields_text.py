"""How attributes and what fills them read: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from textual.content import Content

from core.fields.exchange import FieldChanges, FieldView
from core.fields.mapping import AttributeView, FieldsView
from core.fields.plan.schema import Requirement
from core.fields.plan.sources import Source, SourceKind
from core.fields.plan.store_item import FIELDS
from core.fields.rows import Origin
from core.listings.preview import LineView, PreviewView
from tui.frame.fixes import counted
from tui.frame.section import fact
from tui.text import clean, foreign
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

Spoken = Callable[[str], str]
"""Names the keys in a sentence."""

COLUMNS = (
    Column("needed", least=13, most=13),
    Column("attribute", least=22, most=34),
    Column("comes from"),
    Column("set by", least=12, most=12, wide=84),
)
HINT = "title, name or source"
NO_TYPE = "No category of this channel is mapped yet: no product type is known. {fields.type} searches one at Amazon."
READING = "Reading what Amazon asks for …"
NONE_FOUND = "No match. Shorten the search, or show all with {fields.view}."
NOTHING_FILLS = "! Every listing needs it, and nothing fills it: the store has no feature like it."
KEYS = "{fields.set} sets what fills it · {fields.preview} shows it for a product"
KINDS: Mapping[SourceKind, str] = {
    SourceKind.FIELD: "Field of the store's product",
    SourceKind.FEATURE: "Feature of the store's product",
    SourceKind.CONSTANT: "The same for all products",
    SourceKind.TEMPLATE: "Text with fields and features in it",
    SourceKind.SKIP: "Nothing: it is never sent",
}
"""The sources that people can choose."""
SET_BY: Mapping[Origin, str] = {
    Origin.DEFAULT: "default",
    Origin.STORE: "the store",
    Origin.CHANNEL: "the channel",
    Origin.PRODUCT_TYPE: "product type",
}
WHERE: Mapping[Origin, str] = {
    Origin.DEFAULT: "the default",
    Origin.STORE: "for all channels of the store",
    Origin.CHANNEL: "for all product types of the channel",
    Origin.PRODUCT_TYPE: "for this product type in this channel",
}
_MOST_VALUES = 12
"""Accepted values that the details name."""


def is_missing(one: AttributeView, line: LineView | None, *, is_previewed: bool) -> bool:
    """Whether a listing needs it and nothing fills it: of the previewed product, else of any."""
    if is_previewed:
        return one.requirement is Requirement.REQUIRED and not (line and line.values)
    return one.missing


def cells(one: AttributeView, line: LineView | None, features: Mapping[str, str], *, missing: bool) -> tuple[Cell, ...]:
    """An attribute: whether it is needed, what it is called, what fills it and gives, who said so."""
    needed = Content.styled(f"! {one.requirement}", "$text-warning") if missing else Content(f"  {one.requirement}")
    if one.requirement is Requirement.OPTIONAL:
        needed = needed.stylize("$text-muted")
    style = "$text-warning" if missing else "$text-muted" if one.default else ""
    source = Content.styled(clean(source_words(one.source, features)), style)
    if line is not None and line.values:
        source = foreign(f"{values_of(line)} ") + Content.styled(f"← {source.plain}", "$text-muted")
    return needed, foreign(one.title), source, Content.styled(SET_BY[one.origin], "$text-muted" if one.default else "")


def source_words(told: Mapping[str, object], features: Mapping[str, str]) -> str:
    """What fills an attribute, as people read it: "feature Colour"."""
    source = Source.from_json(told)
    if source.kind is SourceKind.NONE:
        return "not set"
    if source.kind is SourceKind.SKIP:
        return "never sent"
    name = source.text
    if source.kind is SourceKind.FIELD and name in FIELDS:
        name = FIELDS[name].title
    elif source.kind is SourceKind.FEATURE:
        name = features.get(name, name)
    unit = f", in {source.unit}" if source.unit else ""
    return f"{source.kind.value} {name}{unit}"


def values_of(line: LineView) -> str:
    """What an attribute would say."""
    return " | ".join(clean(value) for value in line.values)


# -- details ---------------------------------------------------------------------------------------------------------


def detail(
    one: AttributeView, features: Mapping[str, str], seen: PreviewView | None, line: LineView | None, spoken: Spoken
) -> Iterator[Line]:
    """What is known of an attribute; with a preview first what it would say, and what is wrong with the product."""
    name = "" if one.name == one.title else f"  {clean(one.name)}"
    yield Line(foreign(one.title, "bold") + Content.styled(name, "$text-muted"))
    if seen is not None:
        value = values_of(line) if line and line.values else "nothing"
        yield fact("Would say", value, style="" if line and line.values else "$text-warning")
    yield fact("Comes from", f"{source_words(one.source, features)}, {WHERE[one.origin]}")
    if one.missing:
        yield Line(Content.styled(NOTHING_FILLS, "$text-warning"), indent=2)
    if pairs := one.source.get("values"):
        yield fact("Translated", "; ".join(f"{ours} → {theirs}" for ours, theirs in pairs.items()))
    if seen is not None:
        yield from _faults(seen)
    yield fact("Needed", one.requirement.value)
    if one.values:
        yield fact("Suggested" if one.is_open else "Takes", _accepted(one))
    if one.units:
        yield fact("Units", ", ".join(one.units[:_MOST_VALUES]))
    if one.entries > 1:
        yield fact("Entries", f"up to {one.entries:,}")
    yield Line(Content.styled(spoken(KEYS), "$text-muted"))


def _accepted(one: AttributeView) -> str:
    names = one.names if len(one.names) == len(one.values) else one.values
    left = len(names) - _MOST_VALUES
    return ", ".join(map(str, names[:_MOST_VALUES])) + (f" and {left:,} more" if left > 0 else "")


def _faults(seen: PreviewView) -> Iterator[Line]:
    if not seen.problems:
        yield Line(Content.styled("Nothing is wrong with the product.", "$text-success"))
    for problem in seen.problems:
        yield Line(Content.styled("! ", "$text-error") + foreign(problem.message), indent=2)
    for note in seen.notes:
        yield Line(Content.styled("· ", "$text-muted") + foreign(note, "$text-muted"), indent=2)


def preview_title(seen: PreviewView) -> str:
    """Of which product the values are."""
    return f"Preview · {seen.product_id} {clean(seen.name)}"


def preview_count(seen: PreviewView | None) -> str:
    """How many of its problems are named."""
    if seen is None:
        return ""
    return counted(len(seen.problems), "problem") if seen.problems else "nothing wrong"


def required_words(view: FieldsView) -> str:
    """What every listing of a product type needs, in a sentence: those that nothing fills by itself first."""
    needed = [one for one in view.attributes if one.requirement is Requirement.REQUIRED]
    names = list(dict.fromkeys(clean(one.title) for one in sorted(needed, key=lambda one: not one.missing)))
    more = f" and {len(names) - _MOST_VALUES} more" if len(names) > _MOST_VALUES else ""
    return f"{clean(view.product_type)} requires {', '.join(names[:_MOST_VALUES])}{more}."


# -- CSV -------------------------------------------------------------------------------------------------------------


def change_lines(changes: FieldChanges) -> Iterator[Line]:
    """What an import does, attribute by attribute."""
    parts: Mapping[str, tuple[str, str, Sequence[FieldView]]] = {
        "Added": ("+", "$text-success", changes.added),
        "Changed": ("~", "$text-warning", changes.changed),
        "Removed": ("-", "$text-error", changes.removed),
    }
    for title, (mark, tone, views) in parts.items():
        if not views:
            continue
        yield Line(Content.styled(f"{title}: {len(views):,}", "bold"))
        for view in views:
            told = f"{view.product_type or 'all product types'}  {view.attribute}  "
            direction = "in imports: " if view.direction == "import" else ""
            yield Line(
                Content.assemble((f"{mark} ", tone), foreign(told), foreign(f"{direction}{view.source}")), indent=2
            )
        yield Line(Content(""))
    yield Line(Content(f"Unchanged: {changes.unchanged:,}. Product types that are not in the file stay as they are."))
