"""Dates among the words that a list is filtered by: "from:2026-11-01", "to:yesterday", "from:7d"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core import clock

FROM, TO = "from:", "to:"
_DAYS = re.compile(r"(\d{1,3})d")


@dataclass(frozen=True)
class Typed:
    """What a filter line says: words to search, and between which moments."""

    text: str
    since: datetime | None = None
    before: datetime | None = None
    wrong: str = ""
    """The first word that begins like a date and is none (yet)."""


def read_dates(typed: str) -> Typed:
    """Take the dates out of what was typed. Days are those of the own zone; `to` includes its day."""
    words: list[str] = []
    since = before = None
    wrong = ""
    for word in typed.split():
        name = next((name for name in (FROM, TO) if word.startswith(name)), "")
        day = _day(word.removeprefix(name)) if name else None
        if not name:
            words.append(word)
        elif day is None:
            wrong = wrong or word
        elif name == FROM:
            since = _midnight(day)
        else:
            before = _midnight(day + timedelta(days=1))
    return Typed(" ".join(words), since, before, wrong)


def written(text: str, since: datetime | None, before: datetime | None) -> str:
    """What to type for a filter; the opposite of `read_dates`."""
    begin = [f"{FROM}{since.astimezone():%Y-%m-%d}"] if since else []
    end = [f"{TO}{before.astimezone() - timedelta(days=1):%Y-%m-%d}"] if before else []
    return " ".join([*([text] if text else []), *begin, *end])


def _day(text: str) -> date | None:
    today = clock.now().astimezone().date()
    if days := _DAYS.fullmatch(text):
        return today - timedelta(days=int(days[1]))
    named = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        return named.get(text) or date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day).astimezone()
