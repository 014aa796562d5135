"""The browse tree report, as Amazon makes it: one XML document, node by node, of any size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from sandbox.amazon.report_types import Wanted, report_type
from sandbox.amazon.state import Amazon
from sandbox.world.category import BrowseNode, large_tree
from sandbox.world.marketplaces import ALL

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<Result>\n'
_TAIL = "</Result>\n"


@report_type("GET_XML_BROWSE_TREE_DATA", "text/xml;charset=UTF-8")
def _browse_tree(amazon: Amazon, wanted: Wanted) -> Iterator[str]:
    """The option MarketplaceId wins over the marketplaces asked for; nothing at all where nobody sells."""
    marketplace_id = wanted.options.get("MarketplaceId") or wanted.places[0]
    marketplace = next((one for one in ALL if one.marketplace_id == marketplace_id), None)
    if marketplace is None or marketplace not in wanted.account.marketplaces:
        return
    yield from written(_chosen(large_tree(marketplace, amazon.browse_nodes), wanted))


def _chosen(nodes: Iterable[BrowseNode], wanted: Wanted) -> Iterator[BrowseNode]:
    root_only, under = wanted.options.get("RootNodesOnly") == "true", wanted.options.get("BrowseNodeId", "")
    for node in nodes:
        if (len(node.path) == 1) if root_only else (not under or under in node.path):
            yield node


def written(nodes: Iterable[BrowseNode]) -> Iterator[str]:
    """The document: each node with the names above it, but for the root's; all of these come before it."""
    yield _HEAD
    names: dict[str, str] = {}
    for node in nodes:
        if not node.leaf:
            names[node.node_id] = node.name
        above = [names[one] for one in node.path[1:-1] if one in names]
        yield _node(node, ",".join((*above, node.name) if len(node.path) > 1 else ()))
    yield _TAIL


def _node(node: BrowseNode, by_name: str) -> str:
    name = escape(node.name)
    return (
        f"<Node>\n\t<browseNodeId>{node.node_id}</browseNodeId>\n"
        '\t<browseNodeAttributes count="1">\n'
        f'\t\t<attribute name="recommended_browse_nodes">{node.node_id}</attribute>\n\t</browseNodeAttributes>\n'
        f"\t<browseNodeName>{name}</browseNodeName>\n"
        f"\t<browseNodeStoreContextName>{name}</browseNodeStoreContextName>\n"
        f"\t<browsePathById>{','.join(node.path)}</browsePathById>\n"
        f"\t<browsePathByName>{escape(by_name)}</browsePathByName>\n"
        f"\t<hasChildren>{'false' if node.leaf else 'true'}</hasChildren>\n"
        f"\t<productTypeDefinitions>{','.join(node.types)}</productTypeDefinitions>\n"
        '\t<refinementsInformation count="0"/>\n</Node>\n'
    )
