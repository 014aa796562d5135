"""What channels of several companies share is not one vendor's to change: seller accounts and applications."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session, col, select

from core.actor import Actor
from core.database import Database
from core.model.account import MODE_PUBLIC, App, SellerAccount
from core.model.channel import Channel
from core.people.rights import refused


class Foreign(Exception):
    """Found inside a transaction: what is to be changed is another company's too."""

    def __init__(self, attempt: str) -> None:
        super().__init__(attempt)
        self.attempt = attempt


@contextmanager
def walled(database: Database, actor: Actor) -> Iterator[None]:
    """Turn `Foreign` into the RightsError of an attempt that is written down, after the transaction has ended."""
    try:
        yield
    except Foreign as error:
        raise refused(database, actor, error.attempt, next_step="Ask an administrator.") from None


def guard_account(session: Session, actor: Actor, account_id: int | None) -> None:
    """Raise Foreign when channels that the operator may not see use the seller account."""
    channels = session.exec(select(Channel).where(col(Channel.account_id) == account_id)).all()
    if any(not actor.may_see(one.store_id, one.company_id) for one in channels):
        raise Foreign("use a seller account that serves channels of another company")


def guard_app(session: Session, actor: Actor, app: App) -> None:
    """Raise Foreign when it is a public app, which is the administrators', or channels of others use it."""
    if actor.is_admin:
        return
    channels = session.exec(
        select(Channel)
        .join(SellerAccount, col(SellerAccount.id) == Channel.account_id)
        .where(col(SellerAccount.app_id) == app.id)
    ).all()
    if app.mode == MODE_PUBLIC or any(not actor.may_see(one.store_id, one.company_id) for one in channels):
        raise Foreign("use the application of another company")
