"""Two people at one thing: a change made from an older state is refused, and says who changed what since."""

from __future__ import annotations

from sqlmodel import Session, col, select

from core.errors import UsageError
from core.model.audit import AuditEntry

_LOOKED_AT = 50
"""Entries of the audit in which the changes since are looked for."""


def refuse_stale(session: Session, subject: str, current: int, known: int | None) -> None:
    """Raise UsageError when `known` is not the current revision; None does not ask.

    Edits note the revision they made and the keys they `changed` in their audit entry, see `core.people.audit.record`.
    """
    if known is None or known == current:
        return
    entries = session.exec(
        select(AuditEntry)
        .where(col(AuditEntry.subject) == subject)
        .order_by(col(AuditEntry.id).desc())
        .limit(_LOOKED_AT)
    ).all()
    since = [entry for entry in entries if int(entry.detail.get("revision", 0)) > known]
    who = ", ".join(sorted({entry.operator for entry in since})) or "Somebody else"
    changed = sorted({key for entry in since for key in entry.detail.get("changed", [])})
    what = f"{who} has changed {', '.join(changed) or 'it'} meanwhile."
    raise UsageError(
        what,
        subject=subject,
        next_step="Look at it as it is now, then make your changes again.",
        fields={"revision": f"it is {current} by now"},
    )
