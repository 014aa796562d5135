"""Encryption of secrets and personal data at rest.

A key ring of Fernet keys, newest first, comes from `CROSSDOCK_KEY` or from the key file (mode 0600, one key per line,
created on first use; read again when it changes, so that running processes follow a rotation). Columns of the types
`EncryptedText` and `EncryptedJson` never hold plain text in the database, and a value opens only in the column that it
was written for. Losing the key loses what was encrypted, and nothing else: such a value is read as `Sealed`, which
raises VaultError, saying what to enter again, where it is used and not before.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Column, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.base import SchemaEventTarget
from sqlalchemy.types import TypeDecorator

from core.errors import VaultError
from core.files import is_open_to_others
from core.settings import Settings

_BOUND = "\x01"
"""Begins the plain text of a value that knows its column: mark, place, NUL, text. No older value begins with it."""


@dataclass(frozen=True)
class _Ring:
    """The keys, newest first, and the file that they came from as it was then."""

    keys: tuple[bytes, ...]
    fernets: tuple[Fernet, ...]
    path: Path | None = None
    signature: tuple[int, ...] = ()


_ring: _Ring | None = None


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
        write_keys(path, [new_key()], replace=False)
    _ring = _load(path)


def close_vault() -> None:
    """Forget the keys (tests, and processes that change home)."""
    global _ring
    _ring = None


def new_key() -> bytes:
    """A key that nobody has."""
    return Fernet.generate_key()


def keys() -> tuple[bytes, ...]:
    """The keys at hand, newest first."""
    return _current().keys


def write_keys(path: Path, ring: list[bytes] | tuple[bytes, ...], *, replace: bool) -> None:
    """Write the key file whole, for this account alone; without `replace` one that exists stays as it is."""
    try:
        path = path.resolve()  # a link stays a link
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"".join(key + b"\n" for key in ring))
            file.flush()
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
            return
        with suppress(FileExistsError):
            os.link(temporary, path)  # never replaces the key of a process that was faster
        temporary.unlink()
    except OSError as error:
        raise VaultError(
            f"The key file {path} cannot be written: {error.strerror}.",
            next_step="Make its folder writable, or set CROSSDOCK_KEY_FILE.",
        ) from None


def is_credential(path: Path) -> bool:
    """Whether systemd keeps the file: its mode is systemd's concern, and nobody can write it."""
    return path.parent == Path(os.environ.get("CREDENTIALS_DIRECTORY") or "/nonexistent")


def _load(path: Path) -> _Ring:
    signature = _signature(path)
    ring = _parse(_read(path), str(path))
    return _Ring(ring.keys, ring.fernets, path, signature)


def _signature(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    return (status.st_ino, status.st_mtime_ns, status.st_size)


def _read(path: Path) -> str:
    try:
        if not is_credential(path) and is_open_to_others(path):
            raise VaultError(
                f"The key file {path} is open to other users (mode {path.stat().st_mode & 0o777:04o}).",
                next_step=f"Run: chmod 600 {path}",
            )
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise VaultError(
            f"The key file {path} cannot be read: {reason}.",
            next_step="Give this account read access to it, or restore it from your backup.",
        ) from None


def _parse(text: str, source: str) -> _Ring:
    lines = [line.strip() for line in re.split(r"[\s,]+", text) if line.strip()]
    try:
        fernets = tuple(Fernet(line) for line in lines)
    except ValueError:
        fernets = ()
    if not fernets:
        raise VaultError(
            f"{source} holds no valid key.",
            next_step="A key is 32 random bytes in URL-safe base64 (44 characters); restore it from your backup.",
        )
    return _Ring(tuple(line.encode() for line in lines), fernets)


def _current() -> _Ring:
    """The ring, read again when its file has changed; while the file is not readable the present one serves."""
    global _ring
    if _ring is None:
        raise VaultError("The vault is not open.", next_step="This is a fault of the program: please report it.")
    if _ring.path is not None and _signature(_ring.path) not in (_ring.signature, ()):
        with suppress(VaultError):
            _ring = _load(_ring.path)
    return _ring


def encrypt(text: str, place: str = "") -> bytes:
    """Encrypt with the newest key; the value opens only at `place` ("table.column"), anywhere without one."""
    return _current().fernets[0].encrypt(f"{_BOUND}{place}\0{text}".encode())


def decrypt(token: bytes, place: str = "") -> str:
    """Decrypt with any key of the ring; raises VaultError when none fits, or the value belongs elsewhere."""
    text = _opened(bytes(token), _current().fernets)
    if text is None:
        raise _cannot_be_read()
    if not text.startswith(_BOUND):
        return text
    belongs, _, text = text[1:].partition("\0")
    if place and belongs and belongs != place:
        raise VaultError(
            f"A stored secret of {belongs} stands in {place}: somebody has written to the database.",
            next_step="Find out who, and enter the credentials again.",
        )
    return text


def opens(token: bytes) -> bool:
    """Whether a key at hand opens a value."""
    return _opened(bytes(token), _current().fernets) is not None


def is_newest(token: bytes, place: str) -> bool:
    """Whether a value is as `encrypt` would make it now: by the newest key, and bound to its place."""
    text = _opened(bytes(token), _current().fernets[:1])
    return text is not None and text.startswith(f"{_BOUND}{place}\0")


def _opened(token: bytes, fernets: tuple[Fernet, ...]) -> str | None:
    for fernet in fernets:
        with suppress(InvalidToken):
            return fernet.decrypt(token).decode()
    return None


def _cannot_be_read() -> VaultError:
    return VaultError(
        "A stored secret cannot be read with the present key.",
        next_step="Restore the key file from your backup, or enter the credentials again.",
    )


class Sealed:
    """A stored value that no key at hand opens. Whoever uses it gets a VaultError; written back, it stays as it is."""

    def __init__(self, token: bytes) -> None:
        self.token = token

    def __repr__(self) -> str:
        return "<sealed>"

    def __bool__(self) -> bool:
        return True  # there is a value

    def _refuse(self, *_: object) -> NoReturn:
        raise _cannot_be_read()

    __str__ = __format__ = __len__ = __iter__ = __getitem__ = __contains__ = __add__ = __radd__ = _refuse

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # what libraries try on any object
            raise AttributeError(name)
        raise _cannot_be_read()


def is_sealed(*values: object) -> bool:
    """Whether one of the values cannot be read with the keys at hand."""
    return any(isinstance(value, Sealed) for value in values)


def told(value: object) -> str:
    """What people are told of a secret: `set`, `not set` or `unreadable`."""
    if is_sealed(value):
        return "unreadable"
    return "set" if value else "not set"


class _Encrypted(TypeDecorator[Any]):
    """A column that is encrypted in the database; remembers which one it is."""

    impl = LargeBinary
    cache_ok = True
    _column: Column[Any] | None = None

    def _set_parent(self, parent: SchemaEventTarget, outer: bool = False, **options: Any) -> None:
        super()._set_parent(parent, outer, **options)
        if isinstance(parent, Column):
            self._column = parent

    @property
    def place(self) -> str:
        """The column as "table.column"; empty outside of a table."""
        column = self._column
        return "" if column is None or column.table is None else f"{column.table.name}.{column.name}"

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if isinstance(value, Sealed):
            return value.token
        return None if value is None else encrypt(self._written(value), self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        _current()  # a vault that is not open is another matter
        try:
            return self._read(decrypt(value, self.place))
        except VaultError:
            return Sealed(bytes(value))

    def _written(self, value: Any) -> str:
        raise NotImplementedError

    def _read(self, text: str) -> Any:
        raise NotImplementedError


class EncryptedText(_Encrypted):
    """Text that is encrypted in the database."""

    cache_ok = True

    def _written(self, value: Any) -> str:
        return str(value)

    def _read(self, text: str) -> Any:
        return text


class EncryptedJson(_Encrypted):
    """A JSON document that is encrypted in the database."""

    cache_ok = True

    def _written(self, value: Any) -> str:
        return json.dumps(value, separators=(",", ":"))

    def _read(self, text: str) -> Any:
        return json.loads(text)
