"""The first tab of a channel's form: where it belongs, and who gives it access to Amazon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from core import apps, stores
from core.actor import Actor
from core.amazon.credential_forms import check_client_id, check_client_secret, check_refresh_token, check_seller_id
from core.amazon.marketplaces import MARKETPLACES, REGIONS, Marketplace, in_region
from core.channels import registry
from core.channels.views import list_channels
from core.model.account import MODE_PRIVATE, MODE_PUBLIC
from core.names import check_name
from core.workspace import Workspace
from tui import guides
from tui.forms.fields import Choices, Field, Tab, Values
from tui.screens.settings.app_fields import API_MODES, NAME_HELP
from tui.screens.settings.companies import company_choices, company_field
from tui.widgets.choice import Choice

JOINED = "joined"
"""The app mode in the form of a channel that shares the seller account of another one."""

_MODES = (
    Choice(MODE_PRIVATE, "private app", "the seller's own credentials"),
    Choice(MODE_PUBLIC, "public app", "the seller gives a consent (OAuth)"),
    Choice(JOINED, "another marketplace of a connected seller", "credentials and quotas are shared"),
)
_APP_STATUS = (Choice("active", "active"), Choice("draft", "draft", "nothing is sent to Amazon"))


def _mode(*modes: str) -> Callable[[Values], bool]:
    return lambda now: now.get("app_mode") in modes


def _public_app_field(workspace: Workspace) -> Field:
    def names(_: Values) -> list[Choice]:
        return [Choice(name) for name in apps.public_names(workspace)]

    hint = "One of Settings, Apps. Empty: the global one, or the only one."
    return Field(
        "app", "Public app", "choice", choices=names, blank="the default one", when=_mode(MODE_PUBLIC), help=hint
    )


def _country_choices(workspace: Workspace, actor: Actor) -> Choices:
    """All countries, each with the region it is in; for another marketplace, those of the region of the seller."""

    def read(now: Values) -> list[Choice]:
        if now.get("app_mode") != JOINED:
            return country_choices(sorted(MARKETPLACES, key=lambda one: one.country))
        other = now.get("seller_of")
        return country_choices(in_region(registry.show(workspace, actor, str(other)).region) if other else [])

    return read


def country_choices(found: Iterable[Marketplace]) -> list[Choice]:
    """Marketplaces by country; the region follows from the country, and is shown beside it."""
    return [
        Choice(m.country, f"{m.label} · {REGIONS[m.region].name}", f"{m.currency}, {m.seller_central}") for m in found
    ]


def connection_fields(workspace: Workspace, actor: Actor) -> list[Field]:
    """Where a new channel belongs and who gives it access to Amazon."""

    def store_choices(_: Values) -> list[Choice]:
        return [Choice(store.name, note=store.url) for store in stores.list_stores(workspace, actor)]

    def channel_choices(_: Values) -> list[Choice]:
        return [Choice(c.name, note=f"{c.country} {c.seller_id}") for c in list_channels(workspace, actor)]

    def companies(now: Values) -> list[Choice]:
        return company_choices(workspace, actor, str(now["store"])) if now.get("store") else []

    private = _mode(MODE_PRIVATE)
    country = _country_choices(workspace, actor)
    return [
        Field("name", "Name", required=True, check=check_name, help=NAME_HELP),
        Field("store", "Store", "choice", choices=store_choices, required=True, help="Where its orders go."),
        company_field(companies),
        Field(
            "country",
            "Country",
            "choice",
            choices=country,
            depends=("app_mode", "seller_of"),
            required=True,
            help="The Amazon marketplace; its region follows from it.",
        ),
        Field("app_mode", "Connected by", "choice", choices=_MODES, required=True, help="f1 explains the difference."),
        Field(
            "seller_of",
            "Seller of channel",
            "choice",
            choices=channel_choices,
            required=True,
            when=_mode(JOINED),
            help="The channel whose seller account is shared.",
        ),
        _public_app_field(workspace),
        Field("api_mode", "API mode", "choice", choices=API_MODES, required=True, when=private, help="Usually live."),
        Field(
            "client_id",
            "Client id",
            required=True,
            check=check_client_id,
            when=private,
            help="amzn1.application-oa2-client.…",
        ),
        *[replace(field, when=private) for field in credential_fields(required=True)],
        Field(
            "seller_id",
            "Seller id",
            required=True,
            check=check_seller_id,
            when=private,
            help="In Seller Central: Settings, Account Info, Merchant Token.",
        ),
        app_status_field(),
    ]


def credential_fields(*, required: bool) -> list[Field]:
    """The secrets of a private app."""
    secret = Field("client_secret", "Client secret", "secret", "amzn1.oa2-cs.v1.…; f1 tells where.", required=required)
    token = Field("refresh_token", "Refresh token", "secret", "Atzr|…; f1 tells where it is made.", required=required)
    return [replace(secret, check=check_client_secret), replace(token, check=check_refresh_token)]


def app_status_field() -> Field:
    """Whether anything may be sent."""
    return Field("app_status", "App status", "choice", choices=_APP_STATUS, required=True, help="Draft sends nothing.")


def connection_tab(fields: Sequence[Field]) -> Tab:
    """The first tab, with everything that helps to find the credentials."""
    guide = (*guides.APP_MODE, *guides.SELLER_ID, *guides.CLIENT, *guides.REFRESH_TOKEN, *guides.ROLES)
    return Tab("Connect", fields, guide)
