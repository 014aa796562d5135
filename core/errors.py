"""The family of errors that people may see.

    CrossdockError               what happened, to what, and what to do next
    ├── UsageError               a wrong document, key or value                        exit code 2
    │   └── ItemsRefused         some of the named items cannot be done that with
    ├── ConfigurationError       something is missing, refused or not allowed          exit code 3
    │   ├── RightsError          the acting operator may not do this
    │   ├── AuthorizationError   the remote refuses our credentials
    │   └── VaultError           a secret cannot be read with the keys at hand
    ├── RemoteError              a remote answered in a way we cannot use              exit code 4
    │   ├── Unreachable          nothing was sent: refused, no route, name unknown
    │   ├── OutcomeUnknown       sent, but whether it took effect is not known
    │   ├── RemoteBusy           refused for now (429, or 503 on a read)
    │   └── Rejected             the remote understood and said no
    └── (WaitUntil)              not an error: the job has to be resumed later

Every error carries the next step in the operator's words. Nothing here may hold a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


class CrossdockError(Exception):
    """Base of every error that may be shown to a person.

    `what` says what happened, `subject` to what ("store main", "order 113-…"), `next_step` what to do. `fields` tells
    what is wrong with each key of a document, by its dotted path (`settings.payments.cod`): forms place these words
    beside their fields.
    """

    exit_code = 1

    def __init__(
        self, what: str, *, subject: str = "", next_step: str = "", fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.subject = subject
        self.next_step = next_step
        self.fields: Mapping[str, str] = dict(fields or {})

    def __str__(self) -> str:
        head = f"{self.subject}: {self.what}" if self.subject else self.what
        return f"{head} {self.next_step}".strip()


class UsageError(CrossdockError):
    """A wrong command, document, key or value."""

    exit_code = 2


class ItemsRefused(UsageError):
    """Some of the named items cannot be done that with, so nothing was done; it reads as the first of the reasons.

    `reasons` tells for each of them, as the caller named it, why not.
    """

    def __init__(self, reasons: Mapping[str, UsageError]) -> None:
        first = next(iter(reasons.values()))
        super().__init__(first.what, subject=first.subject, next_step=first.next_step)
        self.reasons = dict(reasons)


class ConfigurationError(CrossdockError):
    """Something is missing, refused or not allowed until a person changes it."""

    exit_code = 3


class RightsError(ConfigurationError):
    """The acting operator may not do this."""


class AuthorizationError(ConfigurationError):
    """The remote refuses our credentials; repeating the call cannot help."""


class VaultError(ConfigurationError):
    """A secret cannot be encrypted or read with the keys at hand."""


class RemoteError(CrossdockError):
    """A remote cannot be used as it answered. `request_id` is the remote's own, for its support."""

    exit_code = 4

    def __init__(
        self,
        what: str,
        *,
        subject: str = "",
        next_step: str = "",
        status: int | None = None,
        code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(what, subject=subject, next_step=next_step)
        self.status = status
        self.code = code
        self.request_id = request_id


class Unreachable(RemoteError):
    """The connection was never made, so the remote cannot have done anything."""


class OutcomeUnknown(RemoteError):
    """The call was sent and no usable answer came: it may have taken effect."""


class RemoteBusy(RemoteError):
    """The remote refused for now without doing anything; `retry_after` is in seconds."""

    def __init__(self, what: str, *, retry_after: float = 0.0, subject: str = "", status: int = 429) -> None:
        super().__init__(what, subject=subject, next_step="It is tried again by itself.", status=status)
        self.retry_after = retry_after


class Rejected(RemoteError):
    """The remote understood the call and said no; the same call would be refused again."""

    exit_code = 1


class WaitUntil(Exception):
    """Raised by a step that cannot go on before `until` (aware UTC); the job is rescheduled, not failed."""

    def __init__(self, until: datetime, reason: str) -> None:
        super().__init__(reason)
        self.until = until
        self.reason = reason
