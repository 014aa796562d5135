"""What is to be fixed, and how that reads; what fixes it is said by the codes of the flows. `fixing` carries it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content

from core.flows import code_of
from core.subjects import Subject
from core.sync.codes import Code, FixKind
from tui.text import foreign
from tui.widgets.text_pane import Line

SECTIONS = {"field": "fields", "category": "categories", "node": "categories"}
"""The tabs of Mapping for what no picker sets, by what a problem is about."""
_CATEGORIES = {"category": "category {} of the store", "node": "category {} of Amazon"}


@dataclass(frozen=True)
class FixRequest:
    """What is to be fixed: one kind of problem, with the items that have it."""

    channel: str
    code: Code
    about: str
    fix: str
    count: int
    """Items that the fix touches."""
    noun: str
    """What they are: "order"."""
    subjects: Callable[[], Sequence[tuple[str, Subject]]]
    """Reads the items, each with its channel; runs in a thread."""

    @property
    def kind(self) -> FixKind:
        """How it is fixed."""
        return self.code.kind_for(self.about)

    @property
    def advice(self) -> str:
        """What fixes it, in a few words."""
        return self.code.advice_for(self.about)

    @property
    def items(self) -> str:
        """How many of what: "58 orders"."""
        return counted(self.count, self.noun)


@dataclass(frozen=True)
class Undo:
    """How the last fix is taken back."""

    question: str
    """Says what is undone, and what follows."""
    done: str
    work: Callable[[], object]
    """Runs in a thread; gives the job that comes of it, if any."""


def counted(count: int, noun: str) -> str:
    """ "1 order", "1,200 orders"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def mapping_focus(about: str) -> dict[str, str]:
    """Where in Mapping it is that a problem is about: `field.LAMP.brand` is the attribute `LAMP.brand` in Fields."""
    kind, _, name = about.partition(".")
    return {"section": SECTIONS.get(kind, kind), "name": about if kind in _CATEGORIES else name}


def is_in_mapping(about: str) -> bool:
    """Whether Mapping has a screen for it, where it is looked at and set; the other keys have a picker."""
    return about.partition(".")[0] in SECTIONS


def about_title(code: str, about: str) -> str:
    """What a problem is about, as people read it: the key of a mapping has words, all else is itself."""
    kind = code_of(code).kind
    if kind is FixKind.CHANNEL:
        return about.replace("_", " ")
    if kind is not FixKind.MAP:
        return about
    section, _, name = about.partition(".")
    if section == "field":
        product_type, _, attribute = name.partition(".")
        return f"{attribute} of {product_type}"
    if section in _CATEGORIES:
        return _CATEGORIES[section].format(name)
    from core.mappings.choices import title_of  # with all that checks and writes mappings

    return title_of(about)


def inline(code: str) -> str:
    """The title of a code in the middle of a line."""
    title = code_of(code).title
    return title if title == code or title.startswith("Amazon") else title[:1].lower() + title[1:]


def fix_line(code: str, about: str, advice: str, key: str) -> Line:
    """What the key does about a problem; else what people have to do."""
    problem = code_of(code)
    kind, words = problem.kind_for(about), problem.advice_for(about)
    if kind.is_here:
        return Line(Content.styled(f"{key}: ", "bold") + Content(words), indent=len(key) + 2)
    if kind is FixKind.WAIT:
        return Line(foreign(advice or f"{words}."))
    return Line(Content.styled("fix: ", "bold") + foreign(advice or words), indent=5)
