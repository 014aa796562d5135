"""The validator that is used finds what python-jsonschema finds, on Amazon's own schemas and on invented ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench.attributes import Maker
from core.product_types.compiled import compiled
from core.product_types.definitions import Definition
from core.product_types.validation import problems_of
from sandbox.world.marketplaces import DE, US
from tests.product_types.kit import REAL, defined, invented, load, real_files
from tests.product_types.oracle import Problem, problems

DOCUMENTS = 15
ABSENT = f"Amazon's schemas are not in {REAL}: name their folder in CROSSDOCK_REAL_SCHEMAS"
FILES = real_files() or [pytest.param(Path(), id="absent", marks=pytest.mark.skip(reason=ABSENT))]
NAMES = {"oneOfNotValid": "oneOf", "oneOfMultipleValid": "oneOf", "falseSchema": "properties"}


def ours(definition: Definition, document: Any) -> Counter[Problem]:
    errors = compiled(definition.checksum, definition.schema).iter_errors(document)
    return Counter((tuple(one.instance_path), NAMES.get(one.kind.name, one.kind.name)) for one in errors)


def agree(definition: Definition, seed: str, count: int) -> int:
    """Compare on so many documents; returns how many of them have something wrong."""
    wrong = 0
    for number in range(count):
        document = Maker(definition.schema, f"{seed} {number}", (0.0, 0.02, 0.1)[number % 3]).some(number % 5 / 5)
        expected = problems(definition.schema, document)
        assert ours(definition, document) == expected, document
        assert bool(problems_of(definition, document)) == bool(expected)
        wrong += bool(expected)
    return wrong


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_on_amazons_own_schemas(file: Path) -> None:
    definition = defined(load(file), file.name)
    assert agree(definition, file.name, DOCUMENTS) > DOCUMENTS / 2


@pytest.mark.parametrize(
    "definition",
    [
        invented(),
        invented(US, release=2),
        invented(requirements="LISTING_OFFER_ONLY"),
        invented(requirements="LISTING_PRODUCT_ONLY", parentage="CHILD"),
        invented(enforced=False, more=9),
    ],
    ids=["listing", "release 2", "offer", "product of a child", "not enforced"],
)
def test_on_invented_schemas(definition: Definition) -> None:
    assert agree(definition, "invented", 30) > 10


def test_an_invented_schema_uses_the_whole_vocabulary() -> None:
    text = str(invented(DE).schema)
    for keyword in (
        "editable", "enumNames", "hidden", "selectors", "minUniqueItems", "maxUniqueItems", "minUtf8ByteLength",
        "maxUtf8ByteLength", "$lifecycle", "replaces", "contains", "if", "then", "else", "not", "anyOf", "oneOf",
        "allOf", "$ref", "pattern", "format", "multipleOf", "exclusiveMinimum",
    ):  # fmt: skip
        assert f"'{keyword}'" in text, keyword
