"""Notifications: messages of Amazon's that could not be read or acted upon."""

from __future__ import annotations

from core.notifications.unreadable import MessageView
from tui.frame.section import SectionScreen
from tui.screens.notifications.section import NotificationsSection


class NotificationsScreen(SectionScreen[MessageView]):
    """What was kept of the queues because nothing could be done with it, the newest first."""

    HELP = (
        "Amazon tells of changes by queues; a message that cannot be read, or acted upon five times, leaves its queue "
        "and stands here, for thirty days. Nothing is lost by it: the schedules find what it told of. "
        "{notifications.retry} reads it once more, {notifications.drop} deletes it. What a message says is not shown, "
        "for it may hold a secret."
    )
    SECTION = NotificationsSection
