"""Passwords of operators: what counts as one, and Argon2id hashes in PHC form."""

from __future__ import annotations

import os
import threading
import unicodedata

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from core.errors import UsageError

SHORTEST = 10
LONGEST = 200

_PASSES = 3
_MEMORY_KIB = 64 * 1024
_LANES = 4

_one_at_a_time = threading.Lock()
"""OpenSSL shares its threads among all derivations of a process: two at once fail, or wait for each other for ever."""

_NOBODYS = f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p={_LANES}${'A' * 22}${'A' * 43}"
"""The hash of no known password; checking against it takes as long as against a real one."""


def check_password(password: str, name: str) -> None:
    """Raise UsageError unless `password` may protect the operator `name`; the password is not repeated."""
    if len(password) < SHORTEST:
        raise _unfit(f"A password has at least {SHORTEST} characters.", "A few words in a row are good.")
    if len(password) > LONGEST:
        raise _unfit(f"A password has at most {LONGEST} characters.")
    if not password.isprintable():
        raise _unfit("The password holds characters that cannot be typed.")
    if name.casefold() in (password.casefold(), password.casefold()[::-1]):
        raise _unfit("The password must not be the name.")


def _unfit(what: str, next_step: str = "") -> UsageError:
    return UsageError(what, next_step=next_step, fields={"password": what})


def hash_password(password: str) -> str:
    """A salted hash to be stored; takes about 0.2 s by intention."""
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
    with _one_at_a_time:
        return kdf.derive_phc_encoded(_bytes(password))


def is_password(password: str, stored: str | None) -> bool:
    """Whether `password` belongs to the stored hash; takes as long when there is none."""
    try:
        with _one_at_a_time:
            Argon2id.verify_phc_encoded(_bytes(password), stored or _NOBODYS)
    except InvalidKey:
        return False
    return stored is not None


def _bytes(password: str) -> bytes:
    """The same characters typed on different systems are the same password."""
    return unicodedata.normalize("NFKC", password).encode(errors="replace")
