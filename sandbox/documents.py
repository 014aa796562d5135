"""The documents that connect a program to the sandbox: stores, applications, channels, environment."""

from __future__ import annotations

from typing import Any, Protocol

from sandbox.amazon.access import Account
from sandbox.amazon.applications import LIVE, PRIVATE, SANDBOX, Application
from sandbox.amazon.mailbox import OWN_QUEUE
from sandbox.amazon.queue_service import URL as QUEUE_URL
from sandbox.amazon.state import Amazon
from sandbox.store.state import Store
from sandbox.world.build import World
from sandbox.world.category import CATEGORIES, browse_tree
from sandbox.world.order import (
    COD_PAYMENT,
    DEFAULT_SHIPPING,
    EXPEDITED_SHIPPING,
    IMPORTED_STATUSES,
    NO_STOCK_STATUS,
    PREPAID_PAYMENT,
    STORE_STATUS,
)
from sandbox.world.render import iso

_QUEUE = {"queue_arn": OWN_QUEUE, "queue_url": QUEUE_URL}


class Served(Protocol):
    """What the documents lead to; `sandbox.sandbox.Sandbox` is one."""

    amazon: Amazon
    store: Store
    world: World

    @property
    def amazon_url(self) -> str: ...
    @property
    def amazon_sandbox_url(self) -> str: ...
    @property
    def seller_central_url(self) -> str: ...
    @property
    def lwa_url(self) -> str: ...
    @property
    def aws_url(self) -> str: ...
    @property
    def store_url(self) -> str: ...


def documents(sandbox: Served, account: Account) -> dict[str, Any]:
    """Ready documents for `--from`, and the environment that leads a program here.

    store            the store
    channel          the private channel of `account`
    channels         one private channel for each seller account, the demo's first
    app              a published public application, not authorized by anybody yet
    draft_app        the same, not published
    public_channel   a channel of `app`, to be authorized
    sandbox_app      a public application for the sandbox hosts
    sandbox_channel  a private channel of the demo's seller for the sandbox hosts
    categories       which of Amazon's categories belongs to each of the store's that has products, for `channel`
    notifications    a queue for the channels, at the queue service of the sandbox (CROSSDOCK_AWS_URL)
    environment      what leads live calls, tokens and the consent page here
    sandbox_environment  the same, with the sandbox hosts in place of the live ones
    """
    amazon = sandbox.amazon
    demo = amazon.accounts[0]
    bases = {
        "CROSSDOCK_LWA_URL": sandbox.lwa_url,
        "CROSSDOCK_SELLER_CENTRAL_URL": sandbox.seller_central_url,
        "CROSSDOCK_AWS_URL": sandbox.aws_url,
    }
    return {
        "store": _store(sandbox),
        "channel": _channel(sandbox, account),
        "channels": [_channel(sandbox, one) for one in amazon.accounts],
        "app": _app(amazon.access.application("public"), demo),
        "draft_app": _app(amazon.access.application("public draft"), demo),
        "public_channel": _public_channel(sandbox, demo),
        "sandbox_app": _app(amazon.access.application("public sandbox"), demo),
        "sandbox_channel": _channel(sandbox, demo, SANDBOX) | {"name": "de-sandbox"},
        "categories": _categories(account),
        "notifications": {"aws_access_key": "AKIASANDBOX", "aws_secret_key": "sandbox", **_QUEUE},
        "environment": {"CROSSDOCK_SPAPI_URL": sandbox.amazon_url, **bases},
        "sandbox_environment": {"CROSSDOCK_SPAPI_URL": sandbox.amazon_sandbox_url, **bases},
    }


def _store(sandbox: Served) -> dict[str, Any]:
    options = sandbox.store.options
    return {
        "name": "demo",
        "url": sandbox.store_url,
        "email": options.email,
        "api_key": options.api_key,
        "currency": options.currency,
    }


def _app(application: Application, account: Account) -> dict[str, Any]:
    return {
        "name": application.name,
        "mode": application.mode,
        "app_id": application.application_id,
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "redirect_url": application.redirect_uris[0],
        "api_mode": application.api_mode,
        "region": account.region,
        "draft_app": application.draft,
    }


def _channel(sandbox: Served, account: Account, api_mode: str = LIVE) -> dict[str, Any]:
    application = sandbox.amazon.private_application(account, api_mode)
    return {
        **_place(sandbox, account),
        "app_mode": PRIVATE,
        "api_mode": api_mode,
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "refresh_token": sandbox.amazon.access.refresh_token(application, account),
        "seller_id": account.seller_id,
        "settings": _settings(sandbox),
    }


def _public_channel(sandbox: Served, account: Account) -> dict[str, Any]:
    application = sandbox.amazon.access.application("public")
    return {
        **_place(sandbox, account),
        "name": "de-public",
        "app_mode": application.mode,
        "app": application.name,
        "api_mode": application.api_mode,
        "settings": _settings(sandbox),
    }


def _place(sandbox: Served, account: Account) -> dict[str, Any]:
    name = "de" if account.region == "eu" else account.region
    return {
        "name": name if account.number == 1 else f"{name}-{account.number}",
        "store": "demo",
        "company_id": sandbox.store.options.company_ids[0],
        "region": account.region,
        "country": account.marketplaces[0].country,
        "app_status": "active",
    }


def _settings(sandbox: Served) -> dict[str, Any]:
    return {
        "use_queue": True,
        "sync_products": True,
        "pull_products": True,
        "push_products": True,
        "pull_orders": True,
        "orders_from": iso(sandbox.world.orders_from),
        "orders_to": None,
        "order_statuses": list(IMPORTED_STATUSES),
        "fulfilment": "both",
        "push_shipments": True,
        "auto_pull_orders_minutes": None,
        "auto_pull_products_minutes": None,
        "payments": {"cod": COD_PAYMENT, "prepaid": PREPAID_PAYMENT},
        "shipping": {"default": DEFAULT_SHIPPING, "EXPEDITED": EXPEDITED_SHIPPING},
        "carriers": {},
        "statuses": {**STORE_STATUS, "NO_STOCK": NO_STOCK_STATUS},
        "exchange_rate": None,
    }


def _categories(account: Account) -> list[dict[str, Any]]:
    nodes = browse_tree(account.marketplaces[0])
    return [
        {
            "cscart": category.category_id,
            "amazon": next(node.node_id for node in nodes if category.product_type in node.types),
            "product_type": category.product_type,
        }
        for category in CATEGORIES.values()
        if category.product_type
    ]
