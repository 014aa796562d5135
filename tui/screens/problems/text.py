"""How problems read: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from textual.content import Content

from core.sync.codes import FixKind
from core.sync.problems import ProblemView
from tui.frame.fixes import about_title, counted, fix_line, is_in_mapping
from tui.frame.problem_lines import example_of, is_one_by_one, kind_of
from tui.frame.problem_tree import NEEDS_YOU, WAITS, Cause, Node
from tui.screens.problems.data import NodeDetail
from tui.text import clean, foreign
from tui.widgets import timestamps
from tui.widgets.text_pane import Line

Spoken = Callable[[str], str]
"""Names the keys in a sentence."""

NOTHING = "Nothing needs a person.\n\nHeld and failed items appear here by themselves; {go.orders} shows all orders."
NEEDS_NOBODY = "Nothing needs you.\n\n{tabs.next} shows what waits for Amazon."
WAITS_FOR_NOTHING = "Nothing waits for Amazon.\n\n{tabs.next} shows what needs you."
OTHER_CHANNEL = "{problems.channel} shows the next channel."

TABS: Mapping[str, str] = {NEEDS_YOU: "Needs you", WAITS: "Waiting for Amazon"}

DOES: Mapping[FixKind, str] = {
    FixKind.LINK: "Plans {items} again with the product that you choose. {{problems.undo}} undoes it.",
    FixKind.MAP: "Keeps your choice in the channel, and plans {items} again. {{problems.undo}} undoes it.",
    FixKind.ENTER: "Asks for carrier and tracking number, enters the shipment into the store and tells Amazon.",
    FixKind.CHANNEL: "Opens the form of the channel at this setting, then offers to try {items} again.",
    FixKind.RELEASE: "Lets {items} go on.",
    FixKind.RETRY: "Plans and delivers {items} again.",
    FixKind.WAIT: "",
}
"""What the key does, by the kind of fix."""

IN_MAPPING = "Opens it in Mapping. {{problems.retry}} tries {items} again afterwards."
ELSEWHERE = "That is not done here. {{problems.retry}} tries {items} again afterwards."
ONE_BY_ONE = "{{problems.fix}} opens the list: each of the {count} is fixed by itself."

_LABEL = 9


def node_copies(node: Node) -> list[tuple[str, str]]:
    """What a line is called, then what is wrong; foreign text as a terminal may have it."""
    if node.item is not None:
        name = node.item.subject.kind, node.item.subject.id
    else:
        name = ("SKU" if node.code.kind is FixKind.LINK else "key", node.about) if node.about else ("code", "")
    message = clean(example_of(node).message)
    return [(name[0], clean(name[1]) or node.code.name), ("message", message)]


# -- details ------------------------------------------------------------------------------------------------


def node_lines(node: Node, detail: NodeDetail | None, spoken: Spoken) -> Iterator[Line]:
    """What is wrong, with what, what it amounts to, and what the fix will do."""
    yield Line(_heading(node, detail))
    yield Line(foreign(_extent(node) if is_one_by_one(node) else example_of(node).message))
    yield from _fix_lines(node, spoken)
    yield from _fields(_facts(node, detail))


def _heading(node: Node, detail: NodeDetail | None) -> Content:
    """What it is about, what Amazon calls that, how many items wait for it, and how much money."""
    items = [] if node.item else [counted(node.count, node.noun)]
    money = ", ".join([*items, *map(str, detail.totals if detail else ())])
    name = str(node.item.subject) if node.item else about_title(node.code.name, node.about)
    title = f' "{detail.title}"' if detail and detail.title else ""
    return foreign(name, "bold") + foreign(f"{title}{', ' if name and money else ''}{money}")


def _extent(node: Node) -> str:
    groups = len(node.of.groups) if isinstance(node.of, Cause) else 1
    things = {FixKind.LINK: "SKU", FixKind.MAP: "value", FixKind.CHANNEL: "setting"}
    return f"{counted(groups, things.get(kind_of(node), 'part'))} with this problem."


def _fix_lines(node: Node, spoken: Spoken) -> Iterator[Line]:
    example = example_of(node)
    yield fix_line(node.code.name, example.about, example.fix, spoken("{problems.fix}"))
    items = counted(node.count, node.noun)
    if is_one_by_one(node) and isinstance(node.of, Cause):
        does = ONE_BY_ONE.format(count=len(node.of.groups))
    else:
        kind = kind_of(node)
        leads = kind is FixKind.MAP and is_in_mapping(example.about)
        does = (IN_MAPPING if leads else DOES.get(kind, ELSEWHERE)).format(items=items)
    if does:
        yield Line(foreign(spoken(does), "$text-muted"))


def _facts(node: Node, detail: NodeDetail | None) -> Sequence[tuple[str, str]]:
    if detail is None:
        return ()
    since = node.of.first_seen if isinstance(node.of, ProblemView) else node.of.oldest
    named = [it.subject.id for it in detail.items]
    more = node.count - len(named)
    return (
        *(("similar", f"{it.sku}  {it.name}") for it in detail.similar),
        (f"{node.noun}s", ", ".join(named) + (f" and {more:,} more" if named and more > 0 else "")),
        ("channel", node.channel if node.several else ""),
        ("since", timestamps.full(since)),
    )


def _fields(facts: Sequence[tuple[str, str]]) -> Iterator[Line]:
    before = ""
    for label, value in facts:
        if value:
            shown = "" if label == before else label
            yield Line(foreign(shown.ljust(_LABEL), "$text-muted") + foreign(value), indent=_LABEL)
            before = label
