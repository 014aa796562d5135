"""Where people look at an order: its pages in Seller Central and in the store's administration.

An address is made only of what it was checked to be: an id of another shape gets none, so that nothing from outside
ever stands in an address or in the escape sequence of a link.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from core.amazon.marketplaces import by_id
from core.model.store import Store
from core.settings import Settings

_AMAZON_ID = re.compile(r"[0-9A-Z]{3}-[0-9]{7}-[0-9]{7}")
"""As Amazon numbers orders: "028-1493094-5496457"."""
_VENDORS = "vendor.php"
"""What opens the panel of a vendor in Multi-Vendor."""


def seller_central_url(settings: Settings, marketplace_id: str, order_id: str) -> str:
    """The page of an order in the Seller Central of its marketplace; "" where there is none to name.

    `CROSSDOCK_SELLER_CENTRAL_URL` takes the place of Amazon's addresses.
    """
    marketplace = by_id(marketplace_id)
    base = settings.seller_central_url or (f"https://{marketplace.seller_central}" if marketplace else "")
    return f"{base}/orders-v3/order/{order_id}" if base and _AMAZON_ID.fullmatch(order_id) else ""


def store_panel_url(store: Store, store_order_id: int | None, *, for_vendor: bool) -> str:
    """The page of an order in the store's administration, for vendors in their own panel; "" without an order."""
    if store_order_id is None:
        return ""
    script = _VENDORS if for_vendor else store.admin_script
    query = urlencode({"dispatch": "orders.details", "order_id": int(store_order_id)})
    return f"{_encoded(store.url)}/{quote(script)}?{query}"


def _encoded(url: str) -> str:
    """An address that was checked when it was entered; what a terminal could take for an end of it is encoded."""
    return quote(url.rstrip("/"), safe=":/[]@%~!$&'()*+,=-._")
