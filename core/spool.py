"""Documents on their way: too large for memory, and never readable on the disk.

A spool is a file without a name, for this account alone, whose content is encrypted with a key that only its object
knows: when the process ends, however that is, nobody can read what is left. Amazon wants its reports kept so, even for
moments (Data Protection Policy).
"""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from core.errors import ConfigurationError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_BLOCK = 16


class Spool(io.RawIOBase):
    """Bytes written once and then read, from any place; wrap it in `io.BufferedReader` to read lines."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` is on the disk that has the room; by default the system's own for temporary files."""
        super().__init__()
        try:
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed with this object
        except OSError as error:
            raise _no_room(error) from None
        self._algorithm = AES(os.urandom(32))
        self._cipher: CipherContext | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def writable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read what fits into `buffer`; 0 at the end."""
        view = memoryview(buffer).cast("B")
        cipher = self._here()
        data = cipher.update(self._file.read(len(view)))
        view[: len(data)] = data
        return len(data)

    def write(self, data: ReadableBuffer) -> int:
        """Write all of it; raises ConfigurationError when the disk has no room."""
        rest = memoryview(self._here().update(bytes(data)))
        size = len(rest)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise _no_room(error) from None
        return size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        self._cipher = None
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where it stands, in bytes."""
        return self._file.tell()

    def close(self) -> None:
        """Let the file and its content go."""
        self._file.close()
        super().close()

    def _here(self) -> CipherContext:
        """What encrypts, and decrypts, from where the file stands."""
        if self._cipher is None:
            block, inside = divmod(self._file.tell(), _BLOCK)
            self._cipher = Cipher(self._algorithm, CTR(block.to_bytes(_BLOCK, "big"))).encryptor()
            self._cipher.update(bytes(inside))
        return self._cipher


def _no_room(error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"A document cannot be kept on the disk while it is read: {error.strerror}.",
        next_step="Make room on the disk of the home folder, and see that this account may write there.",
    )
