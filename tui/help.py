"""Help and command palette: both are made of the bindings that work at the moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from textual.app import App
from textual.binding import ActiveBinding
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen

from tui.keymap import spoken
from tui.widgets.palette import Command
from tui.widgets.text_pane import Line

GROUPS = ("Here", "Go to", "Everywhere")
"""Of commands in the palette, in this order."""


def help_lines(app: App[None]) -> list[Line]:
    """What the screen on top says of itself, and every key that works there, from the nearest to the farthest."""
    screen = app.screen
    shown = [active for active in screen.active_bindings.values() if _is_ours(active)]
    groups = [
        (heading, [active for active in shown if _group(active) == heading])
        for heading in ("On this screen", "In the part that has the focus", "Everywhere")
    ]
    column = max(len(keys) for _, actives in groups for keys, _ in _keys(app, actives)) + 2
    lines = list(_about(app, screen))
    for heading, actives in groups:
        if actives:
            lines += [Line(Content("")), Line(Content.styled(heading, "$text-muted"))]
            lines += [_line(keys, text, column) for keys, text in _keys(app, actives)]
    return lines if lines[0].content else lines[1:]


def commands(app: App[None], screen: Screen[object]) -> Iterable[Command]:
    """What has a key on this screen, then where one can go, then what can be done everywhere.

    The moves within a table or a text are none.
    """
    return sorted(_commands(app, screen), key=lambda command: GROUPS.index(command.group))


def _commands(app: App[None], screen: Screen[object]) -> Iterator[Command]:
    seen = {"command_palette"}
    for node, binding, enabled, _ in screen.active_bindings.values():
        whole = isinstance(node, (Screen, App)) or getattr(node, "IS_PART_OF_SCREEN", False)
        ours = whole and binding.id and binding.description
        if ours and enabled and binding.action not in seen:
            seen.add(binding.action)
            run = partial(app.run_action, binding.action, default_namespace=node)
            group = "Go to" if binding.action.startswith("go(") else _group_of(node)
            yield Command(group, binding.description, app.get_key_display(binding), binding.tooltip, run)


def _group_of(node: DOMNode) -> str:
    return "Everywhere" if isinstance(node, App) else "Here"


def _group(active: ActiveBinding) -> str:
    if isinstance(active.node, App) or not active.binding.id:  # Textual's own have no id
        return "Everywhere"
    here = isinstance(active.node, Screen) or getattr(active.node, "IS_PART_OF_SCREEN", False)
    return "On this screen" if here else "In the part that has the focus"


def _is_ours(active: ActiveBinding) -> bool:
    return bool(active.binding.description) and not active.binding.system


def _about(app: App[None], screen: Screen[object]) -> Iterator[Line]:
    for paragraph in getattr(screen, "HELP", "").splitlines():
        yield Line(Content(spoken(app, paragraph)))


def _keys(app: App[None], actives: Sequence[ActiveBinding]) -> Iterator[tuple[str, str]]:
    """The keys of each action, and what it does."""
    keys: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    for _, binding, _, _ in actives:
        keys.setdefault(binding.action, []).append(app.get_key_display(binding))
        said = ". ".join(part for part in (binding.description, binding.tooltip) if part)
        texts.setdefault(binding.action, said)
    for action, names in keys.items():
        yield ", ".join(names), texts[action]


def _line(keys: str, text: str, column: int) -> Line:
    return Line(Content.assemble((keys.ljust(column), "bold"), text), indent=column)
