"""From path and method to the handler: entities, nesting, rights and the refusals before any handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sandbox.store import features, orders, products, shipments, tables, variations
from sandbox.store.call import Call, Reply
from sandbox.store.errors import ApiError
from sandbox.store.state import Store

Handler = Callable[[Store, Call], Reply]

VERBS = {"GET": "get", "POST": "create", "PUT": "update", "DELETE": "delete"}
WRITES = frozenset({"POST", "PUT", "DELETE"})


@dataclass(frozen=True)
class Entity:
    """An entity: the name its operations carry in ledger and fault rules, and its handlers by verb."""

    one: str
    many: str
    handlers: Mapping[str, Handler]
    vendor_reads: bool = False
    """Whether a vendor's key may read it."""
    edition: str | None = None
    """The only edition that has it; None: both."""
    has_codes: bool = False
    """Whether its objects can be named by a code, too."""


def _table(one: str, many: str, table: tables.Table) -> Entity:
    return Entity(
        one,
        many,
        {
            "list": table.index,
            "get": table.get,
            "create": table.create,
            "update": table.update,
            "delete": table.delete,
        },
    )


_COMPANY: dict[str, Handler] = {"list": tables.list_companies, "get": tables.get_company}

ENTITIES: dict[str, Entity] = {
    "version": Entity("Version", "Version", {"list": tables.get_version}, vendor_reads=True),
    "versions": Entity("Versions", "Versions", {"list": tables.list_versions}, vendor_reads=True),
    "products": Entity(
        "Product",
        "Products",
        {
            "list": products.list_products,
            "get": products.get_product,
            "create": products.create_product,
            "update": products.update_product,
            "delete": products.delete_product,
        },
        vendor_reads=True,
    ),
    "features": Entity(
        "Feature",
        "Features",
        {
            "list": features.index,
            "get": features.get,
            "create": features.create,
            "update": features.update,
            "delete": features.delete,
        },
    ),
    "product_variations_groups": Entity(
        "VariationGroup",
        "VariationGroups",
        {
            "list": variations.index,
            "get": variations.get,
            "create": variations.create,
            "update": variations.update,
            "delete": variations.delete,
        },
        has_codes=True,
    ),
    "product_variations": Entity(
        "Variation", "Variations", {"get": products.get_product, "update": products.update_product}
    ),
    "detach_product_variation": Entity("Detachment", "Detachments", {"create": variations.detach}),
    "set_default_product_variation": Entity("DefaultVariation", "Defaults", {"create": variations.show_for_all}),
    "orders": Entity(
        "Order",
        "Orders",
        {
            "list": orders.index,
            "get": orders.get,
            "create": orders.create,
            "update": orders.update,
            "delete": orders.delete,
        },
    ),
    "categories": Entity(
        "Category", "Categories", {"list": tables.CATEGORIES.index, "get": tables.CATEGORIES.get}, vendor_reads=True
    ),
    "shipments": Entity(
        "Shipment",
        "Shipments",
        {
            "list": shipments.index,
            "get": shipments.get,
            "create": shipments.create,
            "update": shipments.update,
            "delete": shipments.delete,
        },
    ),
    "statuses": _table("Status", "Statuses", tables.STATUSES),
    "payments": _table("Payment", "Payments", tables.PAYMENTS),
    "shippings": _table("Shipping", "Shippings", tables.SHIPPINGS),
    "taxes": _table("Tax", "Taxes", tables.TAXES),
    "settings": Entity(
        "Setting",
        "Settings",
        {"list": tables.SETTINGS.index, "get": tables.SETTINGS.get, "update": tables.update_setting},
    ),
    "languages": Entity("Language", "Languages", {"list": tables.list_languages}),
    "stores": Entity("Store", "Stores", _COMPANY, edition="ULTIMATE"),
    "vendors": Entity("Vendor", "Vendors", _COMPANY, edition="MULTIVENDOR"),
}


@dataclass(frozen=True)
class Route:
    """A resolved path. `operation` is known even when the call will be refused."""

    operation: str
    write: bool
    version: str = "2.1"
    entity: str | None = None
    object_id: str | None = None
    parent: str | None = None
    parent_id: str | None = None


UNKNOWN = "unknown"


def resolve(store: Store, method: str, path: str) -> Route:
    """Read `orders/5`, `2.1/orders`, `stores/1/orders`, …; double slashes make a path unreadable."""
    write = method in WRITES
    parts = path.removesuffix("/").split("/")
    version = "2.1"
    if parts and _is_version(parts[0]):
        version, parts = parts[0], parts[1:]
        if version not in tables.API_VERSIONS:
            return Route(UNKNOWN, write)
    if not parts or "" in parts or len(parts) > 4:
        return Route(UNKNOWN, write)
    parent = parent_id = None
    if len(parts) > 2:
        parent, parent_id, *parts = parts
    name, object_id = parts[0], parts[1] if len(parts) == 2 else None
    entity = ENTITIES.get(name)
    if entity is None or entity.edition not in (None, store.options.edition):
        return Route(UNKNOWN, write)
    operation = _operation(entity, name, method, object_id)
    return Route(operation, write, version, name, object_id, parent, parent_id)


def _is_version(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _operation(entity: Entity, name: str, method: str, object_id: str | None) -> str:
    if name == "version":
        return "getVersion"
    verb = VERBS.get(method, method.lower())
    if verb == "get" and object_id is None:
        return f"list{entity.many}"
    return f"{verb}{entity.one}"


def check_method(route: Route, method: str) -> Handler:
    """The handler of the call, or the refusal that needs no body."""
    if route.entity is None:
        raise ApiError(404)
    if method not in VERBS:
        raise ApiError(405)
    if (method == "POST") == (route.object_id is not None) and method != "GET":
        raise ApiError(405)
    verb = "list" if method == "GET" and route.object_id is None else VERBS[method]
    handler = ENTITIES[route.entity].handlers.get(verb)
    if handler is None:
        raise ApiError(405)
    if route.object_id is not None and not route.object_id.isdigit() and not ENTITIES[route.entity].has_codes:
        raise ApiError(404)
    return handler


def check_vendor_rights(route: Route, method: str) -> None:
    """A vendor's key has the customer's rights: it reads the catalogue, nothing else."""
    if route.entity is None:
        return
    if method != "GET" or not ENTITIES[route.entity].vendor_reads:
        raise ApiError(403)


def enter_parent(store: Store, route: Route, call: Call) -> Call:
    """Load the parent of a nested path; a storefront or vendor becomes the company of the call."""
    if route.parent is None:
        return call
    number = int(route.parent_id) if route.parent_id and route.parent_id.isdigit() else 0
    companies = "vendors" if store.options.multivendor else "stores"
    tables: dict[str, Mapping[int, object]] = {
        companies: store.companies,
        "products": store.products,
        "product_variations": store.products,
        "orders": store.orders,
    }
    if number not in tables.get(route.parent, {}):
        raise ApiError(404)
    company_id = number if route.parent == companies else None
    return replace(call, company_id=company_id, parent=route.parent, parent_id=number)
