"""Names and descriptions of the store made into what Amazon takes, and back.

Amazon's descriptions are text in which `<br>` breaks lines, and nothing else is HTML. Since July 2026 a name has two
parts: `item_name` of 75 characters and `title_differentiation` of 125.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from html.parser import HTMLParser

NAME, DIFFERENTIATION = 75, 125
"""Characters of the two parts of a name."""
BREAK = "<br>"
_MOST_BULLETS = 10
_LONGEST_BULLET = 500
"""Characters; a list item beyond is no bullet point, but text."""
_BLOCKS = frozenset((
    "address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
))  # fmt: skip
_LISTS = frozenset(("ul", "ol", "li", "dl"))
_UNSEEN = frozenset(("script", "style", "head", "title", "noscript", "template", "iframe", "svg", "select"))
_SEPARATORS = re.compile(r"\s+[–—|•·/-]\s+|\s*[,;:]\s+|\s+(?=\()")
_LEAST_NAME = 25
"""Characters that the first part of a name has at least, where a separator offers itself."""


@dataclass(frozen=True)
class Title:
    """The two parts of a name, and what fits in neither."""

    head: str
    tail: str = ""
    rest: str = ""


def plain(html: str) -> str:
    """HTML, or text, as one line of text."""
    return " ".join(_Lines.of(html).all())


def description(html: str) -> str:
    """HTML as Amazon's descriptions: lines with `<br>` between them, list items with a bullet before them."""
    return BREAK.join(_escaped(line) for line in _Lines.of(html).all("• "))


def bullets(description_html: str, short_html: str = "", most: int = _MOST_BULLETS) -> list[str]:
    """Bullet points: the items of the lists in the description or else the short one; else the short one's lines."""
    lists = (_Lines.of(html).items() for html in (description_html, short_html))
    found = next((items for items in lists if items), None) or _Lines.of(short_html).all()
    return [line for line in found if len(line) <= _LONGEST_BULLET][:most]


def split_title(name: str) -> Title:
    """The proposal for a name: whole where it fits, else cut in two at a mark, or else between words."""
    whole = plain(name)
    if len(whole) <= NAME:
        return Title(whole)
    marks = [found for found in _SEPARATORS.finditer(whole) if _LEAST_NAME <= found.start() <= NAME]
    if marks:
        head, after = whole[: marks[-1].start()], whole[marks[-1].end() :]
    else:
        head = shortened(whole, NAME)
        after = whole[len(head) :]
    after = after.strip(" ,;:|–—-")
    tail = shortened(after, DIFFERENTIATION)
    return Title(head.strip(), tail, after[len(tail) :].strip())


def joined_title(head: str, tail: str) -> str:
    """One name of the two parts, as stores have it; a part that repeats the other adds nothing."""
    head, tail = head.strip(), tail.strip()
    if not head or not tail:
        return head or tail
    return head if tail.casefold() in head.casefold() else f"{head}, {tail}"


def shortened(text: str, characters: int | None = None, octets: int | None = None) -> str:
    """As much of a text as fits, whole words where there are some; no line break is cut in two."""
    fits = text if characters is None else text[:characters]
    if octets is not None and len(fits.encode()) > octets:
        fits = fits.encode()[:octets].decode(errors="ignore")
    if fits == text:
        return text
    for broken in range(1, len(BREAK)):
        if fits.endswith(BREAK[:broken]) and text[len(fits) :].startswith(BREAK[broken:]):
            fits = fits[:-broken]
            break
    at = max(fits.rfind(" "), fits.rfind(BREAK))
    is_between = text[len(fits)].isspace() or text[len(fits) :].startswith(BREAK)
    return (fits if is_between or at < len(fits) // 2 else fits[:at]).rstrip()


def as_html(text: str) -> str:
    """Amazon's description as HTML: its lines as paragraphs, those with a bullet as a list."""
    html, items = [], list[str]()
    broken = text.replace("\n", BREAK) if re.search(r"<[A-Za-z/!]", text) else text
    for line in [*_Lines.of(broken).all("• "), ""]:
        if line.startswith("•"):
            items.append(line.lstrip("• "))
            continue
        if items:
            html.append(bullets_as_html(items))
            items = []
        if line:
            html.append(f"<p>{escape(line, quote=False)}</p>")
    return "".join(html)


def bullets_as_html(lines: list[str]) -> str:
    """Bullet points as a list in HTML."""
    items = "".join(f"<li>{escape(line, quote=False)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _escaped(line: str) -> str:
    """A line in which a `<` cannot be taken for the beginning of a tag."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", line)


class _Lines(HTMLParser):
    """The lines of an HTML text, and which of them are items of lists."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[tuple[str, bool]] = []
        self._words: list[str] = []
        self._unseen = 0
        self._is_item = False

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, html: str) -> _Lines:
        """Read a text, of which several attributes are made; one without any tag is lines as they stand."""
        read = cls()
        is_html = re.search(r"<[A-Za-z/!]", html) is not None
        read.feed(html if is_html else "<br>".join(_entities(line) for line in html.splitlines()))
        read.close()
        read._end()
        return read

    def all(self, bullet: str = "") -> list[str]:
        """All lines that say something, items of lists with a bullet before them."""
        return [f"{bullet}{line}" if is_item else line for line, is_item in self._lines]

    def items(self) -> list[str]:
        """The items of lists."""
        return [line for line, is_item in self._lines if is_item]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif self._is_item and tag in _BLOCKS - _LISTS:
            self._words.append(" ")
        elif tag in _BLOCKS:
            self._end()
            self._is_item = tag == "li"

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif self._is_item and tag in _BLOCKS - _LISTS:
            self._words.append(" ")
        elif tag in _BLOCKS:
            self._end()
            self._is_item = False

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._words.append(data)

    def _end(self) -> None:
        line = _tidy("".join(self._words))
        self._words.clear()
        if line:
            self._lines.append((line, self._is_item))


def _entities(line: str) -> str:
    """A line of text for the parser; what is an entity already stays one."""
    return escape(unescape(line), quote=False)


def _tidy(line: str) -> str:
    """A line without control characters, and with single blanks."""
    if line.isprintable():  # nearly every line: there is no other blank in it, and nothing that is no text
        return " ".join(line.split())
    seen = (" " if letter.isspace() or unicodedata.category(letter) == "Cc" else letter for letter in line)
    return " ".join("".join(letter for letter in seen if unicodedata.category(letter) not in _NOT_TEXT).split())


_NOT_TEXT = frozenset(("Cs", "Co", "Cn"))
