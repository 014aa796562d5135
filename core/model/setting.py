"""Global settings and switches."""

from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel

STOP_WRITES = "stop_writes"


class GlobalSetting(SQLModel, table=True):
    """One value for the whole installation, such as `stop_writes`."""

    __tablename__ = "global_setting"

    key: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_type=JSON)


def writes_are_stopped(session: Session) -> bool:
    """Whether somebody has stopped all writes to all remotes."""
    setting = session.get(GlobalSetting, STOP_WRITES)
    return bool(setting and setting.value)
