"""Amazon's browse tree report: read as a stream, with the real nodes and with files that are none."""

from __future__ import annotations

import io
import os
import tracemalloc
from pathlib import Path

import pytest
from sqlmodel import col, select

from core.categories.report import Node, read_nodes
from core.categories.search import by_ids, find, matching
from core.categories.tree import NewTree, Place, clear_unused, current_tree
from core.database import Database
from core.errors import RemoteError, UsageError
from core.model.category import BrowseNode, BrowseTree

REAL = Path(os.environ.get("CROSSDOCK_SPAPI_MODELS", "../shared/spapi-models")).parent / "real" / "reports"
FRAGMENT = REAL / "browse-tree.de.fragment.xml"
ITALIAN = REAL / "browse-tree.it.lines.csv"
PLACE = Place("live", "M")


def file_of(*nodes: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><Result>{"".join(nodes)}</Result>'.encode()


def node(path: str, name: str, by_name: str = "", types: str = "", children: bool = False, more: str = "") -> str:
    return (
        f"<Node><browseNodeId>{path.rpartition(',')[2]}</browseNodeId><browseNodeName>{name}</browseNodeName>"
        f"<browsePathById>{path}</browsePathById><browsePathByName>{by_name}</browsePathByName>"
        f"<hasChildren>{str(children).lower()}</hasChildren>"
        f"<productTypeDefinitions>{types}</productTypeDefinitions>{more}</Node>"
    )


def nodes_of(data: bytes) -> list[Node]:
    return [one for portion in read_nodes(io.BytesIO(data)) for one in portion]


def fill(database: Database, data: bytes, job_id: int = 1) -> NewTree:
    """Make the tree of a report the one that is used."""
    tree = NewTree(database, PLACE, job_id)
    for portion in read_nodes(io.BytesIO(data)):
        tree.add(portion)
    count = tree.complete()
    with database.write() as session:
        tree.use(session, count)
    return tree


def titles(database: Database) -> dict[str, str]:
    with database.read() as session:
        tree = current_tree(session, PLACE)
        rows = session.exec(select(BrowseNode).where(col(BrowseNode.tree_id) == (tree and tree.id))).all()
    return {row.path: row.title for row in rows}


@pytest.mark.skipif(not FRAGMENT.exists(), reason=f"needs {FRAGMENT}")
def test_the_real_german_node_stands_under_two_paths() -> None:
    first, second = nodes_of(FRAGMENT.read_bytes())
    assert first.path == ("908823031", "908824031", "13528201031")
    assert first.name == "Kühlschränke, Gefrierschränke & Eiswürfelbereiter"
    assert (first.above, first.types, first.leaf) == ("Elektro-Großgeräte", ("REFRIGERATOR",), False)
    assert second.path == ("3167641", "3169011", "16075741", "13528201031")
    assert (second.name, second.above) == ("Kühl- & Gefrierschränke", "Küche, Haushalt & Wohnen,Haushaltsgroßgeräte")


@pytest.mark.skipif(not FRAGMENT.exists(), reason=f"needs {FRAGMENT}")
def test_the_real_german_node_is_found_although_its_parents_are_not_in_the_file(database: Database) -> None:
    fill(database, FRAGMENT.read_bytes())
    assert set(titles(database).values()) == {
        "Elektro-Großgeräte > Kühlschränke, Gefrierschränke & Eiswürfelbereiter",
        "Küche, Haushalt & Wohnen,Haushaltsgroßgeräte > Kühl- & Gefrierschränke",
    }
    with database.read() as session:
        tree = current_tree(session, PLACE)
        assert tree is not None and tree.product_types == ["REFRIGERATOR"]
        assert find(session, tree, "elektro-großgeräte > KÜHLSCHRÄNKE, gefrierschränke & eiswürfelbereiter") == (
            "13528201031"
        )
        assert by_ids(session, tree, ["13528201031"])["13528201031"].path.startswith("908823031")


@pytest.mark.skipif(not ITALIAN.exists(), reason=f"needs {ITALIAN}")
def test_real_italian_lines_keep_their_product_types() -> None:
    line = ITALIAN.read_text().splitlines()[1]
    number, by_name, types = line.split(";")
    text = node(f"1,2,{number}", "Bocchette", by_name.strip('"'), types)
    (found,) = nodes_of(file_of(text))
    assert found.types == ("KITCHEN", "HOME_BED_AND_BATH", "HOME_FURNITURE_AND_DECOR", "ABIS_KITCHEN", "HOME")
    assert found.above == by_name.strip('"').removesuffix(",Bocchette")


def test_what_is_left_out_is_read_leniently() -> None:
    bare = (
        "<Node><browseNodeId>7</browseNodeId><browsePathById> 1, 7 </browsePathById><unheardOf><a/></unheardOf></Node>"
    )
    (found,) = nodes_of(file_of("<Something>else</Something>", bare))
    assert found == Node(("1", "7"), "7", "", (), True)
    shown = "<browseNodeStoreContextName>Books</browseNodeStoreContextName>"
    assert nodes_of(file_of(node("1,2", "Kategorien", more=shown)))[0].name == "Books"
    assert nodes_of(file_of(node("1,2,3", "Kategorien", more=shown)))[0].name == "Kategorien"
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><Result>' + node("1,2", "Küche") + "</Result>"
    assert nodes_of(latin.encode("latin-1"))[0].name == "Küche"


BOMB = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (file_of(node("1,2", "A"))[:-20], "ends too early"),
        (b"", "ends too early"),
        (file_of(node("1,2", "A &undefined; B")), "undefined entity"),
        (file_of(node("1,2", "A").replace("<Node>", "")), "mismatched tag"),
        (f"{BOMB}<Result>{node('1,2', '&b;')}</Result>".encode(), "declares entities"),
        (f"{OUTSIDE}<Result>{node('1,2', '&a;')}</Result>".encode(), "declares entities"),
        (f"{BOMB}<Result>{node('1,2', '&b;')}</Result>".encode("utf-16"), "declares entities"),
        (b'<?xml version="1.0" encoding="no-such"?><Result/>', "character set"),
        (file_of(node("1,2", "A"), node("", "B")), r"do not fit together \(node 2"),
        (file_of(node("1,2", "A").replace("<browseNodeId>2<", "<browseNodeId>3<")), "do not fit together"),
        (file_of(node("1,2 OR 1=1", "A")), "do not fit together"),
        (file_of(node(",".join(map(str, range(50))), "A")), "do not fit together"),
        (file_of(node("1,2", "A" * 1_200_000)), "larger than 1 MB"),
        (b"<Result>" + b"<a>" * 400_000, "larger than 1 MB"),
    ],
    ids=[
        "truncated",
        "nothing",
        "an unknown entity",
        "a missing tag",
        "an entity bomb",
        "a file of this machine",
        "a bomb in UTF-16",
        "an unknown charset",
        "no id",
        "another id",
        "an odd id",
        "too deep",
        "too large",
        "without an end",
    ],
)
def test_what_is_no_browse_tree_is_refused_whole(data: bytes, says: str) -> None:
    with pytest.raises(RemoteError, match=says) as caught:
        nodes_of(data)
    assert "stays as it was" in caught.value.next_step


def test_memory_does_not_grow_with_the_file() -> None:
    class Long(io.RawIOBase):
        """Ten thousand nodes, 3 MB, that are there only while they are read."""

        left = 100
        text = "".join(node(f"1,{number}", "A" * 50) for number in range(100)).encode()

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            head = b"<Result>" if self.left == 99 else b""
            return head + self.text if self.left >= 0 else b"</Result>" if self.left == -1 else b""

    tracemalloc.start()
    try:
        count = sum(map(len, read_nodes(Long())))  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 10_000
    assert peak < 1_000_000


# -- rows ------------------------------------------------------------------------------------------------------------


def test_titles_are_the_same_in_whatever_order_the_nodes_come(database: Database) -> None:
    parts = [
        node("1", "Root", children=True),
        node("1,2", "Home, Garden", "Home, Garden", children=True),
        node("1,2,3", "Lamps", "Home, Garden,Lamps", children=True),
        node("1,2,3,4", "Desk", "Home, Garden,Lamps,Desk", "LAMP"),
        node("1,2,9,5", "Lost", "Home, Garden,Nowhere,Lost", children=True),
        node("1,2,9,5,6", "Below", "Home, Garden,Nowhere,Lost,Below"),
    ]
    expected = {
        "1": "Root",
        "1,2": "Home, Garden",
        "1,2,3": "Home, Garden > Lamps",
        "1,2,3,4": "Home, Garden > Lamps > Desk",
        "1,2,9,5": "Home, Garden,Nowhere > Lost",
        "1,2,9,5,6": "Home, Garden,Nowhere > Lost > Below",
    }
    fill(database, file_of(*parts))
    assert titles(database) == expected
    fill(database, file_of(*reversed(parts)), job_id=2)
    assert titles(database) == expected


def test_a_node_that_comes_twice_under_one_path_counts_once(database: Database) -> None:
    fill(database, file_of(node("1,2", "A"), node("1,2", "B")))
    with database.read() as session:
        tree = current_tree(session, PLACE)
        assert tree is not None and tree.nodes == 1
    assert titles(database) == {"1,2": "A"}


def test_an_unfinished_tree_is_seen_by_nobody_and_is_taken_away(database: Database) -> None:
    fill(database, file_of(node("1,2", "A")))
    unfinished = NewTree(database, PLACE, job_id=2)
    unfinished.add(nodes_of(file_of(*(node(f"1,{number}", "B") for number in range(3_000)))))
    assert titles(database) == {"1,2": "A"}
    clear_unused(database, PLACE, job_id=2)
    with database.read() as session:
        assert len(session.exec(select(BrowseTree)).all()) == 1
        assert len(session.exec(select(BrowseNode)).all()) == 1


def test_nodes_are_found_by_words_and_by_what_they_stand_below(database: Database) -> None:
    parts = [node("1,2", "100% Wool"), node("1,3", "Cotton", children=True), node("1,3,4", "Süße_Socken")]
    fill(database, file_of(*parts, node("1,5", "Cotton", children=True), node("1,5,6", "Cotton")))
    with database.read() as session:
        tree = current_tree(session, PLACE)
        assert tree is not None

        def found(**wanted: str) -> list[str]:
            return [one.node_id for one in matching(session, tree, **wanted)]  # type: ignore[arg-type]

        assert found(words="SÜSSE_S") == ["4"]
        assert found(words="0% w") == ["2"]
        assert found(words="%") == ["2"]
        assert found(words="cotton>s") == ["4"]
        assert found(under="3") == ["4"]
        assert found(under="cotton > süße_socken") == []
        with pytest.raises(UsageError, match="Several") as caught:
            find(session, tree, "Cotton")
        assert "3, 5" in caught.value.next_step
