"""CSV files of mappings on the disk: read and written, with what goes wrong in words."""

from __future__ import annotations

from pathlib import Path

from core.errors import UsageError
from core.files import whole
from core.redaction import excerpt
from core.sheets import MOST_BYTES


def read(name: str) -> bytes:
    """What a file holds, as far as it may be that long; raises UsageError for one that cannot be read."""
    try:
        with Path(name).expanduser().open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        raise _error(name, "read", error) from None


def write(name: str, text: str, *, replace: bool = True) -> None:
    """Write a file completely or not at all; without `replace` one that is there already stays.

    Raises UsageError for one that cannot be written.
    """
    try:
        path = Path(name).expanduser()
        if path.exists() and not path.is_file():  # such as /dev/stdout
            path.write_text(text, encoding="utf-8", newline="")
            return
        with whole(path, replace=replace) as file:
            file.write(text.encode())
    except (OSError, ValueError, RuntimeError) as error:
        raise _error(name, "written", error) from None


def _error(name: str, done: str, error: Exception) -> UsageError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return UsageError(
        f"It cannot be {done}: {reason}.", subject=excerpt(name), fields={"file": f"it cannot be {done}: {reason}"}
    )
