"""The file of a backup: a zip of a few members and a manifest that tells the size and checksum of each.

What is read may come from anywhere: nothing of it is believed before it is checked, and nothing is larger than told.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.errors import ConfigurationError, CrossdockError, UsageError
from core.files import PRIVATE_FILE

FORMAT = 1
DATABASE = "crossdock.db"
KEY = "key"
PREFERENCES = "ui.toml"
_MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_SMALL = 1 << 20
"""Bytes of what is read into memory: all but the database."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _Member(_Strict):
    size: int = Field(ge=0)
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _AnyManifest(_Strict):
    format: int


class Manifest(_AnyManifest):
    """What a backup says of itself."""

    created: AwareDatetime
    schema_revision: str = Field(alias="schema", max_length=40)
    members: dict[Literal["crossdock.db", "key", "ui.toml"], _Member]


def pack(file: IO[bytes], database: Path, small: Mapping[str, bytes], *, created: str, schema: str) -> None:
    """Write the database and small members into an open file, and read them back.

    Raises OSError, and ConfigurationError when it reads back differently.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        members = {}
        with database.open("rb") as origin, archive.open(DATABASE, "w", force_zip64=True) as copy:
            members[DATABASE] = _copied(origin, copy)
        for name, content in small.items():
            archive.writestr(name, content)
            members[name] = _Member(size=len(content), sha256=hashlib.sha256(content).hexdigest())
        told = {name: member.model_dump() for name, member in members.items()}
        manifest = {"format": FORMAT, "created": created, "schema": schema, "members": told}
        archive.writestr(_MANIFEST, json.dumps(manifest, indent=2))
    try:
        with zipfile.ZipFile(file) as archive:
            for name, member in _manifest(archive).members.items():
                with archive.open(name) as written:
                    _compare(_copied(written, None, member.size), member)
    except Exception:  # zipfile raises whatever it stumbles over
        raise ConfigurationError(
            "What was written reads back differently; nothing was saved.", next_step="Save to another disk."
        ) from None


def unpack(source: Path, database: Path) -> tuple[Manifest, dict[str, bytes]]:
    """Check a backup as a whole, and lay its database out; returns the manifest and the other members.

    Raises UsageError for what is no whole backup, ConfigurationError for one of a newer program and where there is no
    room.
    """
    with _regular(source) as file, _new(database) as copy, _whole(str(source)), zipfile.ZipFile(file) as archive:
        manifest = _manifest(archive)
        small: dict[str, bytes] = {}
        for name, member in manifest.members.items():
            with archive.open(name) as origin:
                if name == DATABASE:
                    _require_room(database.parent, member.size)
                    _compare(_copied(origin, copy, member.size), member)
                else:
                    small[name] = _read(origin, member.size)
                    _compare(_Member(size=len(small[name]), sha256=hashlib.sha256(small[name]).hexdigest()), member)
        return manifest, small


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    """The manifest of an archive that holds the members it names, once each, and nothing else."""
    with archive.open(_MANIFEST) as file:
        text = _read(file, _SMALL)
    if _AnyManifest.model_validate_json(text).format > FORMAT:
        raise ConfigurationError("It was written by a newer Crossdock.", next_step="Install that version.")
    manifest = Manifest.model_validate_json(text)
    found = archive.infolist()
    if manifest.format != FORMAT or DATABASE not in manifest.members:
        raise ValueError("not of this format")
    if sorted(entry.filename for entry in found) != sorted([*manifest.members, _MANIFEST]):
        raise ValueError("other members than told")
    if any(entry.compress_type not in _METHODS for entry in found):
        raise ValueError("an unknown compression")
    return manifest


def _require_room(folder: Path, size: int) -> None:
    room = shutil.disk_usage(folder).free
    if size > room:
        raise ConfigurationError(
            f"Its database has {size:,} bytes, and {folder.parent} has room for {room:,}.",
            next_step="Make room there; nothing was changed.",
        )


def _read(origin: IO[bytes], size: int) -> bytes:
    """A small member; raises ValueError for one that is longer than `size`, or too long."""
    most = min(size, _SMALL)
    content = origin.read(most + 1)
    if len(content) > most:
        raise ValueError("longer than told")
    return content


def _compare(found: _Member, wanted: _Member) -> None:
    if found != wanted:
        raise ValueError("another content than told")


def _copied(origin: IO[bytes], copy: IO[bytes] | None, most: int | None = None) -> _Member:
    """Copy (or only read) and say what it was; raises ValueError beyond `most` bytes."""
    digest, size = hashlib.sha256(), 0
    while chunk := origin.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if most is not None and size > most:
            raise ValueError("longer than told")
        if copy is not None:
            _write(copy, chunk)
    return _Member(size=size, sha256=digest.hexdigest())


def _write(copy: IO[bytes], chunk: bytes) -> None:
    try:
        copy.write(chunk)
        copy.flush()
    except OSError as error:  # not a fault of what is read
        raise Unwritable(error) from None


class Unwritable(OSError):
    """The disk that is written to does not take it."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.errno, error.strerror)


def _new(file: Path) -> IO[bytes]:
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb")


@contextmanager
def _regular(source: Path) -> Iterator[IO[bytes]]:
    """Open a file; devices and pipes, which may never end, are refused."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK)
    except (FileNotFoundError, ValueError):
        raise UsageError("There is no such file.", subject=str(source)) from None
    except OSError as error:
        raise UsageError(f"It cannot be read: {error.strerror}.", subject=str(source)) from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError("It is not a file.", subject=str(source), next_step="Give the file of a backup.")
        yield file


@contextmanager
def _whole(subject: str) -> Iterator[None]:
    """Let anything that goes wrong while reading an archive mean that it is none, or damaged: raises UsageError."""
    try:
        yield
    except CrossdockError as error:
        error.subject = error.subject or subject
        raise
    except Unwritable:
        raise
    except Exception:  # zipfile raises whatever it stumbles over
        raise UsageError(
            "It is not a backup of Crossdock, or it is damaged; nothing was changed.",
            subject=subject,
            next_step="Take another copy of it.",
        ) from None
