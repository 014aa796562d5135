"""How long personal data of orders is kept: global settings, within what Amazon's Data Protection Policy allows.

The policy counts 30 days from delivery, which Amazon does not tell of merchants' parcels; we count from shipment, which
is earlier. An order that never ends has no shipment: it is kept while it may still be shipped, and no longer.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_

from core import clock
from core.days import Days
from core.model.order import AmazonOrder

SHIPPED = Days("personal_data.shipped_days", 30, 1, 30)
"""After an order was shipped, cancelled or found unfulfillable."""
OPEN = Days("personal_data.open_days", 90, 30, 180)
"""After the last change of an order that never ends."""
READ_LATE = timedelta(days=7)
"""For what is read when its time is over, history above all: it has to be brought into the store first."""


def is_over(session: Session, late: timedelta = timedelta()) -> ColumnElement[bool]:
    """Says of which orders personal data may not be kept any longer, for at least `late`."""
    now, ended_at = clock.now() - late, col(AmazonOrder.ended_at)
    goes_on = and_(ended_at.is_(None), col(AmazonOrder.updated_at) < now - OPEN.stored(session))
    return or_(ended_at < now - SHIPPED.stored(session), goes_on)
