"""docs/settings.md names every setting there is, and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.app_documents import AppChanges, AppDocument
from core.channels.documents import (
    ChannelChanges,
    ChannelDocument,
    ChannelSettings,
    JoiningChannelDocument,
    Notifications,
    PublicChannelDocument,
)
from core.documents import Document
from core.global_settings import KEYS

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "settings.md").read_text()


def fields(*documents: type[Document]) -> set[str]:
    return {name for document in documents for name in document.model_fields}


EXIST = {
    "A channel's connection": fields(ChannelDocument, PublicChannelDocument, JoiningChannelDocument, ChannelChanges),
    "A channel's settings": fields(ChannelSettings),
    "A channel's notifications": fields(Notifications),
    "Apps": fields(AppDocument, AppChanges),
    "Global settings": set(KEYS),
}


def rows(section: str) -> list[tuple[str, str, str]]:
    """Setting, where it acts, test."""
    part = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([a-z_.]+)` \| (.+?) \| `(.+?)` \|$", part, re.MULTILINE)


@pytest.mark.parametrize("section", EXIST)
def test_every_setting_stands_in_the_table_once(section: str) -> None:
    names = [name for name, _, _ in rows(section)]
    assert sorted(names) == sorted(EXIST[section])


def test_the_table_has_no_other_rows() -> None:
    assert TEXT.count("\n| `") == sum(len(rows(section)) for section in EXIST)


def test_every_test_that_is_named_exists() -> None:
    named = {test for section in EXIST for _, _, test in rows(section)}
    missing = []
    for test in sorted(named):
        path, _, name = test.partition("::")
        file = ROOT / path
        if not file.exists() or f"def {name}(" not in file.read_text():
            missing.append(test)
    assert missing == []
