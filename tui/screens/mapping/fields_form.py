"""The form for what fills an attribute of listings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from core.actor import Actor
from core.fields import exchange, mapping
from core.fields.mapping import AttributeView, ChosenView
from core.fields.plan.sources import FEATURE_PREFIX, SKIP, Source, SourceKind
from core.fields.plan.store_item import FIELDS
from core.fields.rows import Origin
from core.workspace import Workspace
from tui.forms.fields import Entered, Field, Value, Values
from tui.forms.modal import FormModal
from tui.screens.mapping.fields_text import KINDS
from tui.text import clean
from tui.widgets.choice import Choice

GUIDE = (
    "A field or a feature of the store's product fills it for each product; a feature can be named, or chosen by its"
    " number. A constant is the same for all, and what is never sent is left out.",
    "A template is text with names in braces: {brand} {product} {feature:Colour}. {{ and }} are braces.",
    "Values are compared with Amazon's own and their titles. What the store calls otherwise is translated, one a line:"
    " Eiche=Oak",
    "Applies to: the product type of a channel counts before the channel, the channel before the store, and the store"
    " before the default.",
)
_READS = (SourceKind.FIELD.value, SourceKind.FEATURE.value)


@dataclass(frozen=True)
class SourceForm:
    """Asks what fills an attribute, and saves it."""

    workspace: Workspace
    actor: Actor
    channel: str
    store: str
    product_type: str
    features: Mapping[str, str]

    def window(self, one: AttributeView) -> FormModal[ChosenView]:
        """The form for an attribute, with what counts now."""
        title = f"What fills {clean(one.title)}?"
        save = partial(self._save, one)
        values = self._values(one)
        return FormModal(title, list(self._fields(one)), save, values=values, saving="Saving …", guide=GUIDE)

    def _values(self, one: AttributeView) -> dict[str, Value]:
        source = Source.from_json(one.source)
        kind = SourceKind.FEATURE if source.kind is SourceKind.NONE else source.kind
        if one.values and (one.missing or source.kind is SourceKind.NONE):
            kind = SourceKind.CONSTANT
        where = one.origin if one.origin in (Origin.CHANNEL, Origin.STORE) else Origin.PRODUCT_TYPE
        if where is Origin.STORE and not self.actor.is_admin:
            where = Origin.PRODUCT_TYPE
        values: dict[str, Value] = {"kind": kind.value, "applies": where.value, "unit": source.unit or None}
        if one.values:
            values["value"] = tuple(f"{ours}={theirs}" for ours, theirs in source.values)
        return values | ({source.kind.value: source.text} if source.text else {})

    def _fields(self, one: AttributeView) -> Iterator[Field]:
        kinds = [Choice(kind.value, words) for kind, words in KINDS.items()]
        yield Field("kind", "Comes from", "choice", choices=kinds, required=True, help="What fills it in listings.")
        fields = [Choice(name, known.title, name) for name, known in FIELDS.items()]
        yield Field(
            "field", "Field", "choice", choices=fields, required=True, when=_is("field"), help="Of the store's product."
        )
        yield self._feature()
        yield _constant(one)
        template = "{brand} {product} {feature:Colour}: fields and features in braces."
        yield Field("template", "Template", required=True, when=_is("template"), help=template)
        if one.units:
            units = [Choice(unit) for unit in one.units]
            yield Field(
                "unit",
                "Unit",
                "choice",
                choices=units,
                blank="as the store has it",
                typed=_typed,
                when=_is(*_READS, "constant"),
                help="Of a number that tells none itself.",
            )
        translated = "What the store says = what Amazon takes, one a line: Eiche=Oak"
        if one.values:
            yield Field("value", "Translated", "lines", when=_is(*_READS), help=translated)
        yield Field("applies", "Applies to", "choice", choices=self._scopes(), required=True, help="Where it counts.")

    def _feature(self) -> Field:
        told = "By its name, or number; typing searches those that were read with the categories."
        if not self.features:
            return Field("feature", "Feature", required=True, when=_is("feature"), help="Its name, or number.")
        known = [Choice(number, name, number) for number, name in self.features.items()]
        return Field(
            "feature", "Feature", "choice", choices=known, typed=_typed, required=True, when=_is("feature"), help=told
        )

    def _scopes(self) -> list[Choice]:
        scopes = [
            Choice(Origin.PRODUCT_TYPE.value, f"{self.product_type} in channel {self.channel}"),
            Choice(Origin.CHANNEL.value, f"all product types of channel {self.channel}"),
        ]
        if self.actor.is_admin:
            scopes.append(Choice(Origin.STORE.value, f"all channels of store {self.store}"))
        return scopes

    def _save(self, one: AttributeView, entered: Entered) -> ChosenView:
        values = entered.values
        where = Origin(str(values["applies"]))
        return mapping.set_field(
            self.workspace,
            self.actor,
            one.name,
            source_of(values),
            channel="" if where is Origin.STORE else self.channel,
            store=self.store if where is Origin.STORE else "",
            product_type=self.product_type if where is Origin.PRODUCT_TYPE else "",
        )


def source_of(values: Values) -> Source:
    """The source that was entered. Raises UsageError for pairs of values that are none."""
    kind = SourceKind(str(values["kind"]))
    if kind is SourceKind.SKIP:
        return SKIP
    told = values.get("value") if kind.value in _READS else ()
    pairs = exchange.values_of([str(pair) for pair in told] if isinstance(told, tuple) else ())
    unit = "" if kind is SourceKind.TEMPLATE else str(values.get("unit") or "")
    text = str(values.get(kind.value) or "").strip()
    if kind is SourceKind.FEATURE:
        text = text.removeprefix(FEATURE_PREFIX)
    return Source(kind, text, unit, pairs)


def _constant(one: AttributeView) -> Field:
    is_shown = _is("constant")
    if not one.values:
        return Field("constant", "Value", required=True, when=is_shown, help=f"A {one.kind}.")
    names = one.names if len(one.names) == len(one.values) else tuple(map(str, one.values))
    choices = [Choice(_written(value), name, _written(value)) for value, name in zip(one.values, names, strict=True)]
    told = "Amazon suggests these; others can be typed." if one.is_open else "Amazon takes no other."
    return Field(
        "constant",
        "Value",
        "choice",
        choices=choices,
        typed=_typed if one.is_open else None,
        required=True,
        when=is_shown,
        help=told,
    )


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed(text: str) -> Choice | None:
    return Choice(text.strip(), note="as typed") if text.strip() else None


def _is(*kinds: str) -> Callable[[Values], bool]:
    return lambda values: values.get("kind") in kinds
