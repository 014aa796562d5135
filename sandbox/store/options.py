"""What can be set about the sandbox store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

API_EMAIL = "api@shop.example"
API_KEY = "0123456789abcdefABCDEF0123456789"


@dataclass
class StoreOptions:
    """Kind and habits of the store. Every option can be given by name in `Sandbox(store_options={...})`."""

    email: str = API_EMAIL
    """User name of the administrator whose key works."""
    api_key: str = API_KEY
    vendor_email: str = "vendor@shop.example"
    vendor_key: str | None = None
    """API key of a vendor user, who may only read the catalogue; None: there is no such user."""
    bare: bool = False
    """True: no status S, no payment and no shipping named "Amazon"; `store prepare` has to create them."""
    edition: str = "ULTIMATE"
    """"ULTIMATE" (storefronts) or "MULTIVENDOR"."""
    rewrite: bool = True
    """False: `/api/...` answers an HTML 404 page, only `/api.php?_d=...` works."""
    order_data: bool = True
    """False: the answer to an order's creation holds only `order_id`, as in old builds."""
    old_build: bool = False
    """True: no `versions`, no `updated_at_*` filters, short error bodies, notify keys force a rebuild."""
    allow_negative: bool = False
    """The store setting "allow negative amount in inventory"."""
    currency: str = "EUR"
    decimals: int = 2
    """Decimals prices are rounded to."""
    company_ids: Sequence[int] = (1, 2)
    """Storefronts or vendors; every product belongs to the first one unless `product_companies` says else."""
    product_companies: Mapping[int, int] = field(default_factory=dict)
    """Product id -> storefront or vendor that owns it."""
    shared_products: Sequence[int] = ()
    """Products that their storefront shares with all others."""
    category_companies: Mapping[int, int] = field(default_factory=dict)
    """Category id -> storefront that owns it; the others are everybody's."""
    low_stock: Mapping[int, int] = field(default_factory=dict)
    """Product id -> stock at the start, in place of the world's."""
    product_overrides: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """Product id -> fields of StoreProduct set at the start, such as {"qty_step": 4}."""
    login_page: bool | str = False
    """True: wrong credentials get a login page with status 200, not 401; "redirect": a redirect to it."""
    filter_params_ignored: bool = False
    """True: `filter_params` on products has no effect."""
    email_filter_ignored: bool = False
    """True: `email` on orders has no effect."""
    max_items_per_page: int | None = None
    """A host's cap on the page size; the store itself has none."""
    default_items_per_page: int = 10
    longest_address: int | None = None
    """Bytes of path and query beyond which the web server in front answers 414; None: it takes any."""
    promotions_active: bool = False
    """True: a cart promotion takes 10 % off the subtotal of every order."""
    tax_rate: str | None = None
    """Per cent; given, every product carries tax 6 at that rate."""
    tax_included: bool = True
    """Whether prices contain the tax of `tax_rate`."""
    min_order_amount: str = "0.00"
    disabled_profile_fields: Sequence[str] = ()
    """Address fields not enabled for checkout: read at the top level of an order, not in `user_data`."""
    image_seconds: float = 0.0
    """REAL seconds that the store takes to download a picture, within the call."""
    failing_images: dict[str, int] = field(default_factory=dict)
    """Part of a picture's address -> downloads that fail, without the caller being told; -1: all of them."""
    echoes: str = ""
    """"create" or "update": such writes of orders are refused, and the refusal repeats personal data; see `echo`."""
    stock_window: float = 0.0002
    """REAL seconds between reading a product's amount and writing it back, without a lock."""
    product_version: str = "4.18.3"

    def __post_init__(self) -> None:
        if self.edition not in ("ULTIMATE", "MULTIVENDOR"):
            raise ValueError(f"edition {self.edition!r} is neither ULTIMATE nor MULTIVENDOR")
        if not self.company_ids:
            raise ValueError("company_ids needs at least one id")

    @classmethod
    def read(cls, given: Mapping[str, Any] | None) -> StoreOptions:
        """Options from a plain dict; an unknown name is an error that says so."""
        known = {spec.name for spec in fields(cls)}
        unknown = sorted(set(given or {}) - known)
        if unknown:
            raise ValueError(f"unknown store option {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        options = cls(**dict(given or {}))
        # Documents from JSON have text keys.
        options.category_companies = {int(key): int(value) for key, value in options.category_companies.items()}
        options.low_stock = {int(key): int(value) for key, value in options.low_stock.items()}
        options.product_companies = {int(key): int(value) for key, value in options.product_companies.items()}
        options.product_overrides = {int(key): value for key, value in options.product_overrides.items()}
        return options

    @property
    def multivendor(self) -> bool:
        return self.edition == "MULTIVENDOR"

    @property
    def single_storefront(self) -> bool:
        return not self.multivendor and len(self.company_ids) == 1
