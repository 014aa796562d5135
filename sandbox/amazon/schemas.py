"""Which product types Amazon knows, which release of each schema is the newest, and where the files lie."""

from __future__ import annotations

import base64
import hashlib
import json
import threading

from sandbox.amazon.shelf import Shelf
from sandbox.world.category import product_types
from sandbox.world.schema_parts import Schema


class ProductTypes:
    """The product types with their releases, and where the files of schemas lie. Thread-safe.

    attributes  how many a schema has beyond those that matter
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._lock = threading.Lock()
        self._releases: dict[str, int] = {}
        self._files: dict[str, str] = {}
        self.attributes = 0
        self.names = frozenset(product_types())

    def release(self, name: str) -> int:
        """Which release of a product type is the newest."""
        return self._releases.get(name, 1)

    def set_release(self, name: str, release: int) -> None:
        """Let another release be the newest one; ValueError for a product type that there is not."""
        if name not in self.names or release < 1:
            raise ValueError(f"there is no release {release} of {name}")
        self._releases[name] = release

    def version(self, name: str = "") -> str:
        """The version of a product type, or of all of them."""
        told = f"{name} {self.release(name)}" if name else sorted(self._releases.items())
        return "U" + _base64(hashlib.sha256(f"{told}".encode()).digest()[:10])

    def file(self, seller_id: str, document: Schema) -> tuple[str, str]:
        """The id of a document on the shelf, and its checksum."""
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        checksum = _base64(hashlib.md5(text.encode()).digest())
        key = f"{seller_id} {checksum}"
        with self._lock:
            known = self._files.get(key, "")
            if self._shelf.get(seller_id, known) is None:
                known = self._shelf.keep(seller_id, [text], "application/json", packed=False)
                self._files[key] = known
        return known, checksum


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
