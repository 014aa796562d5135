"""Names that operators give: to stores, apps and channels."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_NAME = re.compile(r"[^\W_][\w .()+-]{0,59}")


def check_name(value: str) -> str:
    """Letters, digits, space and . _ ( ) + -; raises ValueError."""
    if not _NAME.fullmatch(value):
        raise ValueError("a name has 1 to 60 letters, digits, spaces or . _ ( ) + -, and begins with a letter or digit")
    return value


def qualified(name: str, company_id: int | None, store: str) -> str:
    """A name inside one company of a store; it can be no other's."""
    return f"{name}@{company_id}.{store}"


Name = Annotated[str, AfterValidator(check_name)]
