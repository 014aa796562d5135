"""Categories, browse nodes and listings of the world: where products belong on both sides, and how they are offered."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree

from sandbox.amazon.browse_tree import written
from sandbox.world import build_world
from sandbox.world.category import CATEGORIES, browse_tree, large_tree
from sandbox.world.listing import build_listings
from sandbox.world.marketplaces import ALL, DE, GB, JP
from sandbox.world.product import build_products
from tests.sandbox.store_kit import open_shop

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_the_store_has_its_categories_as_a_tree() -> None:
    with open_shop() as shop:
        rows = {row["category_id"]: row for row in shop.get("/api/categories?items_per_page=0")["categories"]}
        assert (rows["10"]["id_path"], rows["10"]["level"], rows["10"]["product_count"]) == ("2/10", "2", "2")
        assert all(row["parent_id"] == "0" or row["parent_id"] in rows for row in rows.values())
        assert shop.get("/api/categories/17")["category"] == "Tools, Garden & Yard"
        below = shop.get("/api/categories?parent_category_id=3&items_per_page=50")["categories"]
        assert [row["category_id"] for row in below] == ["13", "14", "15"]
        last = shop.get("/api/categories?items_per_page=5&page=3")["categories"]
        assert shop.get("/api/categories?items_per_page=5&page=7")["categories"] == last
        assert shop.call("DELETE", "/api/categories/10").status_code == 405


def test_products_belong_to_categories_that_have_a_product_type() -> None:
    products = build_products(1, 300)
    used = Counter(product.category_id for product in products)
    assert {number for number, category in CATEGORIES.items() if category.product_type} == set(used)
    suggested = {kind for node in browse_tree(DE) for kind in node.types}
    assert {CATEGORIES[number].product_type for number in used} <= suggested


def test_browse_trees_are_graphs_with_ids_of_their_own() -> None:
    trees = [browse_tree(place) for place in ALL]
    for tree in trees:
        paths = [node.path for node in tree]
        assert len(set(paths)) == len(paths)
        assert all(node.path[-1] == node.node_id and (node.path[:-1] in paths or len(node.path) == 1) for node in tree)
        assert {number for number, times in Counter(node.node_id for node in tree).items() if times > 1}
    ids = [{node.node_id for node in tree} for tree in trees]
    assert len(set.union(*ids)) == sum(map(len, ids))
    assert {node.name for node in browse_tree(DE)} != {node.name for node in browse_tree(GB)}


def test_every_product_is_listed_in_the_money_of_the_marketplace() -> None:
    products = build_world(1, orders=10, other_orders=0, now=NOW).products
    german, japanese = build_listings(products, DE), build_listings(products, JP)
    assert [one.sku for one in german] == [one.sku for one in japanese] == [one.sku for one in products]
    assert [one.price for one in german] == [one.price for one in products]
    assert all(one.price == one.price.to_integral_value() > Decimal(400) for one in japanese)
    assert [one.active for one in german] == [one.active for one in japanese]
    channels = Counter(one.channel for one in german)
    assert 20 < channels["AMAZON_EU"] < 60 and channels["DEFAULT"] + channels["AMAZON_EU"] == 300
    merchant = [(one, product) for one, product in zip(german, products, strict=True) if one.channel == "DEFAULT"]
    assert all(one.quantity == product.amount for one, product in merchant)
    assert 2 < sum(not one.active for one in german) < 30


def test_a_tree_has_as_many_nodes_as_are_wanted_and_the_reports_shape() -> None:
    nodes = list(large_tree(DE, 12_000))
    assert len(nodes) == 12_000 and nodes[: len(browse_tree(DE))] == browse_tree(DE)
    assert len({node.path for node in nodes}) == 12_000 > len({node.node_id for node in nodes})
    paths = {node.path for node in nodes}
    orphans = [node for node in nodes if len(node.path) > 1 and node.path[:-1] not in paths]
    assert 0 < len(orphans) < 50
    found = ElementTree.fromstring("".join(written(nodes)))
    assert [one.findtext("browseNodeId") for one in found] == [node.node_id for node in nodes]
    lighting = next(one for one in found if one.findtext("browseNodeName") == "Beleuchtung")
    assert lighting.findtext("browsePathByName") == "Küche, Haushalt & Wohnen,Beleuchtung"
    assert len((lighting.findtext("browsePathById") or "").split(",")) == 3
    assert [one.findtext("hasChildren") for one in (found[0], lighting)] == ["true", "false"]
