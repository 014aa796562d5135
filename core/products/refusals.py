"""Codes of products that are not in the store as planned, with their words: what is wrong, and what to do.

What the store's refusal is about is told by a fixed vocabulary: nothing that it said is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.errors import CrossdockError, Rejected
from core.products.plan.problems import PRODUCT_DELETED
from core.sync import codes
from core.sync.codes import Code, FixKind
from core.sync.decisions import Hold
from core.sync.wording import status_of, trouble

UNREADABLE = codes.UNREADABLE
STORE_REFUSED = codes.STORE_REFUSED
PRODUCT_APPEARED = Code("product_appeared", "Appeared meanwhile", FixKind.RETRY, "Import it again: it is linked")
PRODUCT_DIFFERS = Code("product_differs", "Product differs", FixKind.RETRY, "Write it again")
PRODUCT_TOUCHED = Code("product_touched", "Changed since", FixKind.STORE, "Delete it in the store by hand")
SKU_TAKEN = Code("sku_taken", "SKU taken", FixKind.LINK)
IMAGES_MISSING = Code("images_missing", "Images missing", FixKind.RETRY, "Let the store download them again")
FEATURE_GONE = Code("feature_gone", "Feature gone", FixKind.RETRY, "Choose another feature for the attribute")
FAMILY_INCOMPLETE = Code("family_incomplete", "Family incomplete", FixKind.RETRY, "Import its missing products")
FAMILY_REFUSED = Code("family_refused", "Family refused", FixKind.STORE, "Correct what its products differ in")
FAMILY_TAKEN = Code("family_taken", "Grouped otherwise", FixKind.STORE, "Take the products out of their groups")

CODES = tuple(code for code in vars().values() if isinstance(code, Code))
PLANNED_AGAIN = frozenset({PRODUCT_APPEARED, PRODUCT_DELETED, IMAGES_MISSING, FAMILY_INCOMPLETE})
"""Those that the next import may mend without a person's help."""

_ABOUT = {
    "the category": ("category",),
    "the company or storefront": ("company", "storefront", "vendor", "store"),
    "the price": ("price",),
    "the name": ("product name", "field product ", "the product field"),
    "a feature": ("feature", "variant"),
    "a group of variations": ("group", "variation"),
    "a limit of the vendor's plan": ("plan", "limit"),
}
"""What an answer may be about → parts of words that tell it, field names of the REST API among them."""
_RETRY = "Correct that, then import it again."


def refusal(error: CrossdockError) -> str:
    """What the store's refusal of a write is about."""
    if not isinstance(error, Rejected):
        return trouble(error).what
    said = error.what.partition(": ")[2].lower()
    about = [words for words, parts in _ABOUT.items() if any(part in said for part in parts)]
    named = f"its answer speaks of {', '.join(about)}" if about else "its answer names no reason known here"
    return f"The store refuses it{status_of(error)}; {named}."


def refused(error: CrossdockError) -> Hold:
    """The store's clear no to a product."""
    return Hold(STORE_REFUSED, refusal(error), error.next_step or _RETRY)


def nameless() -> Hold:
    """A product that is to be made has no name."""
    return Hold(STORE_REFUSED, "It has no name, and the store makes no product without one.", _RETRY)


def unreadable() -> Hold:
    """The intent is of another version of the program."""
    return Hold(UNREADABLE, "What was planned of it cannot be read by this version of the program.", "Import it again.")


def product_appeared(product_id: int) -> Hold:
    """Somebody made a product of the SKU since the import was planned."""
    return Hold(
        PRODUCT_APPEARED,
        f"Product {product_id} with this SKU has appeared in the store since it was planned to be made.",
        "Import it again: it is linked then, and what it has is respected.",
    )


def product_differs(found: Sequence[str]) -> Hold:
    """The store took a product and has it otherwise."""
    return Hold(
        PRODUCT_DIFFERS,
        f"The product is not as it was written: {'; '.join(found)}.",
        "Look at it in the store (an add-on, the rights of the API user, the categories of a feature), then import it "
        "again.",
    )


def product_touched(product_id: int, why: str) -> Hold:
    """A product that is to be deleted is not any more as the program left it."""
    return Hold(
        PRODUCT_TOUCHED,
        f"Product {product_id} was not deleted: {why} since it was made.",
        "Delete it in the store by hand, if it is not wanted.",
    )


def not_deleted(product_id: int) -> Hold:
    """The store took a deletion and has the product."""
    return Hold(STORE_REFUSED, f"The store took the deletion of product {product_id} and still has it.", _RETRY)


def sku_taken(sku: str, taken: Mapping[int, str]) -> Hold:
    """Products of the store carry the SKU, or one that the store takes for the same."""
    named = ", ".join(f"{number} ({code})" for number, code in sorted(taken.items()))
    why = "several products have it" if set(taken.values()) == {sku} else "the store takes their codes for the same"
    return Hold(
        SKU_TAKEN,
        f"{sku!r} is used by the store already: products {named}; {why}.",
        "Link the SKU to the product that it means, or change the codes in the store.",
        sku,
    )


def feature_gone(number: str) -> Hold:
    """The field mapping names a feature that the store does not have."""
    return Hold(
        FEATURE_GONE,
        f"The store has no feature {number}, to which the field mapping lets an attribute go.",
        "Choose another with: crossdock fields set ATTRIBUTE --import --feature, then import it again.",
    )


def images_missing(got: int, wanted: int, names: Sequence[str]) -> Hold:
    """The store did not get all pictures."""
    told = f": {', '.join(names)}" if names else ""
    return Hold(
        IMAGES_MISSING,
        f"The store has {got} of {wanted} pictures{told}; it could not download the others.",
        "Check whether the store's server reaches Amazon's pictures, then import it again.",
    )


def family_incomplete(skus: Sequence[str]) -> Hold:
    """Members of a family are not in the store."""
    return Hold(
        FAMILY_INCOMPLETE,
        f"Products of the family are not in the store: {', '.join(skus)}.",
        "Import them; the others are variations of each other already.",
    )


def family_refused(why: Mapping[str, int]) -> Hold:
    """The store did not take products into a group."""
    from core.cscart.variations import REFUSALS  # every start loads the codes, and not what speaks to a store

    told = "; ".join(f"{sku}: {REFUSALS.get(status, f'reason {status}')}" for sku, status in why.items())
    return Hold(
        FAMILY_REFUSED, f"The store does not take products into the family ({told}).", "Correct that, then import them."
    )


def family_without_features(names: Sequence[str]) -> Hold:
    """The store has no features in which the products of a family could differ."""
    return Hold(
        FAMILY_REFUSED,
        f"The store has no feature for variations called {', '.join(names) or '(none named)'}.",
        "Import the products of the family again: their features are made with them.",
    )


def family_taken(codes_of_groups: Sequence[str]) -> Hold:
    """Products of a family are in several groups."""
    return Hold(
        FAMILY_TAKEN,
        f"Its products are in several groups of variations: {', '.join(codes_of_groups)}.",
        "Take them out of these groups in the store, then import them again.",
    )
