"""Encryption of secrets and personal data at rest.

A key ring of Fernet keys, newest first, comes from `CROSSDOCK_KEY` or from the key file (mode 0600, one key per line,
created on first use; read again when it changes, so that running processes follow a rotation). Columns of the types
`EncryptedText` and `EncryptedJson` never hold plain text in the database, and a value opens only in the column and the
row that it was written for: a row is known by the columns that say whose the secret is, and they are read along with
it. Losing the key loses what was encrypted, and nothing else: such a value is read as `Sealed`, which
raises VaultError, saying what to enter again, where it is used and not before.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import Column, FromClause, Insert, LargeBinary, event, inspect
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import set_attribute, set_committed_value
from sqlalchemy.sql.base import SchemaEventTarget
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.errors import VaultError
from core.files import is_open_to_others, whole
from core.settings import Settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet  # it takes long to load, and what decrypts nothing waits for it in vain

_KEY_BYTES = 32

_OF_COLUMN = "\x01"
"""Begins the plain text of a value that knows its column: mark, place, NUL, text. No older value begins with it."""
_OF_ROW = "\x02"
"""Begins the plain text of a value that knows its row, too: mark, place, NUL, digest of the row, NUL, text."""
_ROW_END = b"\x1e"
"""Stands between row and value where both are read; no encrypted value holds it."""


@dataclass(frozen=True)
class _Ring:
    """The keys, newest first, and the file that they came from as it was then."""

    keys: tuple[bytes, ...]
    path: Path | None = None
    signature: tuple[int, ...] = ()

    @cached_property
    def fernets(self) -> tuple[Fernet, ...]:
        """What encrypts and decrypts by each key."""
        from cryptography.fernet import Fernet

        return tuple(map(Fernet, self.keys))


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
    from cryptography.fernet import Fernet

    return Fernet.generate_key()


def keys() -> tuple[bytes, ...]:
    """The keys at hand, newest first."""
    return _current().keys


def write_keys(path: Path, ring: list[bytes] | tuple[bytes, ...], *, replace: bool) -> None:
    """Write the key file whole, for this account alone; without `replace` one that exists stays as it is."""
    try:
        path = path.resolve()  # a link stays a link
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError), whole(path, replace=replace) as file:
            file.write(b"".join(key + b"\n" for key in ring))
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
    return _Ring(ring.keys, path, signature)


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


def parse_keys(text: str, source: str) -> tuple[bytes, ...]:
    """The keys of a ring in text; raises VaultError, naming the source, unless there are some and all are valid."""
    return _parse(text, source).keys


def _parse(text: str, source: str) -> _Ring:
    lines = [line.strip() for line in re.split(r"[\s,]+", text) if line.strip()]
    if not lines or not all(map(_is_key, lines)):
        raise VaultError(
            f"{source} holds no valid key.",
            next_step="A key is 32 random bytes in URL-safe base64 (44 characters); restore it from your backup.",
        )
    return _Ring(tuple(line.encode() for line in lines))


def _is_key(text: str) -> bool:
    """Whether Fernet takes it for a key."""
    try:
        return len(urlsafe_b64decode(text)) == _KEY_BYTES
    except ValueError:
        return False


def _current() -> _Ring:
    """The ring, read again when its file has changed; while the file is not readable the present one serves."""
    global _ring
    if _ring is None:
        raise VaultError("The vault is not open.", next_step="This is a fault of the program: please report it.")
    if _ring.path is not None and _signature(_ring.path) not in (_ring.signature, ()):
        with suppress(VaultError):
            _ring = _load(_ring.path)
    return _ring


def encrypt(text: str, place: str = "", row: bytes | None = None) -> bytes:
    """Encrypt with the newest key; the value opens only at `place` ("table.column") and in `row`, if they are given."""
    return _current().fernets[0].encrypt(f"{_begin(place, row)}{text}".encode())


def decrypt(token: bytes, place: str = "", row: bytes | None = None) -> str:
    """Decrypt with any key of the ring; raises VaultError when none fits, or the value belongs elsewhere."""
    text = _opened(bytes(token), _current().fernets)
    if text is None:
        raise _cannot_be_read()
    if not text.startswith((_OF_COLUMN, _OF_ROW)):
        return text
    mark, (belongs, _, text) = text[0], text[1:].partition("\0")
    if place and belongs and belongs != place:
        raise _misplaced(f"of {belongs} stands in {place}")
    if mark == _OF_ROW:
        digest, _, text = text.partition("\0")
        if place and (row is None or digest != _digest(row)):
            raise _misplaced(f"of another row stands in {place}")
    return text


def row_of(values: Iterable[object]) -> bytes:
    """What tells a row from others, from the values of the columns that its encrypted columns name."""
    return "\x1f".join("" if value is None else str(value) for value in values).encode(errors="surrogatepass")


def _begin(place: str, row: bytes | None) -> str:
    return f"{_OF_COLUMN}{place}\0" if row is None else f"{_OF_ROW}{place}\0{_digest(row)}\0"


def _digest(row: bytes) -> str:
    return hashlib.sha256(row).hexdigest()[:32]


def _misplaced(what: str) -> VaultError:
    return VaultError(
        f"A stored secret {what}: somebody has written to the database.",
        next_step="Find out who, and enter the credentials again.",
    )


def opens(token: bytes) -> bool:
    """Whether a key at hand opens a value."""
    return _opened(bytes(token), _current().fernets) is not None


def is_newest(token: bytes, place: str, row: bytes | None) -> bool:
    """Whether a value is as `encrypt` would make it now: by the newest key, and bound to its place and row."""
    text = _opened(bytes(token), _current().fernets[:1])
    return text is not None and text.startswith(_begin(place, row))


def _opened(token: bytes, fernets: tuple[Fernet, ...]) -> str | None:
    from cryptography.fernet import InvalidToken

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
    """A stored value that no key at hand opens, or that belongs elsewhere.

    Whoever uses it gets a VaultError; written back, it stays as it is.
    """

    def __init__(self, token: bytes, error: VaultError) -> None:
        self.token = token
        self._error = error

    def __repr__(self) -> str:
        return "<sealed>"

    def __bool__(self) -> bool:
        return True  # there is a value

    def _refuse(self, *_: object) -> NoReturn:
        raise self._again()

    def _again(self) -> VaultError:
        return VaultError(self._error.what, next_step=self._error.next_step)

    __str__ = __format__ = __len__ = __iter__ = __getitem__ = __contains__ = __add__ = __radd__ = _refuse

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # what libraries try on any object
            raise AttributeError(name)
        raise self._again()


def is_sealed(*values: object) -> bool:
    """Whether one of the values cannot be read with the keys at hand."""
    return any(isinstance(value, Sealed) for value in values)


def secret_state(value: object) -> str:
    """What people are told of a secret: `set`, `not set` or `unreadable`."""
    if is_sealed(value):
        return "unreadable"
    return "set" if value else "not set"


@dataclass(frozen=True)
class _OfRow:
    """A value on its way into the database, with the row that it is for."""

    value: Any
    row: bytes


class _WithRow(FunctionElement[Any]):
    """In SQL: the columns that make a row, then the encrypted value; NULL where there is none."""

    inherit_cache = True

    def __init__(self, *columns: Any, of: TypeEngine[Any]) -> None:
        super().__init__(*columns)
        self.type = of


@compiles(_WithRow, "sqlite")
def _with_row_on_sqlite(element: _WithRow, compiler: Any, **options: Any) -> str:
    *row, value = (compiler.process(column, **options) for column in element.clauses)
    joined = " || char(31) || ".join(f"coalesce(CAST({column} AS TEXT), '')" for column in row)
    return f"CAST({joined} || char(30) || {value} AS BLOB)"


@compiles(_WithRow)
def _with_row(element: _WithRow, compiler: Any, **options: Any) -> str:
    *row, value = (compiler.process(column, **options) for column in element.clauses)
    joined = " || chr(31) || ".join(f"coalesce(CAST({column} AS TEXT), '')" for column in row)
    return f"(convert_to({joined} || chr(30), 'UTF8') || {value})"


class _Encrypted(TypeDecorator[Any]):
    """A column that is encrypted in the database; remembers which one it is.

    `row` names the columns of its table that say whose the value is. Wherever the column is selected they are read
    with it, and the value opens only beside the values that they had when it was written.
    """

    impl = LargeBinary
    cache_ok = True
    _column: Column[Any] | None = None

    def __init__(self, row: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.row = row

    def _set_parent(self, parent: SchemaEventTarget, outer: bool = False, **options: Any) -> None:
        super()._set_parent(parent, outer, **options)
        if isinstance(parent, Column):
            self._column = parent

    @property
    def place(self) -> str:
        """The column as "table.column"; empty outside of a table."""
        column = self._column
        return "" if column is None or column.table is None else f"{column.table.name}.{column.name}"

    def column_expression(self, column: Any) -> Any:
        if not self.row:
            return column
        return _WithRow(*(column.table.c[name] for name in self.row), column, of=self)

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        row = None
        if isinstance(value, _OfRow):
            value, row = value.value, value.row
        if isinstance(value, Sealed):
            return value.token
        if value is None:
            return None
        if self.row and row is None:
            raise VaultError(
                f"A secret is written to {self.place} without its row.",
                next_step="This is a fault of the program: please report it.",
            )
        return encrypt(self._written(value), self.place, row)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        _current()  # a vault that is not open is another matter
        row, end, token = bytes(value).rpartition(_ROW_END)
        try:
            return self._read(decrypt(token, self.place, row if end else None))
        except VaultError as error:
            return Sealed(token, error)

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


def encrypted(table: FromClause) -> dict[str, tuple[str, ...]]:
    """The encrypted columns of a table, each with the columns that tell whose the value is."""
    return {column.key: column.type.row for column in table.columns if isinstance(column.type, _Encrypted)}


@event.listens_for(Engine, "before_execute", retval=True)
def _bind_inserted(
    connection: Connection, statement: Any, many: Any, one: Any, options: Mapping[str, Any]
) -> tuple[Any, Any, Any]:
    """Give every value that is inserted, by whatever way, the row that it stands in."""
    if isinstance(statement, Insert) and (columns := encrypted(statement.table)):
        many = [_bound(row, columns) for row in many]
        one = _bound(one, columns)
    return statement, many, one


def _bound(row: Mapping[str, Any], columns: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    bound = dict(row)
    for key, names in columns.items():
        if names and row.get(key) is not None:
            bound[key] = _OfRow(row[key], row_of(row.get(name) for name in names))
    return bound


@event.listens_for(Mapper, "before_update")
def _bind_updated(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    """The same for objects that changed; a value is encrypted again when what it is bound to changes."""
    state = inspect(target)
    for key, names in encrypted(mapper.local_table).items():
        value = getattr(target, key)
        if names and value is not None and any(state.attrs[name].history.has_changes() for name in (key, *names)):
            set_attribute(target, key, _OfRow(value, row_of(getattr(target, name) for name in names)))


@event.listens_for(Mapper, "after_update")
def _show_updated(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    for key in encrypted(mapper.local_table):
        value = getattr(target, key)
        if isinstance(value, _OfRow):
            set_committed_value(target, key, value.value)
