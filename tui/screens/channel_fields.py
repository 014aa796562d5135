"""The settings of a channel, in tabs: each of them is in the form, and each says in a line what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.amazon.carriers import CARRIERS, check_carrier
from core.channels.documents import SERVICE_LEVELS, STATUSES
from tui import guides
from tui.forms.fields import Choices, Field, Tab, Values
from tui.widgets.choice import Choice

Lookups = Callable[[Values, str], Sequence[Choice]]
"""Reads the payments, shippings or statuses ("payment", "shipping", "status") of the channel's store, in a thread."""

_FULFILMENT = (
    Choice("both", "both"),
    Choice("merchant", "merchant (FBM)", "orders that you ship"),
    Choice("amazon", "Amazon (FBA)", "orders that Amazon ships"),
)
_DELIVERY = (Choice("sqs", "SQS"), Choice("eventbridge", "EventBridge"))
_STATUS_CHOICES = tuple(Choice(status) for status in STATUSES)
_PREPARED = "as prepared in the store"
_DEFAULT_METHOD = "the default"
_BORN_WITH = dict.fromkeys(("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED"), "as every store has it")


def settings_tabs(lookups: Lookups) -> list[Tab]:
    """All tabs but the first."""
    return [
        Tab("Sync", _sync(), guides.SYNC),
        Tab("Orders", _orders(), (*guides.HISTORY, *guides.ORDERS_FORM)),
        Tab("Payment", _payments(lookups), guides.MAPPINGS),
        Tab("Shipping", _shipping(lookups), guides.MAPPINGS),
        Tab("Status", _statuses(lookups), guides.MAPPINGS),
        Tab("Carriers", [_carriers()], guides.CARRIERS),
        Tab("Notify", _notifications(), guides.NOTIFICATIONS),
        Tab("Schedule", _schedule(), guides.SCHEDULE),
    ]


def _sync() -> list[Field]:
    def products(now: Values) -> bool:
        return bool(now.get("settings.sync_products"))

    return [
        Field(
            "settings.use_queue", "Use the queue", "switch", help="Work goes to the worker, from wherever it is asked."
        ),
        Field("settings.pull_orders", "Pull orders", "switch", help="Orders of Amazon become orders of the store."),
        Field(
            "settings.push_shipments",
            "Push shipments",
            "switch",
            help="Shipments of the store are confirmed to Amazon.",
        ),
        Field("settings.sync_products", "Sync products", "switch", help="Products are kept alike on both sides."),
        Field("settings.pull_products", "  Pull products", "switch", when=products, help="From Amazon to the store."),
        Field("settings.push_products", "  Push products", "switch", when=products, help="From the store to Amazon."),
    ]


def _orders() -> list[Field]:
    rate = "One unit in the store's currency: 1.08, or by name: USD 0.92, JPY 0.0061"
    return [
        Field(
            "settings.orders_from",
            "Orders from",
            "moment",
            blank="30 days before it was connected",
            help="At most 720 days back; f1 explains.",
        ),
        Field(
            "settings.orders_to",
            "Orders to",
            "moment",
            blank="no end",
            help="Later orders are left alone. A day without a time means its beginning.",
        ),
        Field(
            "settings.order_statuses",
            "Order statuses",
            "multi",
            choices=_STATUS_CHOICES,
            help="Which become store orders.",
        ),
        Field(
            "settings.fulfilment",
            "Fulfilment",
            "choice",
            choices=_FULFILMENT,
            required=True,
            help="Who ships the orders to import.",
        ),
        Field("settings.exchange_rate", "Exchange rate", blank="same currency", help=rate),
    ]


def _payments(lookups: Lookups) -> list[Field]:
    def payments(now: Values) -> Sequence[Choice]:
        return lookups(now, "payment")

    return [
        _mapped("settings.payments.prepaid", "Prepaid", payments, _PREPARED, "Payment of orders paid at Amazon."),
        _mapped(
            "settings.payments.cod", "Cash on delivery", payments, _PREPARED, "Payment of orders paid at the door."
        ),
    ]


def _shipping(lookups: Lookups) -> list[Field]:
    def methods(now: Values) -> Sequence[Choice]:
        return lookups(now, "shipping")

    text = "Shipping method of the store for orders of this service level."
    default = _mapped("settings.shipping.default", "Default", methods, _PREPARED, "For every service level not named.")
    levels = [_mapped(f"settings.shipping.{level}", level, methods, _DEFAULT_METHOD, text) for level in SERVICE_LEVELS]
    return [default, *levels]


def _statuses(lookups: Lookups) -> list[Field]:
    def statuses(now: Values) -> Sequence[Choice]:
        return lookups(now, "status")

    text = "The store's status for orders that Amazon says are so."
    no_stock = "Of orders that must not move stock: a status that gives it back."
    return [
        *[
            _mapped(f"settings.statuses.{status}", status, statuses, _BORN_WITH.get(status, "not set"), text)
            for status in STATUSES
        ],
        _mapped("settings.statuses.NO_STOCK", "NO_STOCK", statuses, _PREPARED, no_stock),
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


def _notifications() -> list[Field]:
    return [
        Field("notifications.aws_access_key", "AWS access key", "secret", help="Of a user that may read the queue."),
        Field("notifications.aws_secret_key", "AWS secret key", "secret", help="Beside the access key in AWS."),
        Field("notifications.role_arn", "Role ARN", help="arn:aws:iam::…; no longer needed by Amazon."),
        Field(
            "notifications.delivery",
            "Delivered by",
            "choice",
            choices=_DELIVERY,
            blank="as the ARN says",
            help="What the ARN below is of.",
        ),
        Field("notifications.queue_arn", "Queue or bus ARN", help="arn:aws:sqs:… or arn:aws:events:…"),
        Field("notifications.queue_url", "Queue URL", help="Where the queue is read: https://sqs.…"),
    ]


def _schedule() -> list[Field]:
    def minutes(name: str, label: str) -> Field:
        return Field(name, label, "number", least=0, most=10_080, blank="never", help="Minutes; a worker has to run.")

    return [
        minutes("settings.auto_pull_orders_minutes", "Pull orders every"),
        minutes("settings.auto_pull_products_minutes", "Pull products every"),
    ]


def _mapped(name: str, label: str, choices: Choices, blank: str, help: str) -> Field:
    return Field(name, label, "choice", choices=choices, depends=("store",), blank=blank, help=help)
