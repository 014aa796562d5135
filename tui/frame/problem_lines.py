"""How the lines of the tree of problems read, in Problems and on Home; pure."""

from __future__ import annotations

from textual.content import Content

from core.sync.codes import FixKind
from core.sync.problems import ProblemGroup, ProblemView
from tui.frame.fixes import about_title
from tui.frame.problem_tree import Cause, Node
from tui.text import foreign
from tui.widgets import timestamps
from tui.widgets.table import Cell, Column

COLUMNS = (Column("problem", least=24, most=38), Column("items", most=7, right=True), Column("fix"))

_INDENT = 2


def node_cells(node: Node) -> tuple[Cell, ...]:
    """A line of the list."""
    if node.item is not None:
        since = Content.styled(f"{timestamps.brief(node.item.first_seen)} ", "$text-muted")
        return _indented(node, foreign(str(node.item.subject))), Content(""), since + foreign(node.item.message)
    mark = "  " if node.is_open is None else "▾ " if node.is_open else "▸ "
    return _indented(node, Content(mark) + _label(node)), Content(f"{node.count:,}"), _fix(node)


def _indented(node: Node, content: Content) -> Content:
    return Content(" " * _INDENT * node.depth) + content


def _label(node: Node) -> Content:
    """A cause, with what it is about where that is one thing; or that alone beneath its cause."""
    about = foreign(about_title(node.code.name, node.about))
    if isinstance(node.of, Cause):
        title = foreign(node.code.title, "$text-muted" if node.code.kind is FixKind.WAIT else "$text-warning")
        label = title + Content(": ") + about if about else title
    else:
        label = about or foreign(example_of(node).message)
    return label + foreign(f" · {node.channel}", "$text-muted") if node.several and node.channel else label


def _fix(node: Node) -> Content:
    """What fixes it, with the key where the program does."""
    advice = foreign(node.code.advice_for(example_of(node).about))
    return Content.styled("f ", "bold") + advice if kind_of(node).is_here else advice


def kind_of(node: Node) -> FixKind:
    """How it is fixed; of a cause of several things as the largest of them."""
    return node.code.kind_for(example_of(node).about)


def is_one_by_one(node: Node) -> bool:
    """Whether its parts have to be fixed one after the other."""
    return node.item is None and node.group is None and kind_of(node).is_one_by_one


def example_of(node: Node) -> ProblemGroup | ProblemView:
    """The problem that speaks for a line: of a cause that of its largest group."""
    return node.of.groups[0] if isinstance(node.of, Cause) else node.of
