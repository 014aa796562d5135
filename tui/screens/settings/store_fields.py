"""The form of a store."""

from __future__ import annotations

from core.names import check_name
from core.stores import check_address, check_currency, check_email, check_script
from tui.forms.fields import Field
from tui.screens.settings.app_fields import NAME_HELP
from tui.widgets.choice import Choice

_EDITIONS = (
    Choice("ultimate", "CS-Cart", "companies are storefronts of one seller"),
    Choice("multivendor", "Multi-Vendor", "companies are vendors"),
)

STORE_FIELDS = (
    Field("name", "Name", required=True, check=check_name, help=NAME_HELP),
    Field("url", "Address", required=True, check=check_address, help="As in the browser: https://shop.example"),
    Field("email", "E-mail", required=True, check=check_email, help="Of the administrator whose API key it is."),
    Field("api_key", "API key", "secret", required=True, help="In the store: the administrator's profile, API access."),
    Field(
        "currency",
        "Primary currency",
        required=True,
        check=check_currency,
        help="Three letters, as set in the store: EUR",
    ),
    Field(
        "edition",
        "Edition",
        "choice",
        choices=_EDITIONS,
        blank="as the store says",
        help="Only where the store does not say it; you are asked then.",
    ),
)

ADMIN_SCRIPT = Field(
    "admin_script",
    "Admin script",
    required=True,
    check=check_script,
    help="What opens its administration in a browser; links to orders lead there.",
)
"""Asked for later on: shops that renamed it are few, and nothing but links needs it."""

STORE_GUIDE = (
    "The store is reached through its REST API, with the e-mail and API key of one of its administrators.",
    "Where to find the key: in the store's administration open Customers (in newer versions Users), Administrators, "
    "choose the administrator, open the tab API access, switch it on and save. The key stands there from then on. The "
    "key of a vendor cannot do what imports need.",
    "The currency is the store's primary one. The API does not give it, so it has to be entered; orders in another "
    "currency are held until an exchange rate is set in their channel.",
    "The edition is detected. Some hosts block what it is read from; then choose the one at the foot of the "
    "store's administration. A wrong one would give orders wrong totals, statuses and stock.",
    "When you save, the store is asked about a dozen things; nothing is stored when it cannot be used.",
)
