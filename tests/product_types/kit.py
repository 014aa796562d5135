"""Definitions to validate against: invented ones, and Amazon's own where they are present."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from core.product_types.definitions import Definition
from sandbox.world.marketplaces import DE, Marketplace
from sandbox.world.product_schema import product_schema

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("CROSSDOCK_REAL_SCHEMAS") or ROOT / "../shared/real/ptd")


def real_files() -> list[Path]:
    """The files of Amazon's schemas; none where they are absent."""
    return [file for file in sorted(REAL.glob("*.json")) if "allOf" in load(file)]


@cache
def load(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def defined(schema: dict[str, Any], name: str = "LUGGAGE") -> Definition:
    """A definition of a schema; what is the same schema has the same checksum."""
    checksum = str(hash(json.dumps(schema, sort_keys=True)))
    return Definition(name, name.title(), DE.marketplace_id, "en_GB", "LISTING", "1", checksum, schema, {})


def invented(place: Marketplace = DE, **options: Any) -> Definition:
    """One of the sandbox's."""
    return defined(product_schema("LUGGAGE", place, **options))
