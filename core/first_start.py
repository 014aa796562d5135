"""How far a new installation has come: what a first start leads through, step by step.

Everything is read from what is there, so leaving and coming back goes on at the right step, and what was done
headless counts as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from core.actor import Actor
from core.jobs.views import living_workers
from core.model.account import ACCOUNT_OK, MODE_PRIVATE, MODE_PUBLIC, App, SellerAccount
from core.model.channel import Channel
from core.model.job import ACTIVE, Job, JobState
from core.model.setting import GlobalSetting
from core.model.store import Store
from core.orders.declaration import ORDERS_IMPORT
from core.people.rights import require_admin
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.channels.views import ChannelView

PREPARED = frozenset({"payment", "shipping", "tax", "no_stock"})
"""What imports need in a store."""
_IMPORTED = (JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS)
_IMPORTS = select(Job.id).where(col(Job.kind) == ORDERS_IMPORT.name).limit(1)


@dataclass(frozen=True)
class Progress:
    """What is there already; each part is one step."""

    has_admin: bool
    """Somebody may log in by password."""
    stores: tuple[str, ...]
    unprepared: str | None
    """A store that lacks something that imports need."""
    app_mode: str | None
    """`private` or `public` once somebody decided."""
    has_app: bool
    """A public app is there, or none is needed."""
    channels: tuple[ChannelView, ...]
    has_asked: bool
    """An import was started, whatever became of it."""
    has_imported: bool
    importing: int | None
    """The job that imports now, or waits for a worker."""
    workers: int

    @property
    def connected(self) -> ChannelView | None:
        """A channel that Amazon lets in."""
        return next((channel for channel in self.channels if channel.state == ACCOUNT_OK), None)

    @property
    def waiting(self) -> ChannelView | None:
        """A channel whose seller has still to authorize it."""
        return next((channel for channel in self.channels if channel.state != ACCOUNT_OK), None)

    @property
    def unscheduled(self) -> ChannelView | None:
        """A connected channel whose orders are imported only when somebody asks for it."""
        connected = (channel for channel in self.channels if channel.state == ACCOUNT_OK and channel.enabled)
        return next((channel for channel in connected if not _minutes(channel)), None)

    @property
    def every_minutes(self) -> int:
        """The shortest interval at which orders are imported by themselves; 0 for none."""
        return min((minutes for channel in self.channels if (minutes := _minutes(channel))), default=0)

    @property
    def steps(self) -> tuple[bool, ...]:
        """Which are done: account, store, app, channel, import, schedule, worker."""
        store = bool(self.stores) and self.unprepared is None
        connected = self.connected is not None
        imported = self.has_imported or self.importing is not None
        scheduled = connected and self.unscheduled is None
        return (self.has_admin, store, self.has_app, connected, imported, scheduled, self.workers > 0)

    @property
    def next_step(self) -> int | None:
        """The number of the step to take now; one that was left for later comes when all others are done."""
        still_open = [number for number, done in enumerate(self.steps) if not done]
        last_done = max((number for number, done in enumerate(self.steps) if done), default=-1)
        return next((number for number in still_open if number > last_done), still_open[0] if still_open else None)


def is_begun(workspace: Workspace, actor: Actor) -> bool:
    """Whether nobody needs to be led any more, in whichever way it was set up. For administrators.

    It is asked at every start, so what only `progress` needs is not loaded for it.
    """
    require_admin(workspace.database, actor, "set up the installation")
    connected = select(Channel.id).join(SellerAccount).where(col(SellerAccount.state) == ACCOUNT_OK).limit(1)
    with workspace.database.read() as session:
        return None not in (session.exec(connected).first(), session.exec(_IMPORTS).first())


def progress(workspace: Workspace, actor: Actor) -> Progress:
    """How far the installation has come. For administrators."""
    from core.channels.views import list_channels
    from core.people.operators import has_admin

    require_admin(workspace.database, actor, "set up the installation")
    channels = tuple(list_channels(workspace, actor))
    with workspace.database.read() as session:
        stores = session.exec(select(Store).order_by(Store.name)).all()
        lacking = (store.name for store in stores if not set(store.prepared) >= PREPARED)
        app_mode = _app_mode(session)
        public = session.exec(select(App.id).where(col(App.mode) == MODE_PUBLIC).limit(1)).first() is not None
        return Progress(
            has_admin=has_admin(workspace.database),
            stores=tuple(store.name for store in stores),
            unprepared=next(lacking, None),
            app_mode=app_mode,
            has_app=app_mode == MODE_PRIVATE or public,
            channels=channels,
            has_asked=session.exec(_IMPORTS).first() is not None,
            importing=session.exec(_IMPORTS.where(col(Job.state).in_(ACTIVE))).first(),
            has_imported=session.exec(_IMPORTS.where(col(Job.state).in_(_IMPORTED))).first() is not None,
            workers=len(living_workers(session)),
        )


def _minutes(channel: ChannelView) -> int:
    from core.schedules import stream_named

    return stream_named("orders").seconds(channel.settings) // 60


def _app_mode(session: Session) -> str | None:
    """As set; else as the apps that are there tell."""
    setting = session.get(GlobalSetting, "app_mode")
    if setting is not None and setting.value:
        return str(setting.value)
    return session.exec(select(App.mode).limit(1)).first()
