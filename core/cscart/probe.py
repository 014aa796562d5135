"""Finds out what a store is and can do, as a checklist with fixes.

About a dozen calls, reads only. Facts: CS-Cart REST API; what differs between editions and versions is tried, not
guessed from version numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core import clock
from core.checks import Check
from core.cscart import lookups, shapes
from core.cscart.lookups import Lookup
from core.cscart.orders import is_split
from core.cscart.transport import Access, StoreClient
from core.errors import (
    AuthorizationError,
    ConfigurationError,
    CrossdockError,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    UsageError,
)

if TYPE_CHECKING:
    from core.http import Http

_IMPOSSIBLE = "crossdock-probe-no-such-thing"
MULTIVENDOR, ULTIMATE = "MULTIVENDOR", "ULTIMATE"
_LISTED = 500
"""Vendors that are read to be chosen from by name; others are told by their number."""
_LONGEST_LINE = 300
"""Characters of the version line at most; a page of a shop may hold any word."""


@dataclass
class Findings:
    """What the probe learned; `checks` in the order they were made."""

    api_form: str = "rewrite"
    api_version: str = "2.1"
    edition: str = ""
    """Proved by the store, or else what was told; never guessed."""
    product_version: str = ""
    capabilities: dict[str, Any] = field(default_factory=dict)
    payments: list[Lookup] = field(default_factory=list)
    shippings: list[Lookup] = field(default_factory=list)
    statuses: list[Lookup] = field(default_factory=list)
    taxes: list[Lookup] = field(default_factory=list)
    companies: list[Lookup] = field(default_factory=list)
    """Vendors or storefronts, the first of them."""
    checks: list[Check] = field(default_factory=list)
    split_orders: bool = False
    """Whether an order was seen that only Multi-Vendor can have."""
    failure: CrossdockError | None = None
    """The first error that makes the store unusable."""

    @property
    def ok(self) -> bool:
        """Whether imports can work."""
        return self.failure is None


def probe(access: Access, http: Http, edition: str = "") -> Findings:
    """Look at a store; never raises for what the store does, see `failure`.

    `edition` is taken where the store does not prove its own.
    """
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
    _check(findings, "edition", lambda: _edition(client, findings, edition), needed=True)
    _check(findings, "taxes", lambda: _keep(findings, "taxes", lookups.taxes(client)), needed=False)
    _check(findings, "storefronts", lambda: _storefronts(client, findings), needed=False)
    _check(findings, "stock", lambda: _stock(client, findings), needed=False)
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
    line = re.sub(r"<[^>]*>", "", line[: 4 * _LONGEST_LINE]) if len(line) <= 4 * _LONGEST_LINE else ""
    match = re.search(r"\b(\d+\.\d+(?:\.\d+)?)", line)
    if match and len(line) <= _LONGEST_LINE:
        named = line.upper().replace("-", "")
        findings.edition = next((edition for edition in (MULTIVENDOR, ULTIMATE) if edition in named), "")
        findings.product_version = match.group(1) if findings.edition else ""
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
    findings.split_orders = any(map(is_split, shapes.rows(present, "orders")))
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


def _edition(client: StoreClient, findings: Findings, told: str) -> str:
    """Whether companies are vendors or storefronts: totals, statuses and stock of orders depend on it."""
    proved = findings.edition or _proved_edition(client, findings)
    findings.edition = proved or told
    if not findings.edition:
        what = "Whether it is CS-Cart or Multi-Vendor cannot be told: neither its version page nor its lists say so."
        raise UsageError(
            what,
            subject=client.access.subject,
            next_step='Set the key "edition" of the store to "ultimate" (CS-Cart) or "multivendor".',
            fields={"edition": "the store does not tell it: choose the one that it is"},
        )
    name = "Multi-Vendor" if findings.edition == MULTIVENDOR else "CS-Cart"
    if not proved:
        return f"{name}, as was told; the store itself does not say."
    return f"{name}, not {told.title()} as before." if told and told != proved else f"{name}."


def _proved_edition(client: StoreClient, findings: Findings) -> str:
    """What the lists of companies prove where the version page is blocked; empty when they prove nothing."""
    vendors = _companies(client, "vendors")
    if findings.split_orders or any(row.get("seo_name") for row in vendors or ()):
        return MULTIVENDOR
    # Storefronts prove nothing while vendors may be there and only not be shown.
    if vendors is None and any(row.get("storefront") for row in _companies(client, "stores") or ()):
        return ULTIMATE
    return ""


def _companies(client: StoreClient, entity: str, at_most: int = 1) -> list[dict[str, Any]] | None:
    """The first of the store's vendors or storefronts; None when the store does not know the word."""
    try:
        return shapes.rows(client.get(entity, (("items_per_page", at_most),)), entity)
    except RemoteError as error:
        return None if error.status == 404 else []
    except ConfigurationError:  # a page of the host in place of an answer
        return []


def _named(rows: list[dict[str, Any]]) -> list[Lookup]:
    """Companies that have a number, by name."""
    found = [
        Lookup(str(number), shapes.name(row.get("company")), shapes.text(row.get("status")) in ("", "A"))
        for row in rows
        if (number := shapes.integer(row.get("company_id"))) is not None
    ]
    return list({company.key: company for company in found}.values())


def _storefronts(client: StoreClient, findings: Findings) -> str:
    """The storefront edition takes orders only under one of its storefronts."""
    if findings.edition == MULTIVENDOR:
        findings.companies = _named(_companies(client, "vendors", _LISTED) or [])
        return "Multi-Vendor: orders are created for the whole marketplace."
    try:
        stores = shapes.rows(client.get("stores", (("items_per_page", 50),)), "stores")
    except Rejected:
        stores = []
    findings.companies = _named(stores)
    ids = [int(company.key) for company in findings.companies]
    findings.capabilities["storefronts"] = ids
    if not ids:
        return "The store has no storefronts to choose from."
    try:
        client.get(f"stores/{ids[0]}/orders", (("items_per_page", 1),))
    except Rejected:
        return "Orders are created without naming a storefront."
    findings.capabilities["orders_under_stores"] = True
    return f"Orders are created under a storefront ({', '.join(map(str, ids))})."


def _stock(client: StoreClient, findings: Findings) -> str:
    below_zero = lookups.sells_below_zero(lookups.settings(client))
    findings.capabilities["sells_below_zero"] = below_zero
    return "Orders may take more than is in stock." if below_zero else "Orders take no more than is in stock."


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
