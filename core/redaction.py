"""Keeps secrets and personal data out of logs, errors and stored messages.

Secrets have recognisable forms (Amazon's prefixes, authorization headers); personal data of orders has not, so the
rule for it is structural: bodies of remote answers are never logged, only codes and messages that passed here.
"""

from __future__ import annotations

import re

MASK = "***"

# Remote text of any length and form passes here, so every pattern takes time in proportion to the text: what was tried
# once from a place is not tried again from inside it. Possessive quantifiers and one place to begin see to that.
_PATTERNS = (
    re.compile(r"(?i)\bAtz[ar](?:\||%7C)[\w+/=|.%\-]+"),  # access and refresh tokens
    re.compile(r"\bamzn1\.oa2-cs\.v\d\.[\w.\-]+"),  # client secrets
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),  # AWS access keys
    re.compile(r"(?i)(\bbasic\s++)[a-z0-9+/=]{8,}"),
    re.compile(r"(?i)(\bbearer\s++)[\w.\-+/=]{8,}"),
    # name: "value", name=value and the like; a quoted value ends at its quote, also when the quotes are escaped, and
    # otherwise with its line
    re.compile(
        r"(?im)((?:client_?secret|refresh_?token|access_?token|api_?key|password|aws_?secret_?(?:access_?)?key"
        r"|x-amz-(?:access-token|signature|security-token|credential))"
        r"(?:\\*+[\"'])?\s*+[:=,]\s*+)(?:(\\{0,15}[\"'])(.*?)(?:\2|$)|[^\s\"'&,}]+)"
    ),
    re.compile(r"(://)[^/\s]+(?=@)"),  # user:password in an address
)
_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]++@[\w\-]++(?:\.[\w\-]++)+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MARGIN = 1_000
"""Characters beyond an excerpt that are looked at too: enough for any secret that begins inside it."""
_LONGEST_LOOK = 100_000
"""Characters of a text in which the words of an excerpt are looked for."""


def redact(text: str) -> str:
    """`text` without secrets, e-mail addresses and control characters."""
    for pattern in _PATTERNS:
        text = pattern.sub(_masked, text)
    return _CONTROL.sub("�", _EMAIL.sub(MASK, text))


def _masked(match: re.Match[str]) -> str:
    """What names the secret stays, and so do the quotes around it."""
    groups = (*match.groups(), "", "")
    quote = groups[1] or ""
    return f"{groups[0] or ''}{quote}{MASK}{quote}"


def excerpt(text: str, limit: int = 200) -> str:
    """A redacted single line of at most `limit` characters, for error messages; cheap however long `text` is."""
    words = " ".join(text[:_LONGEST_LOOK].split())
    head = words[: limit + _MARGIN]
    line = redact(head)
    if len(head) < len(words) or len(text) > _LONGEST_LOOK:
        # What was cut through at the end may be half a secret, which no pattern knows.
        line = (line if len(line) > limit else line.rpartition(" ")[0]) + "…"
    return line if len(line) <= limit else line[: limit - 1] + "…"
