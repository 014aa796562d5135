"""The form of an Amazon application."""

from __future__ import annotations

from dataclasses import replace

from core.amazon.credential_forms import check_application_id, check_client_id, check_client_secret
from core.amazon.marketplaces import REGIONS
from core.app_documents import check_redirect_url
from core.apps import AppView
from core.model.account import MODE_PRIVATE, MODE_PUBLIC
from core.names import check_name
from tui import guides
from tui.forms.fields import Field, Value, Values
from tui.widgets.choice import Choice

MODES = (
    Choice(MODE_PRIVATE, "private", "client credentials of one seller"),
    Choice(MODE_PUBLIC, "public", "sellers give their consent (OAuth)"),
)
API_MODES = (Choice("live", "live"), Choice("sandbox", "sandbox", "Amazon's own test hosts"))
REGION_CHOICES = tuple(Choice(region.code, region.name) for region in REGIONS.values())


def _public(now: Values) -> bool:
    return now.get("mode") == MODE_PUBLIC


NAME_HELP = "What it is called here: letters, digits, spaces, . _ ( ) + -"

APP_FIELDS = (
    Field("name", "Name", required=True, check=check_name, help=NAME_HELP),
    Field("mode", "App mode", "choice", choices=MODES, required=True, help="Public: many sellers. Private: one."),
    Field(
        "api_mode",
        "API mode",
        "choice",
        choices=API_MODES,
        required=True,
        help="Sandbox: made-up data of Amazon's test hosts.",
    ),
    Field(
        "region",
        "Region",
        "choice",
        choices=REGION_CHOICES,
        blank="set per channel",
        help="Of all its sellers, where they sell in one region only.",
    ),
    Field(
        "app_id",
        "App ID",
        required=True,
        check=check_application_id,
        help="amzn1.sp.solution.… It is another one than the client id.",
        when=_public,
    ),
    Field(
        "client_id",
        "Client id",
        required=True,
        check=check_client_id,
        help="amzn1.application-oa2-client.… from View in Develop Apps.",
    ),
    Field(
        "client_secret",
        "Client secret",
        "secret",
        required=True,
        check=check_client_secret,
        help="amzn1.oa2-cs.v1.… beside the client id.",
    ),
    Field("redirect_url", "Redirect URL", check=check_redirect_url, when=_public, help="As registered with the app."),
    Field("draft_app", "Draft app", "switch", when=_public, help="Not published yet: Amazon's page wants to know."),
    Field("secret_expires_at", "Secret expires", "timestamp", blank="180 days after it is entered", help="If known."),
)

SECRET_FIELDS = tuple(field for field in APP_FIELDS if field.name in ("client_secret", "secret_expires_at"))
"""Of a new secret that was made by hand."""
APP_GUIDE = (*guides.APP_MODE, *guides.CLIENT, *guides.PUBLIC_APP)


def app_values(app: AppView) -> dict[str, Value]:
    """What the form of an app begins with."""
    values: dict[str, Value] = {field.name: getattr(app, field.name, None) for field in APP_FIELDS}
    return values | {"client_secret": app.client_secret, "secret_expires_at": app.secret_expires_at}


def changeable(app: AppView) -> list[Field]:
    """The fields of an app that is there: its name and mode stay."""
    mode: Values = {"mode": app.mode}
    fields = [field for field in APP_FIELDS if field.name not in ("name", "mode")]
    return [replace(field, when=None) for field in fields if field.when is None or field.when(mode)]
