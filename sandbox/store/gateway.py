"""The front gate of the REST API: URL forms, authentication, content rules, then the handler."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sandbox.store import php
from sandbox.store.call import Call, Reply
from sandbox.store.dispatch import Route, check_method, check_vendor_rights, enter_parent, resolve
from sandbox.store.errors import ApiError
from sandbox.store.state import Store

LOGIN_PATH = "index.php"
_PAGE = "<!DOCTYPE html><html><head><title>{0}</title></head><body>{0}</body></html>"
LOGIN_PAGE = _PAGE.format("Sign in")
NOT_FOUND_PAGE = _PAGE.format("404 Not Found")
HOME_PAGE = _PAGE.format("Shop")
EDITION_OPERATION = "getEdition"


@dataclass(frozen=True)
class Request:
    """A request as it came over HTTP."""

    method: str
    path: str
    """Without the slash in front."""
    query: dict[str, Any]
    body: bytes = b""
    content_type: str = ""
    accepts_json: bool = True
    user: str | None = None
    password: str | None = None


@dataclass(frozen=True)
class Page:
    """An answer that is HTML, not JSON."""

    status: int
    html: str
    location: str | None = None


class Role(Enum):
    """Whose key was given."""

    ADMIN = "admin"
    VENDOR = "vendor"


@dataclass(frozen=True)
class Target:
    """Where a request leads: an API route, or a page (route None)."""

    operation: str
    write: bool
    route: Route | None
    method: str
    query: dict[str, Any]


def target(store: Store, request: Request) -> Target:
    """Tell the API's two URL forms from the store's pages."""
    query = dict(request.query)
    method = _method(request)
    if request.path == "api.php":
        path = str(query.pop("_d", ""))
    elif request.path.startswith("api/"):
        path = request.path.removeprefix("api/")
        # The rewrite rule adds this, and lists echo it.
        query["ajax_custom"] = "1"
    else:
        operation = EDITION_OPERATION if not request.path and "version" in query else "page"
        return Target(operation, False, None, method, query)
    route = resolve(store, method, path)
    return Target(route.operation, route.write, route, method, query)


def answer(store: Store, request: Request, to: Target) -> Reply | Page:
    """Do what the request asks; refusals come back as replies too."""
    if to.route is None:
        return _page(store, request, to)
    if not store.options.rewrite and request.path != "api.php":
        return Page(404, NOT_FOUND_PAGE)
    role = _role(store, request)
    if role is None:
        return _unauthorized(store)
    try:
        return _call(store, request, to, to.route, role)
    except ApiError as error:
        return Reply(error.status, error.body(old_build=store.options.old_build))


def _method(request: Request) -> str:
    """A POST may name another method in `_METHOD`, for hosts that block PUT and DELETE."""
    if request.method != "POST":
        return request.method
    named = request.query.get("_METHOD")
    if named is None and b"_METHOD" in request.body:
        decoded = _decoded(request.body)
        named = decoded.get("_METHOD") if isinstance(decoded, Mapping) else None
    return str(named).upper() if named else "POST"


def _page(store: Store, request: Request, to: Target) -> Page:
    if to.operation == EDITION_OPERATION:
        options = store.options
        name = "Multi-Vendor" if options.multivendor else "CS-Cart"
        return Page(200, f"{name}: version <b>{options.product_version} {options.edition}</b> build 1")
    if request.path == LOGIN_PATH and "dispatch" in to.query:
        return Page(200, LOGIN_PAGE)
    return Page(200, HOME_PAGE) if request.path == "" else Page(404, NOT_FOUND_PAGE)


def _role(store: Store, request: Request) -> Role | None:
    given, options = (request.user, request.password), store.options
    if given == (options.email, options.api_key):
        return Role.ADMIN
    if options.vendor_key is not None and given == (options.vendor_email, options.vendor_key):
        return Role.VENDOR
    return None


def _unauthorized(store: Store) -> Reply | Page:
    kind = store.options.login_page
    if kind == "redirect":
        return Page(302, "", location=f"/{LOGIN_PATH}?dispatch=auth.login_form")
    if kind:
        return Page(200, LOGIN_PAGE)
    body = ApiError(401).body(old_build=store.options.old_build)
    return Reply(401, body, headers={"WWW-Authenticate": 'Basic realm="REST API"'})


def _call(store: Store, request: Request, to: Target, route: Route, role: Role) -> Reply:
    handler = check_method(route, to.method)
    if role is Role.VENDOR:
        check_vendor_rights(route, to.method)
    if to.method == "GET" and not request.accepts_json:
        raise ApiError(406)
    body = _body(request) if to.method in ("POST", "PUT") else {}
    call = Call(to.method, route.entity or "", route.object_id, to.query, body, route.version)
    reply = handler(store, enter_parent(store, route, call))
    return _legacy(reply, call) if route.version == "1.0" else reply


def _body(request: Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise ApiError(415)
    if not request.body.strip():
        raise ApiError(405)
    decoded = _decoded(request.body)
    if not isinstance(decoded, dict | list):
        raise ApiError(400)
    if not decoded:
        raise ApiError(405)
    body = php.mapping(decoded)
    body.pop("_METHOD", None)
    return body


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _legacy(reply: Reply, call: Call) -> Reply:
    """Version 1.0 keys its lists by id."""
    rows = reply.body.get(call.entity) if isinstance(reply.body, dict) else None
    if not isinstance(rows, list) or not rows:
        return reply
    key = next(iter(name for name in rows[0] if name.endswith("_id")))
    return Reply(reply.status, {**reply.body, call.entity: {str(row[key]): row for row in rows}})
