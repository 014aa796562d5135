"""Products of the store by the identifier that a field or feature of theirs holds: EAN, UPC, ISBN or GTIN.

The store finds no product by the value of a feature, so all of them are read, once in a job and only when the first
listing asks for it. Of each no more than its number and company is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.cscart import products as api
from core.cscart import shapes
from core.cscart.transport import StoreClient
from core.errors import ConfigurationError
from core.fields.store_items import item_of
from core.products.plan.identity import gtin
from core.products.refs import ProductRef


class Identified:
    """What a field or feature of all products says, read when it is first asked for; a call per 250 of them."""

    def __init__(self, client: StoreClient, which: str) -> None:
        """`which` is a field by the store's name (`product_code`), or a feature by its name or number."""
        self._client = client
        self._which = which
        self._known: dict[str, list[ProductRef]] | None = None

    def of(self, gtins: Sequence[str]) -> list[ProductRef]:
        """The products with one of these identifiers, by number; of a product with several the first counts.

        Raises ConfigurationError when the store has products and none of them shows an identifier: whoever asked for
        it would get every product twice.
        """
        if self._known is None:
            self._known = self._read()
        found = {ref.product_id: ref for one in reversed(gtins) for ref in self._known.get(one, ())}
        return [ref for _, ref in sorted(found.items())]

    def _read(self) -> dict[str, list[ProductRef]]:
        known: dict[str, list[ProductRef]] = {}
        has_any = False
        for row in api.with_features(self._client):
            has_any = True
            item = item_of(row, "")
            feature = item.feature(self._which)
            told = (item.texts[self._which],) if self._which in item.texts else feature.values if feature else ()
            for one in {found for value in told if (found := gtin(value))}:
                ref = ProductRef(item.product_id, shapes.integer(row.get("company_id")), identifier=one)
                known.setdefault(one, []).append(ref)
        if has_any and not known:
            raise ConfigurationError(
                f"No product of the store shows an EAN, UPC, ISBN or GTIN in {self._which!r}.",
                subject=self._client.access.subject,
                next_step="Name the field or feature as the store does; a feature has to be shown in product lists.",
                fields={"product_identifier": "no product shows an identifier in it"},
            )
        return known
