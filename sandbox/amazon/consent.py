"""Seller Central's consent page for public applications, as far as a program that uses it can tell.

GET /apps/authorize/consent?application_id&state[&redirect_uri][&version=beta]

It shows who asks, lets one choose a seller account, and sends the browser on to the redirect URI with `state`,
`selling_partner_id` and `spapi_oauth_code`. Two parameters are the sandbox's own: `auto=1` confirms at once, `seller`
chooses the account (its id; else the first).

Refusals are HTML pages with Amazon's codes: MD1000 for an application that is unknown, or in draft and asked for
without `version=beta` (or published and asked for with it); MD5101 for a redirect URI that is not registered.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Flask, Response, redirect, render_template_string, request

from sandbox.amazon.access import Account
from sandbox.amazon.applications import PUBLIC, Application
from sandbox.amazon.gate import Gate
from sandbox.amazon.state import Amazon

PATH = "/apps/authorize/consent"
OPERATION = "consent"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Authorize {{ name }}</title></head>
<body><h1>{{ name }} asks for access to your seller account</h1>
<form method="post" action="{{ path }}">
{% for field, value in fields.items() %}<input type="hidden" name="{{ field }}" value="{{ value }}">
{% endfor %}<label>Seller account <select name="seller">
{% for one in accounts %}<option value="{{ one.seller_id }}">{{ one.store_name }} ({{ one.region }})</option>
{% endfor %}</select></label>
<button type="submit">Confirm</button>
</form></body></html>
"""
_ERROR = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Error {{ code }}</title></head>
<body><h1>We're sorry, an error has occurred</h1><p>{{ message }}</p><p>Error code: {{ code }}</p></body></html>
"""


class Mistake(Exception):
    """The consent cannot be asked for like this."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def add_consent(app: Flask, amazon: Amazon, gate: Gate) -> None:
    """The page, and what its button does."""

    @app.get(PATH)
    def consent_page() -> Response:
        return gate.run(OPERATION, lambda: _answer(amazon, confirmed=request.args.get("auto") == "1"))

    @app.post(PATH)
    def consent_given() -> Response:
        return gate.run(OPERATION, lambda: _answer(amazon, confirmed=True))


def _answer(amazon: Amazon, confirmed: bool) -> Response:
    try:
        application, redirect_uri = _asked(amazon)
        if confirmed:
            return _sent_back(amazon, application, redirect_uri)
    except Mistake as mistake:
        text = render_template_string(_ERROR, code=mistake.code, message=mistake.message)
        return Response(text, 400, mimetype="text/html")
    kept = ("application_id", "state", "redirect_uri", "version")
    fields = {name: request.values[name] for name in kept if name in request.values}
    page = render_template_string(_PAGE, name=application.name, path=PATH, fields=fields, accounts=amazon.accounts)
    return Response(page, mimetype="text/html")


def _asked(amazon: Amazon) -> tuple[Application, str]:
    """The application that asks, and where the answer goes; Mistake when the page would not open."""
    given = request.values
    application_id = given.get("application_id", "")
    found = [one for one in amazon.access.applications if one.application_id == application_id and one.mode == PUBLIC]
    if not found:
        raise Mistake("MD1000", f"There is no application {application_id!r}.")
    application = found[0]
    if application.draft != (given.get("version") == "beta"):
        state = "a draft: version=beta is needed" if application.draft else "published: version=beta must go"
        raise Mistake("MD1000", f"The application is {state}.")
    redirect_uri = given.get("redirect_uri") or application.redirect_uris[0]
    if redirect_uri not in application.redirect_uris:
        raise Mistake("MD5101", f"The redirect URI {redirect_uri!r} is not registered.")
    return application, redirect_uri


def _sent_back(amazon: Amazon, application: Application, redirect_uri: str) -> Response:
    account = _account(amazon)
    answer = {
        "state": request.values.get("state", ""),
        "selling_partner_id": account.seller_id,
        "spapi_oauth_code": amazon.access.consent(application, account, redirect_uri),
    }
    parts = urlsplit(redirect_uri)
    query = "&".join(part for part in (parts.query, urlencode(answer)) if part)
    response = redirect(urlunsplit(parts._replace(query=query)))
    assert isinstance(response, Response)
    return response


def _account(amazon: Amazon) -> Account:
    wanted = request.values.get("seller")
    if not wanted:
        return amazon.accounts[0]
    try:
        return amazon.account(wanted)
    except KeyError:
        # Seller Central knows who has signed in; this one is the sandbox's own mistake to make.
        raise Mistake("SANDBOX", f"There is no seller account {wanted!r}.") from None
