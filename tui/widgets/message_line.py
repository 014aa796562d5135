"""The line above the keys: the last message, until the next one comes or escape takes it away."""

from __future__ import annotations

from textwrap import wrap

from textual.content import Content

from tui.messages import Note
from tui.text import clean
from tui.widgets import timestamps
from tui.widgets.click_text import ClickText, clickable
from tui.widgets.text_pane import Line

TONES = {"error": "$text-error bold", "warning": "$text-warning bold"}
MOST_LINES = 3
"""Of a long message; all of it is in the history."""


class MessageLine(ClickText):
    """Always there, so that a message that fits moves nothing; only a longer one takes more lines."""

    def __init__(self) -> None:
        super().__init__(id="message-line")
        self._note: Note | None = None

    def show(self, note: Note | None, keys: dict[str, str]) -> None:
        """Show a message, or none; `keys` are those that open its job and clear it."""
        self._note = note
        self.fit(lambda width: self._drawn_to(note, keys, width))

    def _drawn_to(self, note: Note | None, keys: dict[str, str], width: int) -> Content:
        if note is None:
            self._take(1)
            return Content("")
        end = _end(note, keys)
        room = max(width - end.cell_length - 1, 1)
        texts = wrap(f"{note.sign} {clean(note.text)}", room, max_lines=MOST_LINES, placeholder=" …")
        self._take(len(texts))
        first, *more = [Content(text).truncate(room, ellipsis=True) for text in texts]
        first = first.stylize(TONES.get(note.severity, "bold"), 0, len(note.sign))
        return Content("\n").join([first.pad_right(max(room - first.cell_length, 0)) + " " + end, *more])

    def _take(self, lines: int) -> None:
        if self.styles.height is None or self.styles.height.value != lines:
            self.styles.height = lines


def _end(note: Note, keys: dict[str, str]) -> Content:
    """What can be done with a message, and when it came."""
    parts = []
    if note.job is not None:
        parts.append(clickable(Content.assemble((keys["open_job"], "$accent bold"), " open"), "app.open_job"))
    parts.append(clickable(Content.assemble((keys["clear_message"], "$accent bold"), " clear"), "app.clear_message"))
    parts.append(Content.styled(f"{timestamps.of_day(note.at)[:5]}", "$text-muted"))
    return Content("  ").join(parts)


def message_text(note: Note) -> Line:
    """A message as a line of the history."""
    time = timestamps.full(note.at)
    sign = (note.sign, TONES.get(note.severity, "bold"))
    return Line(Content.assemble((time, "$text-muted"), " ", sign, " ", clean(note.text)), indent=len(time) + 1)
