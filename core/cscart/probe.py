"""Finds out what a store is and can do, as a checklist with fixes.

About a dozen calls, reads only. Facts: CS-Cart REST API; what differs between editions and versions is tried, not
guessed from version numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from core import clock
from core.checks import Check
from core.cscart import lookups, shapes
from core.cscart.lookups import Lookup
from core.cscart.transport import Access, StoreClient
from core.errors import AuthorizationError, ConfigurationError, CrossdockError, OutcomeUnknown, Rejected, RemoteError
from core.http import Http

_IMPOSSIBLE = "crossdock-probe-no-such-thing"
_EDITIONS = ("MULTIVENDOR", "ULTIMATE")


@dataclass
class Findings:
    """What the probe learned; `checks` in the order they were made."""

    api_form: str = "rewrite"
    api_version: str = "2.1"
    edition: str = ""
    product_version: str = ""
    capabilities: dict[str, Any] = field(default_factory=dict)
    payments: list[Lookup] = field(default_factory=list)
    shippings: list[Lookup] = field(default_factory=list)
    statuses: list[Lookup] = field(default_factory=list)
    taxes: list[Lookup] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    failure: CrossdockError | None = None
    """The first error that makes the store unusable."""

    @property
    def ok(self) -> bool:
        """Whether imports can work."""
        return self.failure is None


def probe(access: Access, http: Http) -> Findings:
    """Look at a store; never raises for what the store does, see `failure`."""
    findings = Findings()
    client = _reach(access, http, findings)
    if client is None:
        return findings
    _version_line(client, findings)
    readable: list[tuple[str, Callable[[], Any]]] = [
        ("products", lambda: _products(client, findings)),
        ("orders", lambda: _orders(client, findings)),
        ("payments", lambda: _keep(findings, "payments", lookups.payments(client))),
        ("shippings", lambda: _keep(findings, "shippings", lookups.shippings(client))),
        ("statuses", lambda: _keep(findings, "statuses", lookups.statuses(client))),
    ]
    for name, read in readable:
        _check(findings, name, read, needed=True)
    _check(findings, "taxes", lambda: _keep(findings, "taxes", lookups.taxes(client)), needed=False)
    _check(findings, "storefronts", lambda: _storefronts(client, findings), needed=False)
    return findings


def _reach(access: Access, http: Http, findings: Findings) -> StoreClient | None:
    """Find the form of address and the version that answer, and sign in."""
    first: CrossdockError | None = None
    for form in ("rewrite", "query"):
        try:
            version = _newest_version(replace(access, api_form=form), http)
        except CrossdockError as error:
            # A wrong key or an unreachable host is the same in every form; a web page may be another form's.
            first = error if isinstance(error, AuthorizationError) else first or error
            if not isinstance(error, ConfigurationError) or isinstance(error, AuthorizationError):
                break
            continue
        findings.api_form, findings.api_version = form, version
        findings.checks.append(Check("sign in", True, f"The REST API answers (version {version or 'default'})."))
        return StoreClient(replace(access, api_form=form, api_version=version), http)
    assert first is not None
    findings.failure = first
    findings.checks.append(Check("sign in", False, first.what, first.next_step))
    return None


def _newest_version(access: Access, http: Http) -> str:
    """The API version to speak: 2.1 where the store lists it, else the first that answers."""
    try:
        versions = StoreClient(replace(access, api_version=""), http).get_list("versions")
        if "2.1" in map(shapes.text, versions):
            return "2.1"
    except (Rejected, OutcomeUnknown) as error:
        if error.status not in (None, 400, 404, 405):
            raise
    for version in ("2.1", "2.0"):  # older builds do not list their versions
        try:
            StoreClient(replace(access, api_version=version), http).get("products", (("items_per_page", 1),))
            return version
        except Rejected as error:
            if error.status != 404:
                raise
    StoreClient(replace(access, api_version=""), http).get("products", (("items_per_page", 1),))
    return ""


def _version_line(client: StoreClient, findings: Findings) -> None:
    """`/?version` names product, version and edition; many hosts block it, so its absence is no fault."""
    try:
        line = client.get_page("version")
    except RemoteError:
        line = ""
    findings.edition = next((edition for edition in _EDITIONS if edition in line.upper().replace("-", "")), "")
    match = re.search(r"\b(\d+\.\d+(?:\.\d+)?)", line) if findings.edition else None
    findings.product_version = match.group(1) if match else ""
    told = f"{findings.edition} {findings.product_version}".strip()
    findings.checks.append(Check("version", True, told or "The store does not tell its version."))


def _products(client: StoreClient, findings: Findings) -> str:
    body = client.get("products", (("items_per_page", 1), ("only_short_fields", 1)))
    count = shapes.total_items(body)
    if not shapes.rows(body, "products"):
        # A filter that finds nothing where nothing is proves nothing; reading all is right either way.
        findings.capabilities["filter_params"] = False
        return "No products yet; verify the store again when there are, to find them by SKU."
    params = (("items_per_page", 1), ("filter_params[product_code][]", _IMPOSSIBLE))
    found = shapes.rows(client.get("products", params), "products")
    findings.capabilities["filter_params"] = not found
    how = "found by SKU" if not found else "found by reading all of them: the store ignores the SKU filter"
    return f"{count if count is not None else 'Some'} products, {how}."


def _orders(client: StoreClient, findings: Findings) -> str:
    present = client.get("orders", (("items_per_page", 1), ("get_orders_data", 1)))
    if not shapes.rows(present, "orders"):
        # Not known then; the filter is sent, and every order that comes back is looked at all the same.
        return "Orders can be read; there are none yet to try the e-mail filter on."
    found = shapes.rows(client.get("orders", (("items_per_page", 1), ("email", _IMPOSSIBLE))), "orders")
    findings.capabilities["email_filter"] = not found
    soon = int(clock.now().timestamp()) + 10 * 365 * 86_400
    later = shapes.rows(client.get("orders", (("items_per_page", 1), ("updated_at_from", soon))), "orders")
    findings.capabilities["updated_at_filter"] = not later
    return "Orders can be read." if not found else "Orders can be read; the store ignores the e-mail filter."


def _keep(findings: Findings, name: str, rows: list[Lookup]) -> str:
    setattr(findings, name, rows)
    return f"{len(rows)} found."


def _storefronts(client: StoreClient, findings: Findings) -> str:
    """The storefront edition takes orders only under one of its storefronts."""
    if findings.edition == "MULTIVENDOR":
        return "Multi-Vendor: orders are created for the whole marketplace."
    try:
        stores = shapes.rows(client.get("stores", (("items_per_page", 50),)), "stores")
    except Rejected:
        stores = []
    ids = [number for row in stores if (number := shapes.integer(row.get("company_id"))) is not None]
    findings.capabilities["storefronts"] = ids
    if not ids:
        return "The store has no storefronts to choose from."
    try:
        client.get(f"stores/{ids[0]}/orders", (("items_per_page", 1),))
    except Rejected:
        return "Orders are created without naming a storefront."
    findings.capabilities["orders_under_stores"] = True
    return f"Orders are created under a storefront ({', '.join(map(str, ids))})."


def _check(findings: Findings, name: str, read: Callable[[], str], *, needed: bool) -> None:
    if findings.failure is not None and needed:
        return
    try:
        findings.checks.append(Check(name, True, read()))
    except CrossdockError as error:
        findings.checks.append(Check(name, not needed, error.what, error.next_step))
        if needed:
            findings.failure = _as_rights(error, name)


def _as_rights(error: CrossdockError, name: str) -> CrossdockError:
    if isinstance(error, Rejected) and error.status == 403:
        return AuthorizationError(
            f"The API user may not read {name}.",
            subject=error.subject,
            next_step="Use the key of an administrator, not of a vendor, with the right to view them.",
        )
    return error
