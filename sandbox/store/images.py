"""Pictures of products: downloaded by the store within the call that names them, one after the other.

The store's traps: what was there is deleted before the download; a download that fails leaves nothing, and the call is
answered as if all were well; a product without a main picture gets its first additional one as such. Nothing is really
downloaded: `StoreOptions.image_seconds` and `failing_images` tell how it goes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from sandbox.store import php
from sandbox.store.features import map_of
from sandbox.store.model import StoreImage, StoreProduct
from sandbox.store.state import Store

_FORMATS = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp"})


def write(store: Store, product: StoreProduct, body: Mapping[str, Any]) -> None:
    """`main_pair`, `image_pairs` and `removed_image_pair_ids` of a product's write."""
    removed = php.integers(body.get("removed_image_pair_ids"))
    if removed:
        product.images = [image for image in product.images if image.pair_id not in removed]
    if "main_pair" in body:
        product.images = [image for image in product.images if not image.main]
        _download(store, product, php.mapping(body["main_pair"]), main=True)
    if "image_pairs" in body:
        product.images = [image for image in product.images if image.main]
        for pair in map_of(body["image_pairs"]).values():
            _download(store, product, php.mapping(pair), main=False)
    if product.images and not any(image.main for image in product.images):
        product.images[0].main = True


def shown(product: StoreProduct) -> dict[str, Any]:
    """`main_pair` and `image_pairs` as products show them."""
    main: dict[str, Any] | list[Any] = next((_pair(image) for image in product.images if image.main), [])
    return {
        "main_pair": main,
        "image_pairs": php.array({image.pair_id: _pair(image) for image in product.images if not image.main}),
    }


def _download(store: Store, product: StoreProduct, pair: Mapping[str, Any], *, main: bool) -> None:
    address = str(php.mapping(pair.get("detailed")).get("image_path") or "")
    if not address:
        return
    if store.options.image_seconds:
        time.sleep(store.options.image_seconds)
    if "://" not in address or PurePosixPath(urlsplit(address).path).suffix.lower() not in _FORMATS:
        return
    with store.lock:
        if store.download_fails(address):
            return
        store.last_pair_id += 1
        product.images.append(StoreImage(store.last_pair_id, address, main))


def _pair(image: StoreImage) -> dict[str, Any]:
    name = PurePosixPath(urlsplit(image.address).path).name
    path = f"https://shop.example/images/detailed/1/{name}"
    return {
        "pair_id": str(image.pair_id),
        "image_id": "0",
        "detailed_id": str(image.pair_id + 100_000),
        "position": "0",
        "detailed": {"image_path": path, "http_image_path": path, "alt": "", "image_x": "800", "image_y": "800"},
    }
