"""Channels: which Amazon marketplace goes into which store, how each stands, and everything that is set in it."""

from __future__ import annotations

from core.channels.views import ChannelView
from tui.frame.section import SectionScreen
from tui.screens.channels.section import ChannelsSection


class ChannelsScreen(SectionScreen[ChannelView]):
    """The list of channels with the details of the one under the cursor."""

    HELP = "A channel is one marketplace of one seller, connected to one store."
    SECTION = ChannelsSection
