"""The keys: what is declared, what `ui.toml` makes of it, and how a sentence names them.

Every binding has an id. A remapped key that would take a key away from something else at the same place is refused
in a sentence, so that no action ever becomes unreachable without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from textual.app import App
from textual.binding import Binding, InvalidBinding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character
from textual.screen import ModalScreen, Screen

from tui.preferences import FILE
from tui.screen_list import load_screens

RENAMED = {"go.dashboard": "go.home", "fixing.started": "app.open_job"}
"""Ids of keys that are called otherwise now: a file of preferences may still have them."""

_NAMED = frozenset(key.value for key in Keys) | frozenset(KEY_NAME_REPLACEMENTS.values())
_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "meta", "hyper"})
_PLACEHOLDER = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")


@dataclass(frozen=True)
class Declared:
    """A binding as its class declares it."""

    id: str
    binding: Binding
    keys: tuple[str, ...]
    owner: type[DOMNode]


def every_binding() -> Iterator[Declared]:
    """Every binding of the program whose class is loaded; one without a description repeats a key of Textual's."""
    for owner in dict.fromkeys(_owners(DOMNode)):
        for binding in vars(owner).get("BINDINGS", ()):
            if binding.description:
                yield Declared(binding.id or "", binding, _keys(binding.key), owner)


def declared() -> dict[str, Declared]:
    """The bindings by id."""
    return {entry.id: entry for entry in every_binding()}


def checked(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The part of `wanted` (binding id → keys, comma separated) that can be, and a sentence for each that cannot."""
    known = declared()
    complaints: list[str] = []
    taken: dict[str, tuple[str, ...]] = {}
    for name, text in ((_today(name), text) for name, text in wanted.items()):
        keys = _keys(text)
        strange = [key for key in keys if not _exists(key)]
        if name not in known:
            complaints.append(f"{FILE}: no key has the id {name}; docs/keys.md lists them all.")
        elif not keys or strange:
            complaints.append(f"{FILE}: {name} = {text!r} names no key{f' ({strange[0]})' if strange else ''}.")
        else:
            taken[name] = keys
    while clash := _first_clash(known, taken):
        name, other, key = clash
        hidden = known[other].binding.description
        complaints.append(f'{FILE}: {name} = {key!r} would hide "{hidden}" ({other}); it keeps its own key.')
        del taken[name]
    return {name: ",".join(keys) for name, keys in taken.items()}, complaints


def spoken(app: App[None], text: str) -> str:
    """`text` with each `{binding.id}` replaced by the key that does it now."""

    def key_of(match: re.Match[str]) -> str:
        binding = _binding(match[1])
        keys = app._keymap.get(match[1], binding.key)
        return app.get_key_display(Binding(keys.split(",")[0].strip(), binding.action, key_display=None))

    return _PLACEHOLDER.sub(key_of, text)


@cache
def _binding(name: str) -> Binding:
    """The binding of an id, found once: looking through all classes takes longer than drawing a line."""
    known = declared()
    if name not in known:  # of a screen that nobody has seen yet
        load_screens()
        known = declared()
    return known[name].binding


def _owners(of: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for kind in of.__subclasses__():
        if kind.__module__.startswith("tui."):
            yield kind
        yield from _owners(kind)


def _today(name: str) -> str:
    """The id that a binding has now."""
    place, _, key = name.partition(".")
    return RENAMED.get(name) or (f"home.{key}" if place == "dashboard" else name)


@cache
def _keys(text: str) -> tuple[str, ...]:
    """The keys in the words of Textual: "?" is "question_mark"."""
    try:
        return tuple(binding.key for binding in Binding.make_bindings([Binding(text, "")]))
    except InvalidBinding:
        return ()


def _exists(key: str) -> bool:
    *modifiers, last = key.split("+")
    named = last in _NAMED or key_to_character(last) is not None
    return key in _NAMED or (set(modifiers) <= _MODIFIERS and named)


def _first_clash(known: Mapping[str, Declared], taken: Mapping[str, tuple[str, ...]]) -> tuple[str, str, str] | None:
    """A remapped id, the id that it would hide, and the key."""
    for name, keys in taken.items():
        for other in known.values():
            shared = set(keys) & set(taken.get(other.id, other.keys))
            if other.id != name and shared and _meet(known[name], other):
                return name, other.id, min(shared)
    return None


def _meet(one: Declared, other: Declared) -> bool:
    """Whether both can be had at the same time."""
    kinds = (one.owner, other.owner)
    if issubclass(kinds[0], kinds[1]) or issubclass(kinds[1], kinds[0]):
        return True
    for this, that in ((one, other), (other, one)):
        if issubclass(this.owner, App):
            return this.binding.priority or not issubclass(that.owner, ModalScreen)
    screens = [kind for kind in kinds if issubclass(kind, Screen)]
    # Two screens are never on top together, and two widgets never have the focus together.
    return len(screens) == 1 and (_family(kinds[0]) == _family(kinds[1]) or not all(map(_family, kinds)))


def _family(kind: type[DOMNode]) -> str:
    """The screen to which a part of one belongs, by its folder; "" for what every screen may use."""
    _, _, module = kind.__module__.partition("tui.screens.")
    return module.partition(".")[0]
