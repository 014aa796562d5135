"""Colours. They only repeat what words say, so every theme is complete, down to the sixteen of an old terminal."""

from __future__ import annotations

from collections.abc import Collection

from textual.theme import Theme

from tui.preferences import FILE

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
    variables={"footer-description-foreground": "#9aa5b0", "footer-background": "#1a2027"},
)
LIGHT = Theme(
    name="crossdock-light",
    primary="#2f6690",
    secondary="#4f7f9f",
    accent="#8a5a12",
    warning="#8a5a12",
    error="#a83a32",
    success="#2f7a3c",
    foreground="#232a31",
    background="#f6f4ef",
    surface="#eeebe4",
    panel="#e3dfd6",
    dark=False,
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
