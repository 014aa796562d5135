"""From a line of the tree of problems to what is to be fixed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from core.actor import Actor
from core.subjects import Subject
from core.sync.problems import problem_keys, problem_rows
from core.workspace import Workspace
from tui.frame.fixes import FixRequest
from tui.frame.problem_tree import Cause, Node


def request_of(workspace: Workspace, actor: Actor, node: Node) -> FixRequest:
    """All that is in a line."""
    told = node.item or node.group
    subjects = partial(_subjects, workspace, actor, node)
    return FixRequest(node.channel, node.code, node.about, told.fix if told else "", node.count, node.noun, subjects)


def request_of_all(workspace: Workspace, actor: Actor, nodes: Sequence[Node]) -> FixRequest:
    """All that is in some lines, each item once. Blocks: it reads the items."""
    found = list(dict.fromkeys(item for node in nodes for item in _subjects(workspace, actor, node)))
    kinds = {subject.kind for _, subject in found}
    noun = kinds.pop() if len(kinds) == 1 else "item"
    return FixRequest("", nodes[0].code, "", "", len(found), noun, lambda: found)


def _subjects(workspace: Workspace, actor: Actor, node: Node) -> list[tuple[str, Subject]]:
    """The items of a line, each with its channel; runs in a thread."""
    if node.item is not None:
        return [(node.channel, node.item.subject)]
    groups = node.of.groups if isinstance(node.of, Cause) else [node.group]
    database = workspace.database
    found = [
        problem_rows(database, actor, problem_keys(database, actor, it.channel, it.code, it.about))
        for it in groups
        if it
    ]
    return [(item.channel, item.subject) for items in found for item in items]
