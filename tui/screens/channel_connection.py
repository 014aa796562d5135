"""The first tab of a channel's form: where it belongs, and who gives it access to Amazon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from core import apps, stores
from core.actor import Actor
from core.amazon.marketplaces import in_region
from core.channels import registry
from core.model.account import MODE_PRIVATE, MODE_PUBLIC
from core.workspace import Workspace
from tui import guides
from tui.forms.fields import Choices, Field, Tab, Values
from tui.screens.app_fields import API_MODES, REGION_CHOICES
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

    hint = "Of Settings, Apps. Empty: the global one, or the only one."
    return Field(
        "app", "Public app", "choice", choices=names, blank="the usual one", when=_mode(MODE_PUBLIC), help=hint
    )


def _country_choices(workspace: Workspace, actor: Actor) -> Choices:
    """The countries of the region; for another marketplace, of the region of the seller."""

    def read(now: Values) -> list[Choice]:
        region = now.get("region")
        if now.get("app_mode") == JOINED:
            other = now.get("seller_of")
            region = registry.show(workspace, actor, str(other)).region if other else None
        found = in_region(str(region)) if region else []
        return [Choice(m.country, m.label, f"{m.currency}, {m.seller_central}") for m in found]

    return read


def connection_fields(workspace: Workspace, actor: Actor) -> list[Field]:
    """Where a new channel belongs and who gives it access to Amazon."""

    def store_choices(_: Values) -> list[Choice]:
        return [Choice(store.name, note=store.url) for store in stores.list_stores(workspace, actor)]

    def channel_choices(_: Values) -> list[Choice]:
        return [Choice(c.name, note=f"{c.country} {c.seller_id}") for c in registry.list_channels(workspace, actor)]

    private, regional = _mode(MODE_PRIVATE), _mode(MODE_PRIVATE, MODE_PUBLIC)
    country = _country_choices(workspace, actor)
    follows = ("app_mode", "region", "seller_of")
    return [
        Field("name", "Name", required=True, help="What it is called here: letters, digits, spaces, . _ ( ) + -"),
        Field("store", "Store", "choice", choices=store_choices, required=True, help="Where its orders go."),
        company_field(),
        Field("app_mode", "Connected by", "choice", choices=_MODES, required=True, help="f1 explains the difference."),
        Field(
            "seller_of",
            "Seller of channel",
            "choice",
            choices=channel_choices,
            required=True,
            when=_mode(JOINED),
            help="Whose seller.",
        ),
        _public_app_field(workspace),
        Field("region", "Region", "choice", choices=REGION_CHOICES, required=True, when=regional, help="Of Amazon."),
        Field("country", "Country", "choice", choices=country, depends=follows, required=True, help="Its marketplace."),
        Field("api_mode", "API mode", "choice", choices=API_MODES, required=True, when=private, help="Usually live."),
        Field("client_id", "Client id", required=True, when=private, help="amzn1.application-oa2-client.…"),
        *[replace(field, when=private) for field in credential_fields(required=True)],
        Field("seller_id", "Seller id", required=True, when=private, help="Settings, Account Info, Merchant Token."),
        app_status_field(),
    ]


def credential_fields(*, required: bool) -> list[Field]:
    """The secrets of a private app."""
    return [
        Field("client_secret", "Client secret", "secret", required=required, help="amzn1.oa2-cs.v1.…; f1 tells where."),
        Field("refresh_token", "Refresh token", "secret", required=required, help="Atzr|…; f1 tells where it is made."),
    ]


def company_field() -> Field:
    """The vendor or storefront."""
    help = "Multi-Vendor: the vendor's number. Several storefronts: which one."
    return Field("company_id", "Company or storefront", "number", least=1, blank="the only one", help=help)


def app_status_field() -> Field:
    """Whether anything may be sent."""
    return Field("app_status", "App status", "choice", choices=_APP_STATUS, required=True, help="Draft sends nothing.")


def connection_tab(fields: Sequence[Field]) -> Tab:
    """The first tab, with everything that helps to find the credentials."""
    guide = (*guides.APP_MODE, *guides.SELLER_ID, *guides.CLIENT, *guides.REFRESH_TOKEN, *guides.ROLES)
    return Tab("Connect", fields, guide)
