"""What the sandbox can be asked to do: a method, declared once with the address under which it is offered.

A method marked with `ability` is called from Python as it stands, and over HTTP by the control interface: the parts of
the path and the JSON body are its arguments, what it returns is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])
_MARK = "_sandbox_ability"


@dataclass(frozen=True)
class Ability:
    """How a method is offered.

    method, path   as Flask names them: "POST", "orders/<order_id>"
    body           the argument that takes the whole body; without it, each key of the body is an argument
    key            the key under which the result stands in the answer; without it, the result is the answer
    """

    method: str
    path: str
    body: str = ""
    key: str = ""


def ability(method: str, path: str, *, body: str = "", key: str = "") -> Callable[[Method], Method]:
    """Offer a method under the control interface."""

    def mark(function: Method) -> Method:
        setattr(function, _MARK, Ability(method, path, body, key))
        return function

    return mark


def abilities(of: object) -> Iterator[tuple[Ability, Callable[..., Any]]]:
    """The abilities of an object, each with the method that does it."""
    for name in dir(type(of)):
        found = getattr(getattr(type(of), name), _MARK, None)
        if found is not None:
            yield found, getattr(of, name)
