"""From anywhere to the window that renews what expires soon."""

from __future__ import annotations

from typing import Any

from core.status import Ending
from tui.frame.live import LiveScreen
from tui.screens.channels.steps import ChannelSteps
from tui.screens.settings.app_steps import AppSteps


def renew(screen: LiveScreen[Any], ending: Ending) -> None:
    """Open it over the screen."""
    if ending.what == "secret":
        AppSteps(screen).rotate(ending.name)
    else:
        ChannelSteps(screen).authorize(ending.name)
