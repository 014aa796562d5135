"""The form of a store."""

from __future__ import annotations

from tui.forms.fields import Field

STORE_FIELDS = (
    Field("name", "Name", required=True, help="What it is called here: letters, digits, spaces, . _ ( ) + -"),
    Field("url", "Address", required=True, help="As in the browser: https://shop.example"),
    Field("email", "E-mail", required=True, help="Of the administrator whose API key it is; not of a vendor."),
    Field("api_key", "API key", "secret", required=True, help="In the store: the administrator's profile, API access."),
    Field("currency", "Primary currency", required=True, help="Three letters, as set in the store: EUR"),
)

STORE_GUIDE = (
    "The store is reached through its REST API, with the e-mail and API key of one of its administrators.",
    "Where to find the key: in the store's administration open Customers (in newer versions Users), Administrators, "
    "choose the administrator, open the tab API access, switch it on and save. The key stands there from then on. The "
    "key of a vendor cannot do what imports need.",
    "The currency is the store's primary one. The API does not tell it, so it has to be entered; orders in another "
    "currency are held until an exchange rate is set in their channel.",
    "When you save, the store is asked about a dozen things; nothing is kept when it cannot be used.",
)
