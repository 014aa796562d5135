"""The consent page of Seller Central, and what it sends back (SP-API "Website authorization workflow")."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from core.amazon.credential_forms import check_seller_id
from core.errors import AuthorizationError, UsageError

PATH = "/apps/authorize/consent"
CODE_MINUTES = 5
"""Life of the code in the callback."""
PAGE_ERRORS = {
    "MD1000": "the app is a draft and was asked for as if it were published, or the other way round: "
    "correct draft_app of the app",
    "MD5101": "the redirect URL is not one of those registered with the app: "
    "correct redirect_url of the app, or register it in the Developer Console",
}
"""Codes of the consent page → what is wrong and where to correct it."""


@dataclass(frozen=True)
class Callback:
    """What comes back with a consenting seller."""

    state: str
    seller_id: str
    """As the address tells: anybody may have written it, so it is no proof."""
    code: str = field(repr=False)


class ConsentDenied(AuthorizationError):
    """The seller did not agree."""


def consent_url(base: str, application_id: str, state: str, *, redirect_url: str, draft: bool) -> str:
    """Where the seller gives the consent; `base` is Seller Central of the marketplace."""
    query = {"application_id": application_id, "state": state}
    if redirect_url:
        query["redirect_uri"] = redirect_url
    if draft:
        query["version"] = "beta"
    return f"{base}{PATH}?{urlencode(query)}"


def read_callback(text: str, *, redirect_url: str) -> Callback:
    """Read the address of the page that opened after the consent.

    Raises UsageError when it is another address, ConsentDenied when the seller did not agree.
    """
    pasted = "".join(text.split())
    for code, words in PAGE_ERRORS.items():
        if code in pasted:
            raise _wrong(f"Amazon's page shows error {code}: {words}", "Correct it, then begin again.")
    place = _place(pasted)
    if place is None:
        raise _wrong("it is not a web address", "Paste the whole address of the page that opened after the consent.")
    if place[-1] == PATH:
        raise _wrong(
            "it is the address of the consent page itself",
            "Open it, confirm, and paste the address of the page that opens then.",
        )
    if redirect_url and place != _place(redirect_url):
        raise _wrong(
            f"it does not begin with {redirect_url}, the redirect URL of the app",
            "Paste the address of the page that opened after the consent.",
        )
    given = {name: values[0] for name, values in parse_qs(urlsplit(pasted).query).items()}
    if "error" in given:
        raise ConsentDenied(
            "The seller did not agree.",
            subject="Seller Central",
            next_step="Begin the authorization again, signed in as the account's main user.",
        )
    missing = [name for name in ("state", "selling_partner_id", "spapi_oauth_code") if not given.get(name)]
    if missing:
        raise _wrong(f"{', '.join(missing)} is missing in it", "Copy the address whole, to its very end.")
    try:
        seller_id = check_seller_id(given["selling_partner_id"])
    except ValueError as error:
        raise _wrong(f"its selling_partner_id: {error}", "Paste the address as the browser shows it.") from None
    return Callback(given["state"], seller_id, given["spapi_oauth_code"])


def _place(url: str) -> tuple[str, str, int | None, str] | None:
    """Scheme, host, port and path; None for what is no web address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port, parts.path.rstrip("/")


def _wrong(words: str, next_step: str) -> UsageError:
    return UsageError(f"callback_url: {words}.", next_step=next_step, fields={"callback_url": words})
