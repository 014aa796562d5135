"""What is said of a remote's troubles, in words of ours alone.

A remote may repeat in its answer what it was sent: names, streets, telephone numbers, in any spelling. So nothing that
it said is stored. And a trouble that stops a whole lane is told to whoever happens to run it, so it names no item.
"""

from __future__ import annotations

from copy import copy

from core.errors import (
    AuthorizationError,
    ConfigurationError,
    CrossdockError,
    OutcomeUnknown,
    Rejected,
    RemoteBusy,
    Unreachable,
    VaultError,
)
from core.subjects import Subject


class RemoteChanged(ConfigurationError):
    """The remote turned out to be something else than what was planned for; nothing more is written to it."""


_TROUBLES: dict[type[CrossdockError], str] = {
    Unreachable: "It cannot be reached",
    RemoteBusy: "It is not available at present",
    OutcomeUnknown: "It does not answer in the promised form",
    Rejected: "It refuses what is needed to write to it",
    ConfigurationError: "It answers with a redirect or a web page instead of data",
}


_REMOTES = ("Amazon", "store", "seller")
"""What an error may be about that is told to everybody."""


def trouble(error: CrossdockError) -> CrossdockError:
    """The same error without a word that the remote said; refused credentials are told as they are."""
    words = next((words for kind, words in _TROUBLES.items() if isinstance(error, kind)), "")
    if not words or isinstance(error, AuthorizationError | VaultError | RemoteChanged):
        return error
    told = copy(error)
    told.what = f"{words}{status_of(error)}."
    if Subject.parse(told.subject).kind not in _REMOTES:
        told.subject = ""
    return told


def status_of(error: CrossdockError) -> str:
    """The HTTP status of an error, in parentheses; empty without one."""
    status = getattr(error, "status", None)
    return f" ({status})" if status else ""
