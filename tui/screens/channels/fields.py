"""The settings of a channel, in tabs: each of them is in the form, and each says in a line what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from core.amazon.carriers import CARRIERS, check_carrier
from core.amazon.credential_forms import check_queue_arn, check_role_arn
from core.channels.documents import SERVICE_LEVELS, STATUSES
from core.offers.plan.rules import check_price_rule
from core.products.plan.rules import DEFAULT_POLICY, LENGTH_UNITS, WEIGHT_UNITS
from core.settings import check_base_url
from tui import guides
from tui.forms.fields import Choices, Field, Tab, Values
from tui.screens.channels.order_policies import order_policies
from tui.widgets.choice import Choice

Lookups = Callable[[Values, str], Sequence[Choice]]
"""Reads the payments, shippings or statuses ("payment", "shipping", "status") of the channel's store, in a thread."""


def in_words(code: str) -> str:
    """A status or service level of Amazon as people write it."""
    return code.replace("_", " ").capitalize()


_FULFILMENT = (
    Choice("both", "both"),
    Choice("merchant", "merchant (FBM)", "orders that you ship"),
    Choice("amazon", "Amazon (FBA)", "orders that Amazon ships"),
)
_POLICIES = (
    Choice("always", "always", "what Amazon says is written"),
    Choice("fill_empty", "fill empty", "written where the store has nothing"),
    Choice("never", "never", "left as it is"),
)
_DELIVERY = (Choice("sqs", "SQS"), Choice("eventbridge", "EventBridge"))
_STATUS_CHOICES = tuple(Choice(status, in_words(status), status) for status in STATUSES)
_PREPARED = "as prepared in the store"
_DEFAULT_METHOD = "the default"
COD_NOT_SET = "not set: COD orders will be held"
COD_HELP = "Payment of orders paid on delivery; what is prepared in a store has none."
_BORN_WITH = dict.fromkeys(("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED"), "the one every store has")


def settings_tabs(lookups: Lookups, cod: str = "") -> list[Tab]:
    """All tabs but the first; `cod` is the payment of the global settings for cash on delivery, if they name one."""
    return [
        Tab("Sync", _sync(), guides.SYNC),
        Tab("Orders", _orders(), (*guides.HISTORY, *guides.ORDERS_FORM)),
        Tab("Payment", _payments(lookups, cod), guides.MAPPINGS),
        Tab("Shipping", _shipping(lookups), guides.MAPPINGS),
        Tab("Status", _statuses(lookups), guides.MAPPINGS),
        Tab("Carriers", [_carriers()], guides.CARRIERS),
        Tab("Stock", _stock(), guides.STOCK),
        Tab("Notify", _notifications(), guides.NOTIFICATIONS),
        Tab("Schedule", _schedule(), guides.SCHEDULE),
    ]


def _sync() -> list[Field]:
    def products(now: Values) -> bool:
        return bool(now.get("settings.sync_products"))

    def pulls(now: Values) -> bool:
        return products(now) and bool(now.get("settings.pull_products"))

    def shipments(now: Values) -> bool:
        return bool(now.get("settings.push_shipments"))

    return [
        Field("settings.use_queue", "Use the queue", "switch", help="Jobs go to the worker, whoever starts them."),
        Field("settings.pull_orders", "Pull orders", "switch", help="Orders of Amazon become orders of the store."),
        Field(
            "settings.push_shipments",
            "Push shipments",
            "switch",
            help="Shipments of the store are confirmed to Amazon, as often as set below.",
        ),
        Field(
            "settings.auto_push_shipments_minutes",
            "  Push them every",
            "number",
            least=0,
            most=10_080,
            blank="schedule off",
            when=shipments,
            help="Minutes; a worker has to run. 0 or empty: only when started by hand.",
        ),
        Field(
            "settings.pull_shipments",
            "Pull shipments",
            "switch",
            help="Parcels of others are entered into the store, with every push.",
        ),
        Field(
            "settings.sync_products",
            "Sync products",
            "switch",
            help="Off: no products by schedule, whatever is set below.",
        ),
        Field(
            "settings.pull_products",
            "  Pull products",
            "switch",
            when=products,
            help="Listings at Amazon become products of the store, by schedule.",
        ),
        *[replace(field, when=pulls) for field in _product_fields()],
        Field(
            "settings.push_products",
            "  Push products",
            "switch",
            when=products,
            help="Exported listings are followed, and kept as they were sent, by schedule.",
        ),
    ]


def _product_fields() -> list[Field]:
    """What an import writes of products that are in the store already, and the units that it writes in."""
    about = "What an import writes of it to a product that the store has already."
    policies = [
        Field(
            f"settings.product_fields.{name}",
            f"    {name.capitalize()}",
            "choice",
            choices=_POLICIES,
            blank=in_words(policy).lower(),
            help=about,
        )
        for name, policy in DEFAULT_POLICY.items()
    ]
    units = (
        ("weight_unit", "    Unit of weight", WEIGHT_UNITS, "The unit that the store has for weights."),
        ("length_unit", "    Unit of length", LENGTH_UNITS, "The unit that the store has for lengths."),
    )
    identifier = Field(
        "settings.product_identifier",
        "    Identifier in",
        blank="not looked for",
        help="The store's field or feature with EAN, UPC, ISBN or GTIN to link by.",
    )
    return [identifier, *policies] + [
        Field(f"settings.{name}", label, "choice", choices=tuple(map(Choice, known)), required=True, help=text)
        for name, label, known, text in units
    ]


def _stock() -> list[Field]:
    def pushes(now: Values) -> bool:
        return bool(now.get("settings.push_stock"))

    return [
        Field(
            "settings.push_stock",
            "Push stock",
            "switch",
            help="The store's prices and stock reach Amazon by schedule.",
        ),
        Field(
            "settings.push_every_seconds",
            "  Push it every",
            "number",
            least=0,
            most=604_800,
            blank="schedule off",
            when=pushes,
            help="Seconds; 30 is usual. A worker has to run.",
        ),
        _pieces("buffer", "Buffer", "Pieces that are kept back.", required=True),
        _pieces("quantity_minimum", "Minimum", "What is left of fewer than these is told as 0.", required=True),
        _pieces("quantity_cap", "Cap", "More are never told. Products without tracked stock have these.", least=1),
        _price_rule("percent", "Price: percent", "Added to the store's price: 10, or -2.5"),
        _price_rule("amount", "Price: amount", "Added after the percent, in Amazon's currency."),
        _price_rule("ending", "Price: ending", "Up to the next price that ends so: 0.99"),
        _price_rule("minimum", "Price: minimum", "Never below, in Amazon's currency."),
    ]


def _pieces(name: str, label: str, help: str, *, least: int = 0, required: bool = False) -> Field:
    return Field(
        f"settings.{name}", label, "number", help, least=least, most=100_000, required=required, blank="no limit"
    )


def _price_rule(name: str, label: str, help: str) -> Field:
    return Field(f"settings.price_rules.{name}", label, help=help, check=partial(check_price_rule, name), blank="none")


def _orders() -> list[Field]:
    return [
        Field(
            "settings.orders_from",
            "Orders from",
            "timestamp",
            blank="30 days before it was connected",
            help="At most 720 days back; f1 explains.",
        ),
        Field(
            "settings.orders_to",
            "Orders to",
            "timestamp",
            blank="no end",
            help="Later orders are ignored. A day without a time means its beginning.",
        ),
        Field(
            "settings.order_statuses",
            "Order statuses",
            "multi",
            choices=_STATUS_CHOICES,
            help="Amazon orders with these statuses are imported.",
        ),
        Field(
            "settings.fulfilment",
            "Fulfilment",
            "choice",
            choices=_FULFILMENT,
            required=True,
            help="Who ships the orders to import.",
        ),
        Field(
            "settings.anonymise_orders",
            "Anonymise",
            "switch",
            help="In the store too, buyers' data is replaced when it is deleted here.",
        ),
        *order_policies(),
    ]


def _payments(lookups: Lookups, cod: str) -> list[Field]:
    def payments(now: Values) -> Sequence[Choice]:
        return lookups(now, "payment")

    return [
        _mapped(
            "settings.payments.prepaid", "Prepaid", payments, _PREPARED, "Payment of orders that were paid at Amazon."
        ),
        replace(
            _mapped("settings.payments.cod", "Cash on delivery", payments, cod or COD_NOT_SET, COD_HELP), warns=not cod
        ),
    ]


def _shipping(lookups: Lookups) -> list[Field]:
    def methods(now: Values) -> Sequence[Choice]:
        return lookups(now, "shipping")

    default = _mapped("settings.shipping.default", "Default", methods, _PREPARED, "For every service level not named.")
    levels = [
        _mapped(
            f"settings.shipping.{level}", in_words(level), methods, _DEFAULT_METHOD, f"Amazon's service level {level}."
        )
        for level in SERVICE_LEVELS
    ]
    return [default, *levels]


def _statuses(lookups: Lookups) -> list[Field]:
    def statuses(now: Values) -> Sequence[Choice]:
        return lookups(now, "status")

    no_stock = "Status of orders that must not move stock: one that gives it back."
    return [
        *[
            _mapped(
                f"settings.statuses.{status}",
                in_words(status),
                statuses,
                _BORN_WITH.get(status, "not set"),
                f"The store's status of orders that are {status} at Amazon.",
            )
            for status in STATUSES
        ],
        _mapped("settings.statuses.NO_STOCK", "No stock effect", statuses, _PREPARED, no_stock),
    ]


def _carriers() -> Field:
    text = "One a line: carrier of the store = carrier of Amazon. f4 shows Amazon's."
    known = tuple(Choice(code) for code in CARRIERS)
    return Field("settings.carriers", "Carriers", "lines", choices=known, check=check_carriers, help=text)


def check_carriers(text: str) -> str:
    """Lines "carrier of the store = carrier of Amazon"; raises ValueError that names the wrong line."""
    return "\n".join(f"{store} = {amazon}" for store, amazon in carriers_of(text.splitlines()).items())


def carriers_of(lines: Sequence[str]) -> dict[str, str]:
    """The mapping that lines mean; raises ValueError."""
    carriers: dict[str, str] = {}
    for line in lines:
        store, equals, amazon = (part.strip() for part in line.partition("="))
        if not (store and equals and amazon):
            raise ValueError(f"{line.strip()!r} is not of the form: ups = UPS")
        if store in carriers:
            raise ValueError(f"{store!r} stands there twice")
        carriers[store] = check_carrier(amazon)
    return carriers


def carrier_lines(carriers: Mapping[str, str]) -> tuple[str, ...]:
    """The reverse of `carriers_of`."""
    return tuple(f"{store} = {amazon}" for store, amazon in sorted(carriers.items()))


_AWS_KEYS = "Of an AWS user who may read the queue."
_MACHINE_KEYS = "For a vendor's channel without keys; only administrators allow it."


def _notifications() -> list[Field]:
    role = "Kept for settings of the former add-on; Amazon does not ask for it any more."
    return [
        Field(
            "notifications.queue_url", "Queue URL", check=check_base_url, help="Of the SQS queue that is listened to."
        ),
        Field("notifications.queue_arn", "Queue or bus ARN", check=check_queue_arn, help="Where Amazon sends to."),
        Field("notifications.delivery", "Delivered by", "choice", choices=_DELIVERY, help="Follows from the ARN."),
        Field("notifications.aws_access_key", "AWS access key", "secret", help=_AWS_KEYS),
        Field("notifications.aws_secret_key", "AWS secret key", "secret", help=_AWS_KEYS),
        Field("notifications.machine_keys", "Machine's AWS keys", "switch", help=_MACHINE_KEYS),
        Field("notifications.role_arn", "Role ARN", help=role, blank="not needed", check=check_role_arn),
    ]


def _schedule() -> list[Field]:
    orders = Field(
        "settings.auto_pull_orders_minutes",
        "Pull orders every",
        "number",
        least=0,
        most=10_080,
        blank="schedule off",
        warns=True,
        help="Minutes; 15 is usual. A worker has to run.",
    )
    reconcile = Field(
        "settings.auto_reconcile_orders_minutes",
        "Reconcile every",
        "number",
        least=0,
        most=10_080,
        blank="nightly, with the orders",
        help="Minutes; orders are compared with Amazon's own report.",
    )
    purge = Field(
        "settings.auto_purge_orders_minutes",
        "Purge orders every",
        "number",
        least=1,
        most=1_440,
        blank="hourly",
        help="Minutes; deletes personal data whose time is over, also when disabled.",
    )
    products = Field(
        "settings.auto_pull_products_minutes",
        "Pull products every",
        "number",
        least=0,
        most=10_080,
        blank="schedule off",
        help="Minutes; 360 is usual. Amazon makes its report anew every half hour at most.",
    )
    categories = Field(
        "settings.auto_pull_categories_minutes",
        "Pull categories every",
        "number",
        least=0,
        most=10_080,
        blank="schedule off",
        help="Minutes; 10080 is once a week.",
    )
    listings = Field(
        "settings.auto_follow_listings_minutes",
        "Follow listings every",
        "number",
        least=0,
        most=10_080,
        blank="schedule off",
        help="Minutes; 15 is usual. Only what is not settled is looked at.",
    )
    return [orders, reconcile, purge, categories, products, listings]


def agree(now: Values) -> dict[str, str]:
    """What is wrong with settings beside each other."""
    start, end = now.get("settings.orders_from"), now.get("settings.orders_to")
    if isinstance(start, datetime) and isinstance(end, datetime) and end < start:
        return {"settings.orders_to": "it is before Orders from"}
    return {}


def _mapped(name: str, label: str, choices: Choices, blank: str, help: str) -> Field:
    return Field(name, label, "choice", choices=choices, depends=("store",), blank=blank, help=help)
