"""Colours. They only repeat what words say, so every theme is complete, down to the sixteen of an old terminal.

Every text has a contrast of 4.5:1 on whatever it stands on, muted and disabled ones too. Textual's own muted tones are
left to each background; in a line of text they come out brighter than what they stand beside, so ours are colours.
"""

from __future__ import annotations

from collections.abc import Collection

from textual.theme import Theme

from tui.preferences import FILE

_NO_TRACK = {
    "scrollbar-background": "transparent",
    "scrollbar-background-hover": "transparent",
    "scrollbar-background-active": "transparent",
    "scrollbar-corner-color": "transparent",
}
"""A scroll bar shows where one is; the rest of its column is the background."""

DARK = Theme(
    name="crossdock-dark",
    primary="#3b6d93",
    secondary="#7aa2bf",
    accent="#d3a869",
    warning="#d3a869",
    error="#cf6f67",
    success="#7fb285",
    foreground="#d5dbe1",
    background="#14181d",
    surface="#1a2027",
    panel="#212932",
    variables={
        "text-muted": "#919da8",
        "text-disabled": "#909ca7",
        "foreground-muted": "#919da8",
        "foreground-disabled": "#909ca7",
        "primary-background": "#27333e",
        "footer-description-foreground": "#9aa5b0",
        "footer-background": "#1a2027",
        "scrollbar": "#3a4550",
        "scrollbar-hover": "#4a5764",
        "scrollbar-active": "#5c7d97",
        **_NO_TRACK,
    },
)
LIGHT = Theme(
    name="crossdock-light",
    primary="#2f6690",
    secondary="#4f7f9f",
    accent="#7d500e",
    warning="#7d500e",
    error="#a83a32",
    success="#2f7a3c",
    foreground="#232a31",
    background="#f6f4ef",
    surface="#eeebe4",
    panel="#e3dfd6",
    dark=False,
    variables={
        "text-muted": "#55606a",
        "text-disabled": "#586169",
        "foreground-muted": "#55606a",
        "foreground-disabled": "#586169",
        "primary-background": "#d0dee9",
        "footer-description-foreground": "#4c5761",
        "footer-background": "#eeebe4",
        "scrollbar": "#c3bdb0",
        "scrollbar-hover": "#aaa394",
        "scrollbar-active": "#7d9cb5",
        **_NO_TRACK,
    },
)
OURS = (DARK, LIGHT)

SIXTEEN = "ansi-dark"
"""The terminal's own sixteen colours and no others; for a bright terminal there is ansi-light."""


def chosen(wanted: str, available: Collection[str], *, few_colours: bool) -> tuple[str, str]:
    """The theme to use and, when it is not the wanted one, the sentence that says why.

    `few_colours`: the terminal has sixteen or none; mixed colours come out wrong there.
    """
    if wanted and wanted not in available:
        ours = ", ".join(sorted(available))
        return chosen("", available, few_colours=few_colours)[0], f"{FILE}: there is no theme {wanted}, only {ours}."
    if few_colours and not wanted.startswith("ansi-"):
        return SIXTEEN, ""
    return wanted or DARK.name, ""
