"""The remotes, when they may be asked: whether they answer, and whether their clocks agree with ours.

One cheap read of each store with its own credentials. Amazon is asked for nothing but the time, without a token: that
counts against no quota.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from sqlmodel import col, select

from core import clock
from core.amazon.marketplaces import REGIONS
from core.checks import Check
from core.doctor.careful import looked
from core.model.account import SellerAccount
from core.model.store import Store
from core.settings import Settings
from core.workspace import Workspace, opened

MOST_SKEW = 60.0
"""Seconds by which two clocks may differ before windows of time go wrong."""


def checks(settings: Settings) -> Iterator[Check]:
    """Every store and every region of Amazon in use."""
    if not clock.is_real():
        yield Check("remotes", True, "They are not asked while a test clock is in force.")
        return
    with opened(settings) as workspace:
        with workspace.database.read() as session:
            names = session.exec(select(Store.name).order_by(Store.name)).all()
            endpoints = session.exec(select(SellerAccount.region, SellerAccount.api_mode).distinct()).all()
        for name in names:
            yield from looked(f"store {name}: online", partial(_store, workspace, name))
        for base in sorted({settings.spapi_url or _endpoint(region, mode) for region, mode in endpoints}):
            yield from looked(f"amazon {base}", partial(_amazon, workspace, base))


def _endpoint(region: str, api_mode: str) -> str:
    known = REGIONS[region]
    return known.sandbox_endpoint if api_mode == "sandbox" else known.endpoint


def _store(workspace: Workspace, name: str) -> Check:
    with workspace.database.read() as session:
        store = session.exec(select(Store).where(col(Store.name) == name)).one()
    return _clock(f"store {name}: online", workspace.store_client(store).date())


def _amazon(workspace: Workspace, base: str) -> Check:
    return _clock(f"amazon {base}", workspace.http.send("GET", base, subject="Amazon", read_timeout=20).date())


def _clock(name: str, theirs: datetime | None) -> Check:
    if theirs is None:
        return Check(name, True, "It answers, and does not tell its time.")
    skew = (clock.now() - theirs).total_seconds()
    if abs(skew) <= MOST_SKEW:
        return Check(name, True, "It answers, and the clocks agree.")
    which = "ahead of" if skew > 0 else "behind"
    return Check(
        name,
        False,
        f"It answers, but the clock of this machine is {abs(skew):.0f} s {which} its clock.",
        "Let both clocks be set by the network (timedatectl set-ntp true).",
    )
