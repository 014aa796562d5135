"""The folder of the demo: emptied for each, but never under one that runs, and never when it holds something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.identity import new_owner
from tui.commands.demo import MARKER, _fresh_home


def test_it_is_emptied_for_each_demo_but_not_under_one_that_runs(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    with _fresh_home(home):
        (home / "crossdock.db").touch()
        with pytest.raises(ConfigurationError, match="runs in"), _fresh_home(home):
            pass
        assert (home / "crossdock.db").exists()
    with _fresh_home(home):
        assert not (home / "crossdock.db").exists()


def test_it_is_emptied_after_a_demo_that_was_killed(tmp_path: Path) -> None:
    host, pid, started, life = new_owner().split("/")
    (tmp_path / MARKER).write_text("/".join((host, pid, str(int(started) - 1000), life)))
    (tmp_path / "crossdock.db").touch()
    with _fresh_home(tmp_path):
        assert not (tmp_path / "crossdock.db").exists()


def test_what_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "crossdock.db").touch()
    with pytest.raises(ConfigurationError, match="not a demo"), _fresh_home(tmp_path):
        pass
    assert (tmp_path / "crossdock.db").exists()
