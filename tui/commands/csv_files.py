"""CSV files of commands: read whole, or written whole; - is standard input or output."""

from __future__ import annotations

import sys

from core import sheet_files
from core.sheets import MOST_BYTES
from tui.commands.common import show


def read(file: str) -> bytes:
    """The content of a file, one byte more than a sheet may have at most. Raises UsageError."""
    return sys.stdin.buffer.read(MOST_BYTES + 1) if file == "-" else sheet_files.read(file)


def write(file: str, text: str, *, as_json: bool) -> None:
    """Write a sheet and say so. Raises UsageError."""
    document: dict[str, object] = {"file": file, "lines": text.count("\n") - 1}
    if file == "-":
        show(document | {"csv": text}, text.splitlines(), as_json=as_json)
        return
    sheet_files.write(file, text)
    show(document, [f"{document['lines']} lines were written to {file}."], as_json=as_json)
