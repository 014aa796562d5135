"""What is known of a row, as labels and values beneath each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from tui.text import foreign
from tui.widgets.text_pane import Line

WIDTH = 13
"""Cells of a label."""


def labelled(*fields: tuple[str, str | Content]) -> Iterator[Line]:
    """A line for each label that has a value; several values of one label are given with it empty."""
    for label, value in fields:
        content = foreign(value) if isinstance(value, str) else value
        if content:
            yield Line(Content.styled(label.ljust(WIDTH), "$text-muted") + content, indent=WIDTH)


def once(label: str, values: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The values beneath each other, the first of them behind the label."""
    for value in filter(None, values):
        yield label, value
        label = ""
