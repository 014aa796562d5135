"""How the preview of a product reads: what a listing of it would say, exactly, and what keeps it from being listed."""

from __future__ import annotations

import json
from collections.abc import Iterator

from textual.content import Content

from core.flows import code_of
from core.listings.preview import PreviewView
from tui.frame.labels import labelled
from tui.text import clean, foreign
from tui.widgets.text_pane import Line


def preview_title(seen: PreviewView) -> str:
    """What it is a preview of."""
    return f"{clean(seen.sku)} as a listing of {clean(seen.product_type)}"


def preview_lines(seen: PreviewView) -> Iterator[Line]:
    """What is wrong with it, what is sent otherwise than the store has it, and each attribute as Amazon takes it."""
    for problem in seen.problems:
        title = f"{code_of(problem.code).title}: "
        yield Line(foreign(title, "$text-warning") + foreign(problem.message, "bold"))
        yield Line(Content.styled("fix: ", "bold") + foreign(problem.fix), indent=5)
    if not seen.problems:
        yield Line(Content.styled("Nothing is wrong with it.", "$text-success"))
    yield from labelled(("product", f"{seen.product_id}  {seen.name}"), *[("note", note) for note in seen.notes])
    for name, values in seen.attributes.items():
        yield Line(Content(""))
        yield Line(foreign(name, "bold"))
        for line in json.dumps(values, ensure_ascii=False, indent=2).splitlines():
            yield Line(foreign(line), indent=4)
