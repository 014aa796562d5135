"""Times that are kept, as global settings in whole days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from core.model.setting import GlobalSetting


@dataclass(frozen=True)
class Days:
    """A global setting in days, with its bounds."""

    key: str
    default: int
    least: int
    most: int

    def stored(self, session: Session) -> timedelta:
        """What is set, or the default."""
        setting = session.get(GlobalSetting, self.key)
        return timedelta(days=int(setting.value) if setting and setting.value else self.default)
