"""Where everything of one installation lives."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home_folder() -> Path:
    """The folder that `CROSSDOCK_HOME` names, otherwise the platform's data folder for this user."""
    named = os.environ.get("CROSSDOCK_HOME")
    folder = Path(named) if named else Path(platformdirs.user_data_dir("crossdock", appauthor=False))
    return folder.expanduser().absolute()
