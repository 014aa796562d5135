"""Audit: who changed what, and what was refused."""

from __future__ import annotations

from core.people.audit import EntryView
from tui.frame.section import SectionScreen
from tui.screens.audit.section import AuditSection


class AuditScreen(SectionScreen[EntryView]):
    """The entries of the audit, the newest first."""

    HELP = "Every change that a person or a program made, and everything that was refused."
    SECTION = AuditSection
