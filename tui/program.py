"""The program as it is installed here: its version, and how it is called.

That is by its name where the shell finds it, otherwise by its full path.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from functools import lru_cache
from pathlib import Path

NAME = "crossdock"
_CALL = re.compile(rf"(?<=: ){NAME} (?=[a-z-])")


@lru_cache(maxsize=1)
def call() -> str:
    """What has to be typed for this very installation."""
    here = Path(sys.executable).with_name(NAME)
    found = shutil.which(NAME)
    if not here.exists() or (found and Path(found).samefile(here)):
        return NAME
    return shlex.quote(str(here))


def command(words: str) -> str:
    """A command line that works as it stands."""
    return f"{call()} {words}"


def version() -> str:
    """Of the program, as it is installed."""
    from importlib.metadata import PackageNotFoundError  # it takes long to load, for what is seldom asked
    from importlib.metadata import version as installed

    try:
        return installed(NAME)
    except PackageNotFoundError:
        return "(not installed)"


def runnable(text: str) -> str:
    """`text` with every "Run: crossdock …" in a form that the shell finds."""
    return _CALL.sub(lambda _: f"{call()} ", text) if NAME in text else text
