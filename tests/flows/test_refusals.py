"""A store that repeats the buyer's data in its refusals, in whatever spelling: nothing of it is kept anywhere."""

from __future__ import annotations

import base64
import binascii
import html
import re
import sqlite3
from pathlib import Path
from urllib.parse import unquote

import pytest

from sandbox.store.echo import SPELLINGS
from tests.flows.kit import Shop, shop

_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}={0,2}")


def normal(text: str) -> str:
    """Letters and digits alone, in one case, with every escape undone: `M%C3%BCLLER`, `m\\u00fcller` are one."""
    text = re.sub(r"\\\\*u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
    return "".join(filter(str.isalnum, html.unescape(unquote(text)).casefold()))


def decoded(text: str) -> str:
    """What stands in a text as Base64, with it."""
    found = [text]
    for part in _BASE64.findall(text):
        try:
            found.append(base64.b64decode(part).decode())
        except (binascii.Error, UnicodeDecodeError):
            continue
    return "\n".join(found)


def everything(home: Path) -> str:
    """Every column of every table, and every log."""
    found: list[str] = []
    with sqlite3.connect(home / "crossdock.db") as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in database.execute(f"SELECT * FROM {table}"):
                found += [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row]
    found += [path.read_text(errors="replace") for path in home.rglob("*.log")]
    return "\n".join(found)


def buyers(it: Shop) -> set[str]:
    """Names, streets and telephone numbers of everybody whose order is imported.

    Shorter ones stand by chance in what is encrypted.
    """
    found = set()
    for order in it.sandbox.world.orders:
        address = order.document.get("recipient", {}).get("deliveryAddress", {})
        texts = [address.get(name) or "" for name in ("name", "addressLine1", "phone")]
        found |= {part for text in [*texts, *texts[0].split()] if len(normal(part := text)) > 7}
    return found


@pytest.mark.parametrize("writes", ["create", "update"])
def test_nothing_that_a_refusing_store_said_of_the_buyer_is_kept(
    writes: str, home: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with shop(home, orders=40, store_options={"echoes": writes}) as it:
        caplog.set_level("DEBUG")
        job = it.import_orders()
        assert it.sandbox.store.refusals > len(SPELLINGS), "each spelling was met"
        people = buyers(it)
    assert len(people) > 40
    kept = everything(home) + caplog.text + "".join(capfd.readouterr())
    searched = normal(kept) + normal(decoded(kept))
    assert [one for one in people if normal(one) in searched] == []
    failed = {"create": "store_refused", "update": "store_differs"}[writes]
    assert failed in it.problems(job).values()
    assert "(400); its answer speaks of the address." in kept
