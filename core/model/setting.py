"""Global settings and switches."""

from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel


class GlobalSetting(SQLModel, table=True):
    """One value for the whole installation, such as `stop_writes`."""

    __tablename__ = "global_setting"

    key: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_type=JSON)
