"""By the mouse alone on a real (pseudo) terminal of 80×24: from an empty home to orders that keep arriving."""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from core.actor import LOCAL_ADMIN
from core.first_start import progress
from core.settings import Settings
from core.workspace import opened
from sandbox.sandbox import Sandbox
from tests.tui.test_shown import Screen
from tests.tui.test_terminal import SECONDS, Terminal

WIDTH, HEIGHT = 80, 24
OTHERS = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[(?![\d;]*[CHm])[0-9;:?<=>$]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[^\[\]]"
)
"""What a terminal is told besides where to write and how."""
UNFINISHED = re.compile(r"\x1b(\[[0-9;:?<=>$]*|\][^\x07]*)?$")
PRESSED, RELEASED = "\x1b[<0;{};{}M", "\x1b[<0;{};{}m"
"""The left button, as terminals report it (SGR, mode 1006)."""
PASTED = "\x1b[200~{}\x1b[201~"
INTO = 26
"""Cells from the beginning of a label into its field."""
REST = 0.4
"""Seconds without a byte after which nobody expects more."""


class Hand:
    """Looks at a terminal, clicks on words that stand there, and pastes."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._shown = Screen()
        self._letters = codecs.getincrementaldecoder("utf-8")()
        self._unread = ""

    @property
    def lines(self) -> list[str]:
        """What the terminal shows."""
        cells = self._shown.cells
        return ["".join(cells.get((y, x), (" ", ()))[0] for x in range(WIDTH)) for y in range(HEIGHT)]

    def look(self) -> bool:
        """Take what has come; False when nothing did."""
        data = self._terminal.read(REST)
        self._unread += self._letters.decode(data)
        if not UNFINISHED.search(self._unread):
            self._shown.write(OTHERS.sub("", self._unread))
            self._unread = ""
        return bool(data)

    def see(self, words: str) -> tuple[int, int]:
        """Wait for words; gives the line and the column where they begin."""
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            rests = not self.look()
            for y, line in enumerate(self.lines):
                if rests and words in line:
                    return y, line.index(words)
        raise AssertionError("\n".join([f"No {words!r} in:", *self.lines]))

    def click(self, words: str, after: int = 0) -> None:
        """Click on words, or so many cells after their beginning."""
        y, x = self.see(words)
        for event in (PRESSED, RELEASED):
            self._terminal.write(event.format(x + 1 + after, y + 1).encode())
        while self.look():
            pass

    def fill(self, values: Mapping[str, str]) -> None:
        """Click on each field by its label, and paste."""
        for label, value in values.items():
            self.click(label, after=INTO)
            self._terminal.write(PASTED.format(value).encode())


@pytest.fixture
def world() -> Iterator[Sandbox]:
    """Both sides, with the problems that orders have."""
    with Sandbox(orders=40, other_orders=0, products=8) as world:
        yield world


@pytest.mark.long
def test_from_an_empty_home_to_orders_that_keep_arriving(
    home: Path, world: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty home → connected → import → fix → schedule; only what has to be written is pasted."""
    urls = {"SPAPI_URL": world.amazon_url, "LWA_URL": world.lwa_url, "SELLER_CENTRAL_URL": world.amazon_url}
    for name, url in urls.items():
        monkeypatch.setenv(f"CROSSDOCK_{name}", url)
    terminal = Terminal(home)
    try:
        hand = Hand(terminal)
        _connect(hand, world.credentials()["store"], world.credentials()["channel"])
        hand.click("⏎ Start")
        hand.click("Run it here (y)")
        hand.see("> 6 Schedule")
        hand.click("7Prob")
        hand.click("Payment unmapped")
        hand.click("f Fix")
        hand.click("Cash on delivery 6")
        hand.click("f2 Select")
        hand.click("Create (y)")
        hand.click("Run it here (y)")
        hand.see("4 created")
        hand.click("1Home")
        hand.click("⏎ Start")
        hand.click("f2 ")
        hand.see("done: every 15 min")
    finally:
        terminal.process.kill()
        terminal.process.wait()
    with opened(Settings(home=home)) as workspace:
        now = progress(workspace, LOCAL_ADMIN)
        assert now.has_imported and now.unscheduled is None


def _connect(hand: Hand, store: Mapping[str, str], channel: Mapping[str, str]) -> None:
    """The first four steps."""
    hand.see("> 1 Admin account")
    hand.click("⏎ Start")
    hand.fill({"Name *": "ada", "Password *": "correct horse", "Repeat password *": "correct horse"})
    hand.click("f2 Add operator")
    hand.see("> 2 Store")
    hand.click("⏎ Start")
    address = {"Name *": store["name"], "Address *": store["url"], "E-mail *": store["email"]}
    hand.fill({**address, "API key *": store["api_key"], "Primary currency *": "EUR"})
    hand.click("f2 Add store")
    hand.click("f2 Continue")
    hand.click("f2 Continue")
    hand.see("all in order")
    hand.click("esc Close")
    hand.see("> 3 Amazon app")
    hand.click("⏎ Start")
    hand.click("f2 Continue")
    hand.see("> 4 Channel")
    hand.click("⏎ Start")
    labels = {"Client id": "client_id", "Client secret": "client_secret", "Refresh token": "refresh_token"}
    credentials = {f"{label} *": channel[name] for label, name in {**labels, "Seller id": "seller_id"}.items()}
    hand.fill({"Name *": "de", **credentials})
    for field, choice in (("Company or storefront", "Company 1"), ("Country *", "DE Germany")):
        hand.click(field, after=INTO)
        hand.click(choice)
        hand.click("f2 Select")
    hand.click("f2 Add channel")
    hand.click("esc Close")
    hand.see("> 5 First import")
