"""CSV files of commands: read whole, or written whole; - is standard input or output."""

from __future__ import annotations

import sys
from pathlib import Path

from core.errors import UsageError
from core.redaction import excerpt
from core.sheets import MOST_BYTES
from tui.commands.common import show


def read(file: str) -> bytes:
    """The content of a file, one byte more than a sheet may have at most. Raises UsageError."""
    try:
        if file == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(file).open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"It cannot be read: {error.strerror}.", subject=excerpt(file)) from None


def write(file: str, text: str, *, as_json: bool) -> None:
    """Write a sheet and say so. Raises UsageError."""
    document: dict[str, object] = {"file": file, "lines": text.count("\n") - 1}
    if file == "-":
        show(document | {"csv": text}, text.splitlines(), as_json=as_json)
        return
    try:
        Path(file).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"It cannot be written: {error.strerror}.", subject=excerpt(file)) from None
    show(document, [f"{document['lines']} lines were written to {file}."], as_json=as_json)
