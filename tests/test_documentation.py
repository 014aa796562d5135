"""The documents describe what exists, and what they describe exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from core.flows import codes
from core.settings import Settings
from docs.take_pictures import FOLDER, PICTURES
from docs.write_reference import TABLES, written
from tui.cli import build

ROOT = Path(__file__).parent.parent
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
TEXTS = {document.name: document.read_text() for document in DOCUMENTS}
NAMES = [document.name for document in DOCUMENTS]
LARGEST_PICTURE = 200_000
COMMAND = re.compile(r"(?:.*/bin/)?crossdock")
OLD_WORDS = re.compile(
    r"\b(?:mend|mends|mended|dashboard|at work or waiting|finished_with_problems|runs out|letter for letter|kept state|"
    r"what became of|need a look|by itself: nothing|told by|is no proof|is no order|riddle|rooms? of)\b",
    re.IGNORECASE,
)
MACHINES = re.compile(r"(?<!\w)/(?:home|root|tmp|work)/")


class TestReference:
    @pytest.mark.parametrize("document", TABLES, ids=lambda document: document.name)
    def test_the_tables_are_those_of_the_program(self, document: Path) -> None:
        assert document.read_text() == written(document), "run: make reference"

    def test_every_variable_is_described_and_every_one_named_exists(self) -> None:
        exist = {f"CROSSDOCK_{name.upper()}" for name in Settings.model_fields}
        assert set(re.findall(r"^\| `(CROSSDOCK_[A-Z_]+)`", TEXTS["settings.md"], re.MULTILINE)) == exist
        for name, text in TEXTS.items():
            assert not set(re.findall(r"\bCROSSDOCK_[A-Z_]+\b(?!\*)", text)) - exist - {"CROSSDOCK_"}, name

    def test_every_problem_code_is_described_and_every_one_described_exists(self) -> None:
        described = re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \|", TEXTS["troubleshooting.md"], re.MULTILINE)
        assert sorted(described) == sorted((code.name, code.title) for code in codes())

    def test_every_module_of_the_architecture_is_there(self) -> None:
        named_there = r"`((?:core|tui|tasks|sandbox|bench|docs)/[\w/.]*|\w+\.py)`"
        modules = set(re.findall(named_there, TEXTS["architecture.md"]))
        named = {
            str(file.relative_to(ROOT)) for folder in ("core", "tui", "tasks") for file in (ROOT / folder).rglob("*.py")
        }
        assert len(modules) > 50
        assert not {
            module
            for module in modules
            if not (ROOT / module).exists() and not any(name.endswith(f"/{module}") for name in named)
        }


class TestCommands:
    @pytest.mark.parametrize("name", NAMES)
    def test_every_command_of_an_example_is_accepted(self, name: str) -> None:
        for line, words in examples(TEXTS[name]):
            try:
                parse(words)
            except typer.TyperException as error:
                pytest.fail(f"{name}: {line}: {error.format_message()}")

    @pytest.mark.parametrize("name", NAMES)
    def test_every_command_in_a_sentence_exists_with_its_options(self, name: str) -> None:
        for words in sentences(TEXTS[name]):
            assert exists(words), f"{name}: crossdock {' '.join(words)}"

    @pytest.mark.parametrize("name", NAMES)
    def test_every_make_target_is_there(self, name: str) -> None:
        makefile = (ROOT / "Makefile").read_text()
        for target in re.findall(r"(?:^|`|sudo )make (?:-C \S+ )?([a-z-]+)", TEXTS[name], re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{name}: make {target}"

    def test_a_wrong_example_would_be_found(self) -> None:
        wrong = "```sh\ncrossdock orders import --chanel de\ncrossdock orders explode\ncrossdock --explode\n```"
        for _, words in examples(wrong):
            with pytest.raises(typer.TyperException):
                parse(words)
        assert not exists(["orders", "import", "--chanel"])
        assert not exists(["order", "import"])

    def test_the_service_starts_what_is_there(self) -> None:
        [started] = re.findall(r"^ExecStart=(.*)$", TEXTS["install.md"], re.MULTILINE)
        python, script, *options = (word.removeprefix("/opt/crossdock/") for word in started.split())
        assert (python, options) == (".venv/bin/python", ["--workers", "4"])
        assert (ROOT / script).exists()


class TestLinks:
    @pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
    def test_every_link_leads_to_a_file_and_a_heading(self, document: Path) -> None:
        for path, heading in re.findall(r"\]\(([^)#\s]*)(?:#([^)]+))?\)", document.read_text()):
            target = document.parent / path if path else document
            if "://" in path:
                continue
            assert target.exists(), f"{document.name}: {path}"
            if heading:
                assert heading in headings(target), f"{document.name}: {path}#{heading}"

    def test_the_readme_leads_to_every_document(self) -> None:
        for document in DOCUMENTS[1:]:
            assert f"](docs/{document.name}" in TEXTS["README.md"], document.name


class TestPictures:
    def test_every_picture_is_there_and_every_one_there_is_taken_and_shown(self) -> None:
        taken = {file for one in PICTURES for file in one.files}
        assert {file.name for file in FOLDER.iterdir()} == taken
        assert {file for text in TEXTS.values() for file in re.findall(r"pictures/([\w-]+\.svg)", text)} == taken

    def test_pictures_are_small_and_name_no_host_but_that_of_the_demo(self) -> None:
        for file in FOLDER.iterdir():
            svg = file.read_text()
            assert len(svg) < LARGEST_PICTURE, file.name
            assert set(re.findall(r"\w+://([^/\s\"')<&]+)", svg)) <= {"www.w3.org", "127.0.0.1:50000"}, file.name
            assert not MACHINES.search(svg), file.name


class TestLanguage:
    @pytest.mark.parametrize("name", NAMES)
    def test_no_word_that_the_program_has_given_up(self, name: str) -> None:
        by_hand = "".join(line for line in TEXTS[name].splitlines(True) if not line.startswith("| `crossdock "))
        assert not OLD_WORDS.findall(by_hand)

    @pytest.mark.parametrize("name", NAMES)
    def test_no_folder_of_a_machine(self, name: str) -> None:
        assert not MACHINES.findall(TEXTS[name])


class TestPackages:
    def test_the_locks_hold_hashes_and_no_addresses(self) -> None:
        for name in ("requirements.lock", "requirements-dev.lock"):
            text = (ROOT / name).read_text()
            assert "://" not in text
            pinned = re.findall(r"^[a-z0-9].*==", text, re.MULTILINE | re.IGNORECASE)
            assert len(pinned) > 20
            assert text.count("--hash=sha256:") >= len(pinned)


def examples(text: str) -> Iterator[tuple[str, list[str]]]:
    """Every command of the program in the ```sh blocks of a document, as its line and the words after `crossdock`."""
    for block in re.findall(r"^\s*```sh\n(.*?)^\s*```", text, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if (called := after_the_program(words)) is not None:
                yield line.strip(), called


def after_the_program(words: list[str]) -> list[str] | None:
    """What a line gives to the program; None where it does not call it."""
    for before, (at, word) in zip(["", *words], enumerate(words, 1), strict=False):
        if COMMAND.fullmatch(word) and before != "-u":  # there it is the name of the account
            return words[at:]
    return None


def sentences(text: str) -> Iterator[list[str]]:
    """Every command of the program that stands in a sentence or table, as the words after `crossdock`."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for command in re.findall(r"`crossdock ([a-z-][^`]*)`", prose):
        yield command.replace(r"\|", "|").split()


@cache
def program(first: str = "") -> Any:
    """The command line as it is loaded for its first word."""
    return typer.main.get_command(build([first] if first else []))


def parse(words: list[str]) -> None:
    """Parse a command line as the program would, without running it; raises TyperException.

    Options that act by themselves, as `--help` and those that install something do, are looked up only.
    """
    if words and words[0].startswith("-"):
        if not exists(words):
            raise typer.TyperException(f"No such option: {words[0]}")
        return
    command = program(*words[:1])
    context = command.make_context("crossdock", list(words))
    while hasattr(command, "commands"):
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)


def exists(words: list[str]) -> bool:
    """Whether there is such a command with such options; values and placeholders may be missing."""
    command = program(*words[:1])
    for word in words:
        if hasattr(command, "commands") and not word.startswith("-"):
            command = command.commands.get(word)
            if command is None:
                return False
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "--json"}
    return {word.strip("[]…") for word in words if word.startswith(("-", "[--"))} <= known


def headings(document: Path) -> set[str]:
    """The names under which the headings of a document are linked."""
    lines = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}
