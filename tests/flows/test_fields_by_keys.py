"""Fields by keys and commands against the sandbox's definitions: read once, set, and previewed on a product."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.fields import mapping
from core.fields.plan.sources import constant
from core.listings.preview import preview
from tests.flows.kit import shop
from tests.tui.category_rows import add_mapping
from tests.tui.test_fields_tab import listed, on
from tests.tui.test_mapping_screen import Mapping, mapping_at
from tui.app import CrossdockApp
from tui.frame.live import LiveScreen
from tui.screens.mapping.screen import MappingScreen

TYPE, NUMBER = "LUGGAGE", 1001
GET, FILE = "getDefinitionsProductType", "document"


async def test_read_set_and_previewed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Amazon is asked once for what the channel maps; p shows a product as it would be listed, anew after each change;
    t finds another product type at Amazon."""
    monkeypatch.setattr(LiveScreen, "POLL_EVERY", 3600.0)
    monkeypatch.setattr(CrossdockApp, "LEADS", False)
    with shop(home, orders=2, other_orders=0, products=5) as world:
        product = world.sandbox.store.products[NUMBER]
        product.price = product.price.__class__("19.99")
        add_mapping(world.workspace, registry.get(world.workspace, LOCAL_ADMIN, world.channel), 10, "7", TYPE)
        async with mapping_at(world.workspace) as it:
            await it.press("right_square_bracket")
            assert "brand" in listed(it) and it.edge(".list").count == "0 missing"
            await it.press("left_square_bracket", "right_square_bracket", "p")
            await it.type(product.product_code)
            await it.press("enter")
            assert it.edge(".about").title.startswith(f"Preview · {NUMBER}")
            assert on_missing(it, "brand") and "Brand" not in it.detail.partition("Would say")[0]
            seen = preview(world.workspace, LOCAL_ADMIN, world.channel, NUMBER, TYPE)
            told = {line.name: line.values for line in seen.lines}
            assert told["purchasable_offer.our_price.schedule.value_with_tax"] == (19.99,)
            assert all("value_with_tax" not in problem.message for problem in seen.problems), "19.99 is a multiple"
            missing = it.edge(".list").count
            mapping.set_field(world.workspace, LOCAL_ADMIN, "brand", constant("Mine"), channel=world.channel)
            await it.press("r")
            assert it.edge(".list").count != missing and not on_missing(it, "brand")
            asked = world.calls("amazon", GET), world.calls("amazon", FILE)
            assert asked[0] == 1
            await it.press("t")
            await it.type("lamps")
            await it.press("enter")
            assert "HOME_LIGHTING_AND_LAMPS" in it.scope and on(it)
            assert world.calls("amazon", GET) == 2


def on_missing(it: Mapping, name: str) -> bool:
    """Whether an attribute is among those that stand first because they are missing."""
    assert isinstance(it.screen, MappingScreen)
    count = int(it.edge(".list").count.split()[0])
    return name in listed(it)[:count]
