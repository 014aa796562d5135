"""What keeps a product from being exported or imported because of how things are mapped: codes of problems."""

from __future__ import annotations

from core.sync.codes import Code, FixKind

CATEGORY_UNMAPPED = Code("category_unmapped", "Category unmapped", FixKind.MAP, "Map the category")
PRODUCT_TYPE_MISMATCH = Code(
    "product_type_mismatch", "Product types differ", FixKind.MAP, "Map the category to that product type"
)
ATTRIBUTE_MISSING = Code("attribute_missing", "Attribute missing", FixKind.MAP, "Say where the attribute comes from")
ATTRIBUTE_INVALID = Code("attribute_invalid", "Attribute not taken", FixKind.MAP, "Correct it, or its source")

CODES = tuple(code for code in vars().values() if isinstance(code, Code))
