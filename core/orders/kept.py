"""How long personal data of orders is kept: global settings, within what Amazon's Data Protection Policy allows.

The policy counts 30 days from delivery, which Amazon does not tell of merchants' parcels; we count from shipment, which
is earlier. An order that never ends has no shipment: it is kept while it may still be shipped, and no longer.
"""

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


SHIPPED = Days("personal_data.shipped_days", 30, 1, 30)
"""After an order was shipped, cancelled or found unfulfillable."""
OPEN = Days("personal_data.open_days", 90, 30, 180)
"""After the last change of an order that never ends."""
READ_LATE = timedelta(days=7)
"""For what is read when its time is over, history above all: it has to be brought into the store first."""
