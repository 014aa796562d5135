"""Amazon's browse tree report, read as a stream: a portion of nodes at a time, whatever the size of the file.

Facts (GET_XML_BROWSE_TREE_DATA): a node stands in it once for each of its paths; names hold commas, so the path by
name cannot be split, and its root often has no name there; parents need not be in the file. What is not known is
passed over, but a node that cannot be told from others, or a file that does not come to its end, refuses the whole.

The elements are built without a line of Python; it is called once for each node.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple, NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from xml.parsers import expat

from core.errors import RemoteError

REPORT = "GET_XML_BROWSE_TREE_DATA"
_PIECE = 16 * 1024
"""Few elements are there at a time then: larger ones cost twice the time, in collecting garbage alone."""
_LARGEST_NODE = 1024 * 1024
"""Bytes between the ends of two nodes at most: memory must not grow with what a file holds."""
_LONGEST_NAME = 255
_DEEPEST = 40
"""Levels of a path; Amazon's have about ten."""
_IDS = re.compile(r" *[A-Za-z0-9_-]{1,40} *(, *[A-Za-z0-9_-]{1,40} *)*")
_TYPE = re.compile(r"\w{1,100}", re.ASCII)


class Node(NamedTuple):
    """One node under one of its paths."""

    path: tuple[str, ...]
    """Ids from the technical root to the node's own."""
    name: str
    above: str
    """Names of those above it, as the report joins them with commas; empty where it does not tell."""
    types: tuple[str, ...]
    leaf: bool


def read_nodes(file: BinaryIO) -> Iterator[list[Node]]:
    """The nodes, a portion for each piece of the file; `file.tell()` says how far it is.

    Raises RemoteError for what is not a whole browse tree. Nothing is known of it before the last portion has come.
    """
    reader = _Reader()
    while piece := file.read(_PIECE):
        yield reader.feed(piece)
    yield reader.end()


class _Reader:
    def __init__(self) -> None:
        builder = TreeBuilder()
        self._file = builder.start("file", {})
        self._parser = XMLParser(target=builder)
        self._prolog: Any = _prolog()
        self._read = 0
        self._since = 0

    def feed(self, piece: bytes) -> list[Node]:
        if not len(self._file):
            self._look_at_prolog(piece)
        self._parse(lambda: self._parser.feed(piece))
        self._since += len(piece)
        found = self._taken(all_but=1)
        if self._since > _LARGEST_NODE:
            raise _refused(f"a node is larger than {_LARGEST_NODE // 2**20} MB", f"node {self._read + 1}")
        return found

    def end(self) -> list[Node]:
        self._parse(self._parser.close, reason="it ends too early")
        return self._taken(all_but=0)

    def _look_at_prolog(self, piece: bytes) -> None:
        """The fast parser expands what a file declares; it can do so only before its first element."""
        with suppress(expat.ExpatError, LookupError, ValueError):
            self._prolog.Parse(piece, False)

    def _parse(self, step: Callable[[], object], reason: str = "") -> None:
        try:
            step()
        except ParseError as error:
            line, column = error.position
            where = f"line {line}, column {column}, after {self._read} nodes"
            raise _refused(reason or expat.ErrorString(error.code), where) from None
        except (LookupError, ValueError):
            raise _refused("its character set is not known", "line 1") from None

    def _taken(self, *, all_but: int) -> list[Node]:
        """Those that have ended; the last may be unfinished."""
        if not len(self._file):
            return []
        root = self._file[0]
        ended = root[: len(root) - all_but] if len(root) > all_but else []
        del root[: len(ended)]
        if ended:
            self._since = 0
        return [self._node(element) for element in ended if element.tag == "Node"]

    def _node(self, element: Element[Any]) -> Node:
        self._read += 1
        told = {child.tag: (child.text or "").strip() for child in element}
        node_id, by_id = told.get("browseNodeId", ""), told.get("browsePathById", "")
        path = tuple(by_id.replace(" ", "").split(","))
        if path[-1] != node_id or len(path) > _DEEPEST or not _IDS.fullmatch(by_id):
            raise _refused("its id and its path do not fit together", f"node {self._read} ({node_id[:40]!r})")
        name, by_name = told.get("browseNodeName", ""), told.get("browsePathByName", "")
        shown = told.get("browseNodeStoreContextName", "") if len(path) == 2 or not name else ""
        types = filter(_TYPE.fullmatch, told.get("productTypeDefinitions", "").replace(" ", "").split(","))
        above = by_name[: -len(name) - 1] if name and by_name.endswith(f",{name}") else ""
        return Node(
            path,
            (shown or name or node_id)[:_LONGEST_NAME],
            above[:_LONGEST_NAME],
            tuple(dict.fromkeys(types)),
            told.get("hasChildren", "").lower() != "true",
        )


def _prolog() -> Any:
    """A parser that refuses entities; what else is wrong the other one says."""
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _no_entities
    return parser


def _no_entities(*_: object) -> NoReturn:
    raise _refused("it declares entities, which no report of Amazon does", "its beginning")


def _refused(reason: str, where: str) -> RemoteError:
    return RemoteError(
        f"The browse tree report is not usable: {reason} ({where}).",
        subject="Amazon",
        next_step="The tree stays as it was. Run the refresh again in half an hour, when Amazon makes a new report; "
        "if it stays so, report it to Amazon's support.",
    )
