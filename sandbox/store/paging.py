"""The envelope of lists: one page of rows and the echo of the parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sandbox.store import php
from sandbox.store.options import StoreOptions

Row = TypeVar("Row")


def envelope(
    name: str,
    found: Sequence[Row],
    show: Callable[[Row], dict[str, Any]],
    query: dict[str, Any],
    options: StoreOptions,
    *,
    sort: tuple[str, str] | None = None,
    total_when_unlimited: bool = True,
    repeats_end: bool = True,
) -> dict[str, Any]:
    """`{name: rows, "params": …}`; `items_per_page=0` means all, a page beyond the last gives the last or nothing."""
    page, size, rows = page_of(found, query, options, repeats_end=repeats_end)
    params: dict[str, Any] = {**query, "page": page, "items_per_page": size}
    if size or total_when_unlimited:
        params["total_items"] = str(len(found))
    if sort:
        params["sort_by"], params["sort_order"] = sort
        params["sort_order_rev"] = "asc" if sort[1] == "desc" else "desc"
    return {name: [show(row) for row in rows], "params": params}


def page_of(
    found: Sequence[Row], query: dict[str, Any], options: StoreOptions, *, repeats_end: bool = True
) -> tuple[int, int, Sequence[Row]]:
    """Page number, page size (0: no limit) and the rows of that page."""
    size = options.default_items_per_page
    if "items_per_page" in query:
        size = max(php.integer(query["items_per_page"]), 0)
    if options.max_items_per_page is not None:
        size = min(size or options.max_items_per_page, options.max_items_per_page)
    if not size:
        return 1, 0, found
    last = max(-(-len(found) // size), 1)
    page = max(php.integer(query.get("page", 1)), 1)
    page = min(page, last) if repeats_end else page
    return page, size, found[(page - 1) * size : page * size]
