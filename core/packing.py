"""JSON in few bytes, for columns that are read seldom."""

from __future__ import annotations

import json
import zlib
from typing import Any


def packed(document: Any) -> bytes:
    """A document as bytes."""
    return zlib.compress(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpacked(content: bytes) -> Any:
    """The document of such bytes."""
    return json.loads(zlib.decompress(content))
