"""Reading how things stand: again only after something was committed, or once what changes with time may have changed.

Apart from what is read, for the terminal shows its first picture before the database is loaded.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy
from sqlalchemy import and_, or_
from sqlmodel import Session, col, func, select

from core import clock, countdowns
from core.actor import Actor
from core.amazon.operations import SEARCH_ORDERS
from core.database import Database
from core.flows import code_of
from core.jobs.views import living_workers
from core.model.account import MODE_PUBLIC, App, SellerAccount
from core.model.channel import Channel
from core.model.job import ACTIVE, Job
from core.model.problem import Problem
from core.model.quota import Quota
from core.people.rights import visible_channels
from core.quota import level
from core.status import Ending, QuotaLevel, Status
from core.sync.codes import FixKind

MAX_AGE = 5.0
"""Real seconds after which workers and quota are looked at again although nothing was committed."""


def status_reader(database: Database, actor: Callable[[], Actor]) -> Callable[[], Status]:
    """A function that reads the status for whoever `actor` names; it blocks, for at most a few milliseconds."""
    known: tuple[object, float, Status] | None = None

    def read() -> Status:
        nonlocal known
        who, state, now = actor(), database.state(), time.monotonic()
        if known is None or known[0] != (who, state) or now - known[1] > MAX_AGE:
            with database.read() as session:
                known = ((who, state), now, _status(session, who))
        return known[2]

    return read


def _status(session: Session, actor: Actor) -> Status:
    return Status(
        workers=len(living_workers(session)),
        active_jobs=_active_jobs(session, actor),
        needs_person=_needs_person(session, actor),
        quota=_quota(session) if actor.is_admin else None,
        ending=_ending(session, actor),
    )


def _active_jobs(session: Session, actor: Actor) -> int:
    jobs = select(func.count()).select_from(Job).outerjoin(Channel, col(Channel.id) == Job.channel_id)
    return session.exec(jobs.where(visible_channels(actor), col(Job.state).in_(ACTIVE))).one()


def _needs_person(session: Session, actor: Actor) -> int:
    found = session.exec(
        select(Problem.code, func.count())
        .join(Channel, col(Channel.id) == Problem.channel_id)
        .where(col(Problem.resolved_at).is_(None), visible_channels(actor))
        .group_by(Problem.code)
    )
    return sum(count for code, count in found if code_of(code).kind is not FixKind.WAIT)


def _ending(session: Session, actor: Actor) -> Ending | None:
    """One query, which finds nothing as long as nothing ends soon."""
    soon = clock.now() + countdowns.SOON
    told, is_set = col(App.secret_expires_at), col(App.secret_set_at)
    secret_ends = or_(told < soon, and_(told.is_(None), is_set < soon - countdowns.SECRET_LIFE))
    consent_ends = and_(
        col(App.mode) == MODE_PUBLIC,
        col(SellerAccount.seller_id).is_not(None),
        col(SellerAccount.authorized_at) < soon - countdowns.AUTHORIZATION_LIFE,
    )
    rows = session.execute(
        sqlalchemy.select(
            col(App.id), col(App.name), col(App.mode), is_set, told,
            col(SellerAccount.id), col(SellerAccount.authorized_at), col(Channel.name),
        )
        .outerjoin(SellerAccount, col(SellerAccount.app_id) == App.id)
        .outerjoin(Channel, col(Channel.account_id) == SellerAccount.id)
        .where(visible_channels(actor), or_(secret_ends, consent_ends))
        .order_by(col(Channel.name))
    )  # fmt: skip
    found: dict[tuple[str, int], Ending] = {}
    for app_id, app, mode, set_at, expires_at, account_id, authorized_at, channel in rows:
        left = countdowns.secret(set_at, expires_at)
        if countdowns.alarm(left) is not None:
            found.setdefault(("secret", app_id), Ending("secret", app, left.days))
        consent = countdowns.authorization(mode, authorized_at) if channel else None
        if consent is not None and countdowns.alarm(consent) is not None:
            found.setdefault(("authorization", account_id), Ending("authorization", channel, consent.days))
    first = min(found.values(), key=lambda one: one.days, default=None)
    return replace(first, others=len(found) - 1) if first else None


def _quota(session: Session) -> QuotaLevel | None:
    buckets = session.exec(select(Quota).where(col(Quota.key).endswith(SEARCH_ORDERS.name, autoescape=True)))
    levels = [level(bucket) for bucket in buckets]
    scarcest = min(levels, key=lambda one: one.tokens / one.burst, default=None)
    return QuotaLevel(max(int(scarcest.tokens), 0), scarcest.burst) if scarcest else None
