"""Text can be read on whatever it stands on: 4.5:1, as the variables of our themes say it and as a screen draws it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.style import Style
from textual.color import Color
from textual.screen import ModalScreen
from textual.theme import Theme

from core.workspace import Workspace
from tests.tui.category_rows import CHAIRS, add_mapping, fill_categories
from tests.tui.driving import WIDE, Driven, at, settle
from tests.tui.order_rows import fill_orders
from tests.tui.product_rows import fill_products
from tests.tui.rows import add_channel
from tui import themes
from tui.forms.fields import Field
from tui.forms.modal import FormModal

ENOUGH = 4.5
ON = ("background", "surface", "panel", "primary-background", "footer-background")
"""What lines of text stand on."""
TEXT = (
    *("text", "foreground", "text-muted", "text-disabled", "foreground-muted", "foreground-disabled"),
    *("text-primary", "text-secondary", "text-accent", "text-warning", "text-error", "text-success"),
    *("footer-key-foreground", "footer-description-foreground"),
)
EDGES = frozenset("╭╮╰╯┌┐└┘─│▏▕█▇▆▅▄▃▂▁▌▐…")
"""What is drawn and not read."""
OURS = pytest.mark.parametrize("theme", themes.OURS, ids=lambda theme: theme.name)


def contrast(one: Color, other: Color) -> float:
    """As WCAG 2 defines it, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    def linear(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, color.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _on(background: Color, value: str) -> Color:
    """A variable as a colour on a background; "auto 87%" is left to that."""
    if value.startswith("auto"):
        return background + background.get_contrast_text(float(value.split()[1].rstrip("%")) / 100)
    return background + Color.parse(value)


@OURS
def test_every_tone_of_text_can_be_read(theme: Theme) -> None:
    """On all that lines stand on; what stands on the row under the cursor is plain text."""
    variables = theme.to_color_system().generate()
    pairs = [(on, tone) for on in ON for tone in TEXT] + [("primary", "text")]
    colours = {on: Color.parse(variables[on]) for on, _ in pairs}
    found = {(on, tone): contrast(colours[on], _on(colours[on], variables[tone])) for on, tone in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < ENOUGH} == {}


@OURS
async def test_a_screen_can_be_read(workspace: Workspace, theme: Theme) -> None:
    """The list and its details, with the cursor here and there; the filter line, a picker, a form and the help."""
    fill_orders(workspace)
    async with at(workspace, "orders", WIDE) as it:
        it.app.theme = theme.name
        await settle(it.pilot)
        for keys in (("j",), ("space", "enter"), ("slash", "x"), ("escape", "escape", "s"), ("escape", "i")):
            await it.press(*keys)
            assert _unreadable(it) == {}, keys
        await it.press("escape", "question_mark")
        assert _unreadable(it) == {}


@OURS
async def test_an_empty_field_can_be_read(workspace: Workspace, theme: Theme) -> None:
    """What it means when nothing is chosen, on the row with the focus and on others."""
    field = Field("store_id", "Store", "choice", blank="the only one")
    window = FormModal("A form", [field, replace(field, name="other", label="Other")], lambda _: None)
    async with at(workspace, "home", WIDE) as it:
        it.app.theme = theme.name
        await it.app.push_screen(window)
        await settle(it.pilot)
        assert _unreadable(it) == {}


@OURS
async def test_both_trees_can_be_read(workspace: Workspace, theme: Theme) -> None:
    """With links, faults and details, the cursor on either side; a form, and a table of what keys mean."""
    channel = add_channel(workspace)
    fill_categories(workspace, channel)
    add_mapping(workspace, channel, 10, CHAIRS)
    add_mapping(workspace, channel, 2, "99", "LAMP")
    async with at(workspace, "mapping", WIDE) as it:
        it.app.theme = theme.name
        await settle(it.pilot)
        for keys in (("f", "home"), ("tab", "end", "right"), ("enter",), ("escape", "right_square_bracket")):
            await it.press(*keys)
            assert _unreadable(it) == {}, keys


@OURS
async def test_products_can_be_read(workspace: Workspace, theme: Theme) -> None:
    """Every state and an issue, with the cursor on it; the form for marked ones."""
    fill_products(workspace)
    async with at(workspace, "products", WIDE) as it:
        it.app.theme = theme.name
        await settle(it.pilot)
        for keys in (("j",), ("space", "end"), ("i",)):
            await it.press(*keys)
            assert _unreadable(it) == {}, keys


def _unreadable(it: Driven) -> dict[str, float]:
    """Words on the screen, or in the window over it, whose contrast is too low; what lies beneath is dimmed."""
    found: dict[str, float] = {}
    screen = it.app.screen
    region = screen.query(".box").first().region if isinstance(screen, ModalScreen) else screen.region
    for strip in screen._compositor.render_strips()[region.y : region.bottom]:
        for segment in strip.crop(region.x, region.right):
            words = segment.text.strip()
            if words and not set(words) <= EDGES and segment.style is not None:
                ratio = _drawn(segment.style)
                if ratio < ENOUGH:
                    found[words] = ratio
    return found


def _drawn(style: Style) -> float:
    assert style.color is not None and style.bgcolor is not None, style
    colours = [Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)]
    return contrast(*colours)
