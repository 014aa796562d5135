"""Functions that are named where they are declared and loaded with their first call.

The declarations of the flows name what reads, plans and writes: whoever only looks, as Home and most commands do, loads
none of it.
"""

from __future__ import annotations

import importlib
from operator import attrgetter
from typing import Any


class Later:
    """A function by its name, "module:function" or "module:Class.function"."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Call it."""
        return self.load()(*given, **named)

    def load(self) -> Any:
        """The function itself."""
        module, _, name = self.name.partition(":")
        return attrgetter(name)(importlib.import_module(module))
