"""Encryption of secrets and personal data at rest.

A key ring of Fernet keys, newest first (`MultiFernet`), comes from `CROSSDOCK_KEY` or from the key file (mode 0600,
one key per line, created on first use). Columns of the types `EncryptedText` and `EncryptedJson` never hold plain
text in the database. Losing the key loses what was encrypted, and nothing else: reading such a value raises
VaultError that says what to enter again.
"""

from __future__ import annotations

import json
import os
import re
import stat
import uuid
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from core.errors import VaultError
from core.settings import Settings

_ring: MultiFernet | None = None


def open_vault(settings: Settings, *, create: bool = True) -> None:
    """Load the key ring for this process, creating the key file when there is none and `create` allows it.

    Raises VaultError when the key is malformed, unreadable, or readable by others.
    """
    global _ring
    if settings.key is not None:
        _ring = _parse(settings.key.get_secret_value(), "CROSSDOCK_KEY")
        return
    path = settings.key_path
    if create and not path.exists():
        _create(path)
    _ring = _parse(_read(path), str(path))


def close_vault() -> None:
    """Forget the keys (tests, and processes that change home)."""
    global _ring
    _ring = None


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # never replaces the key of a process that was faster
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    except OSError as error:
        raise VaultError(
            f"The key file {path} cannot be created: {error.strerror}.",
            next_step="Make its folder writable, or set CROSSDOCK_KEY_FILE.",
        ) from None


def _read(path: Path) -> str:
    try:
        status = path.stat()
        mode = stat.S_IMODE(status.st_mode)
        in_credentials = path.parent == Path(os.environ.get("CREDENTIALS_DIRECTORY") or "/nonexistent")
        if os.name == "posix" and mode & 0o077 and not in_credentials:
            raise VaultError(
                f"The key file {path} is open to other users (mode {mode:04o}).",
                next_step=f"Run: chmod 600 {path}",
            )
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise VaultError(
            f"The key file {path} cannot be read: {reason}.",
            next_step="Give this account read access to it, or restore it from your backup.",
        ) from None


def _parse(text: str, source: str) -> MultiFernet:
    lines = [line.strip() for line in re.split(r"[\s,]+", text) if line.strip()]
    try:
        return MultiFernet([Fernet(line) for line in lines]) if lines else _malformed(source)
    except ValueError:
        return _malformed(source)


def _malformed(source: str) -> MultiFernet:
    raise VaultError(
        f"{source} holds no valid key.",
        next_step="A key is 32 random bytes in URL-safe base64 (44 characters); restore it from your backup.",
    )


def encrypt(text: str) -> bytes:
    """Encrypt with the newest key."""
    return _keys().encrypt(text.encode())


def decrypt(token: bytes) -> str:
    """Decrypt with any key of the ring; raises VaultError when none fits."""
    try:
        return _keys().decrypt(bytes(token)).decode()
    except InvalidToken:
        raise VaultError(
            "A stored secret cannot be read with the present key.",
            next_step="Restore the key file from your backup, or enter the credentials again.",
        ) from None


def _keys() -> MultiFernet:
    if _ring is None:
        raise VaultError("The vault is not open.", next_step="This is a fault of the program: please report it.")
    return _ring


class EncryptedText(TypeDecorator[str]):
    """Text that is encrypted in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else encrypt(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else decrypt(value)


class EncryptedJson(TypeDecorator[Any]):
    """A JSON document that is encrypted in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else encrypt(json.dumps(value, separators=(",", ":")))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(decrypt(value))
