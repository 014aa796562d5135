"""Keeps secrets and personal data out of logs, errors and stored messages.

Secrets have recognisable forms (Amazon's prefixes, authorization headers); personal data of orders has not, so the
rule for it is structural: bodies of remote answers are never logged, only codes and messages that passed here.
"""

from __future__ import annotations

import re

MASK = "***"

_PATTERNS = (
    re.compile(r"\bAtz[ar]\|[\w+/=|.\-]+"),  # access and refresh tokens
    re.compile(r"\bamzn1\.oa2-cs\.v\d\.[\w.\-]+"),  # client secrets
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),  # AWS access keys
    re.compile(r"(?i)(?<=basic )[a-z0-9+/=]{8,}"),
    re.compile(r"(?i)(?<=bearer )[\w.\-+/=]{8,}"),
    re.compile(
        r"(?i)((?:client_secret|refresh_token|access_token|api_key|password|x-amz-access-token)"
        r"[\"']?\s*[:=]\s*[\"']?)([^\s\"'&,}]+)"
    ),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),  # user:password in an address
)
_EMAIL = re.compile(r"\b[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+\b")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def redact(text: str) -> str:
    """`text` without secrets, e-mail addresses and control characters."""
    for pattern in _PATTERNS:
        text = pattern.sub(lambda match: (match.group(1) if match.lastindex else "") + MASK, text)
    return _CONTROL.sub("�", _EMAIL.sub(MASK, text))


def excerpt(text: str, limit: int = 200) -> str:
    """A redacted single line of at most `limit` characters, for error messages."""
    line = " ".join(redact(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
