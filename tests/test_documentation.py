"""The documents describe what exists, and what they describe exists."""

from __future__ import annotations

import importlib
import pkgutil
import re
import string
from pathlib import Path

from textual.keys import format_key

import tui
from core.plan import problems
from core.settings import Settings
from docs.take_pictures import FOLDER, PICTURES, SIZES
from tui.cli import COMMANDS, GROUPS
from tui.keymap import Declared, every_binding

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
SHOWN = frozenset(string.ascii_letters + string.digits + string.punctuation)
OPERATING = (ROOT / "docs" / "operating.md").read_text()


def test_every_setting_is_described_and_every_one_described_exists() -> None:
    exist = {f"CROSSDOCK_{name.upper()}" for name in Settings.model_fields}
    described = set(re.findall(r"`(CROSSDOCK_[A-Z_]+)`", OPERATING))
    assert described == exist


def test_every_problem_code_is_described_and_every_one_described_exists() -> None:
    exist = {value for name, value in vars(problems).items() if name.isupper() and isinstance(value, str)}
    described = set(re.findall(r"^\| `([a-z_]+)` \|", OPERATING, re.MULTILINE))
    assert described == exist


def test_every_command_is_described_and_every_one_described_exists() -> None:
    described = set(re.findall(r"^\| `crossdock ([a-z-]+)", README, re.MULTILINE))
    assert described == set(GROUPS) | set(COMMANDS)


def test_every_key_is_described_and_every_one_described_exists() -> None:
    """A failure shows the lines to add or to correct: they are made of the bindings."""
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        importlib.import_module(module.name)
    bindings = list(every_binding())
    assert all(entry.id for entry in bindings)
    assert len({entry.id for entry in bindings}) == len(bindings)
    described = set(re.findall(r"^\| `[a-z_]+\.[a-z_]+` \|.*$", OPERATING, re.MULTILINE))
    exist = {_key_line(entry) for entry in bindings}
    assert not exist - described, "\n".join(["Missing:", *sorted(exist - described)])
    assert not described - exist, "\n".join(["Wrong:", *sorted(described - exist)])


def _key_line(entry: Declared) -> str:
    names = [character if (character := format_key(key)) in SHOWN else key for key in entry.keys]
    keys = " ".join(f"`{name}`" for name in names)
    said = ". ".join(part for part in (entry.binding.description, entry.binding.tooltip) if part)
    return f"| `{entry.id}` | {keys} | {said} |"


def test_every_room_of_the_house_is_there() -> None:
    built, _, _ = (ROOT / "docs" / "architecture.md").read_text().partition("## Where this differs")
    rooms = set(re.findall(r"`((?:core|tui|tasks|sandbox|bench|docs)/[\w/.]*|\w+\.py)`", built))
    named = {
        str(file.relative_to(ROOT)) for folder in ("core", "tui", "tasks") for file in (ROOT / folder).rglob("*.py")
    }
    assert len(rooms) > 50
    assert not {room for room in rooms if not (ROOT / room).exists() and not any(n.endswith(f"/{room}") for n in named)}


def test_every_picture_is_there_and_every_one_there_is_taken() -> None:
    """They are shown, small, and name no host but the demo's and that of the namespace."""
    taken = {one.file(size) for one in PICTURES for size in SIZES}
    assert {file.name for file in FOLDER.iterdir()} == taken
    assert set(re.findall(r"pictures/([\w-]+\.svg)", README + OPERATING)) == taken
    for file in FOLDER.iterdir():
        svg = file.read_text()
        assert len(svg) < 150_000, file.name
        assert set(re.findall(r"\w+://([^/\s\"')<&]+)", svg)) <= {"www.w3.org", "127.0.0.1:50000"}, file.name
        assert "/home/" not in svg, file.name
        assert "/tmp/" not in svg, file.name


def test_every_file_that_is_linked_is_there() -> None:
    for document in DOCUMENTS:
        text = document.read_text()
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)|(?:src|href)=\"([^\"#]+)", text):
            target = "".join(link)
            assert "://" in target or (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_heading_that_is_linked_is_there() -> None:
    for document in DOCUMENTS:
        for path, heading in re.findall(r"\]\(([^)#]*)#([^)]+)\)", document.read_text()):
            target = document.parent / path if path else document
            slugs = {_slug(line) for line in re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)}
            assert heading in slugs, f"{document.name}: {path}#{heading}"


def _slug(heading: str) -> str:
    """The name under which a heading is linked."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_the_make_targets_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("setup", "demo", "test", "lint", "bench", "pictures"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_locks_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        pinned = re.findall(r"^[a-z0-9].*==", text, re.MULTILINE | re.IGNORECASE)
        assert len(pinned) > 20
        assert text.count("--hash=sha256:") >= len(pinned)
