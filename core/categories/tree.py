"""Amazon's trees as rows: a new one is filled beside the one that is used, and takes its place at one stroke."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, func, select, update

from core import clock
from core.categories.report import Node
from core.database import CHUNK, Database
from core.model.base import stored_id
from core.model.category import BrowseNode, BrowseTree
from core.model.job import FINAL, Job

STEP = " > "
"""Between the names of a title."""
TOP = 2
"""The depth of nodes at the top of what people see: they stand below a technical root."""
_REMEMBERED = 50_000
"""Titles at hand of nodes that have others below them; those of more are read from the rows when all are there."""
_COLUMNS = ["tree_id", "node_id", "path", "parent", "depth", "name", "title", "folded", "product_types", "leaf"]
Row = tuple[Any, ...]
"""The values of these columns."""
_NODES: Any = BrowseNode.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Place:
    """Whose tree it is: all channels of a marketplace share one."""

    api_mode: str
    marketplace_id: str


def current_tree(session: Session, place: Place) -> BrowseTree | None:
    """The tree that is used; None before the first was read."""
    return session.exec(select(BrowseTree).where(is_used(place))).first()


def is_used(place: Place) -> ColumnElement[bool]:
    """Says of a `BrowseTree` in a query whether it is the one that is used."""
    return and_(_of(place), col(BrowseTree.is_current))


def _of(place: Place) -> ColumnElement[bool]:
    return and_(col(BrowseTree.api_mode) == place.api_mode, col(BrowseTree.marketplace_id) == place.marketplace_id)


class NewTree:
    """A tree that is being filled by a job; nobody sees it before `use`."""

    def __init__(self, database: Database, place: Place, job_id: int) -> None:
        self._database = database
        self._place = place
        self._rows: list[Row] = []
        self._titles: dict[tuple[str, ...], str] = {}
        self._types: set[str] = set()
        with database.write() as session:
            tree = BrowseTree(**vars(place), job_id=job_id)
            session.add(tree)
            session.flush()
            self.id = stored_id(tree.id)

    def add(self, nodes: Iterable[Node]) -> None:
        """Put nodes into it, in any order; of the same path the first counts."""
        for node in nodes:
            self._rows.append(self._row(node))
            self._types.update(node.types)
        while len(self._rows) >= CHUNK:
            self._write(self._rows[:CHUNK])
            del self._rows[:CHUNK]

    def complete(self) -> int:
        """Say that there are no more; returns how many there are, whose titles all are known then."""
        self._write(self._rows)
        self._rows = []
        self._titles = {}
        self._find_titles()
        with self._database.read() as session:
            return session.exec(select(func.count()).where(col(BrowseNode.tree_id) == self.id)).one()

    def use(self, session: Session, nodes: int) -> None:
        """Let it take the place of the one that was used, in the caller's transaction."""
        session.exec(update(BrowseTree).where(is_used(self._place)).values(is_current=False))
        new = {"is_current": True, "nodes": nodes, "product_types": sorted(self._types), "read_at": clock.now()}
        session.exec(update(BrowseTree).where(col(BrowseTree.id) == self.id).values(**new))

    def discard(self) -> None:
        """Take it away again."""
        _drop(self._database, self.id)

    def _row(self, node: Node) -> Row:
        path, above = node.path, node.path[:-1]
        known = len(path) <= TOP or above in self._titles
        before = self._titles.get(above, node.above) if len(path) > TOP else ""
        title = f"{before}{STEP}{node.name}" if before else node.name
        if known and not node.leaf and len(path) >= TOP and len(self._titles) < _REMEMBERED:
            self._titles[path] = title
        folded = title.casefold() if known else ""
        joined = (",".join(path), ",".join(above))
        return (self.id, path[-1], *joined, len(path), node.name, title, folded, ",".join(node.types), node.leaf)

    def _write(self, rows: Sequence[Row]) -> None:
        with self._database.write() as session:
            if rows:
                session.connection().exec_driver_sql(_insert(self._database.is_sqlite), list(rows))

    def _find_titles(self) -> None:
        """Give titles to those that came before what is above them, or without it: level by level from the top."""
        for depth in self._depths():
            while rows := self._untitled(depth):
                self._title(rows)

    def _depths(self) -> list[int]:
        query = select(BrowseNode.depth).where(col(BrowseNode.tree_id) == self.id, col(BrowseNode.folded) == "")
        with self._database.read() as session:
            return sorted(session.exec(query.distinct()).all())

    def _untitled(self, depth: int) -> list[tuple[int, str]]:
        """Some nodes of a level: key and title, from above where there is one, else as the report tells it."""
        above = aliased(BrowseNode)
        query = (
            select(BrowseNode.id, BrowseNode.name, BrowseNode.title, above.title)
            .outerjoin(above, (col(above.tree_id) == BrowseNode.tree_id) & (col(above.path) == BrowseNode.parent))
            .where(col(BrowseNode.tree_id) == self.id, col(BrowseNode.depth) == depth, col(BrowseNode.folded) == "")
            .limit(CHUNK)
        )
        with self._database.read() as session:
            rows = session.exec(query).all()
        return [(stored_id(key), f"{before}{STEP}{name}" if before else title) for key, name, title, before in rows]

    def _title(self, rows: Sequence[tuple[int, str]]) -> None:
        statement = _NODES.update().where(_NODES.c.id == bindparam("key"))
        values = [{"key": key, "title": title, "folded": title.casefold()} for key, title in rows]
        with self._database.write() as session:
            session.connection().execute(statement, values)


@cache
def _insert(is_sqlite: bool) -> str:
    """The statement for rows as they are: what the ORM does for each would take longer than the database does."""
    values = ", ".join(["?" if is_sqlite else "%s"] * len(_COLUMNS))
    columns = ", ".join(_COLUMNS)
    return f"INSERT INTO browse_node ({columns}) VALUES ({values}) ON CONFLICT (tree_id, path) DO NOTHING"


def clear_unused(database: Database, place: Place, job_id: int) -> None:
    """Take away the trees of a place that are used no more, or that this job or one that has ended left unfinished."""
    running = select(Job.id).where(col(Job.state).not_in(FINAL), col(Job.id) != job_id)
    query = select(BrowseTree.id).where(
        _of(place), col(BrowseTree.is_current).is_(False), col(BrowseTree.job_id).not_in(running)
    )
    with database.read() as session:
        unused = session.exec(query).all()
    for tree_id in unused:
        _drop(database, stored_id(tree_id))


def _drop(database: Database, tree_id: int) -> None:
    """In portions: a tree has hundreds of thousands of rows, and others want to write meanwhile."""
    some = select(BrowseNode.id).where(col(BrowseNode.tree_id) == tree_id).limit(5 * CHUNK)
    while True:
        with database.write() as session:
            if not session.exec(delete(BrowseNode).where(col(BrowseNode.id).in_(some))).rowcount:
                session.exec(delete(BrowseTree).where(col(BrowseTree.id) == tree_id))
                return
