"""`python -m sandbox`: serves the sandbox until it is told to stop.

Prints one line of JSON with the URLs, the documents to connect with and the clock.
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import threading
from collections.abc import Sequence

from sandbox.sandbox import DEFAULT_SEED, FOREIGN_ORDERS, Sandbox


def arguments() -> argparse.ArgumentParser:
    """The options, named as those of `Sandbox`."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A fake Amazon and a fake store.")
    whole, real = int, float
    for name, kind, default, text in (
        ("amazon-port", whole, 0, "port of the Amazon side; 0: any free one"),
        ("store-port", whole, 0, "port of the store; 0: any free one"),
        ("seed", whole, DEFAULT_SEED, "which world"),
        ("products", whole, 300, "products on both sides"),
        ("orders", whole, 1000, "orders in the demo marketplace"),
        ("other-orders", whole, 300, "orders in other marketplaces"),
        ("poison", whole, 0, "broken orders on top"),
        ("sellers", whole, 1, "sellers in all, each with an account and a private application"),
        ("foreign-orders", whole, FOREIGN_ORDERS, "orders of each seller beyond the first"),
        ("browse-nodes", whole, 0, "nodes of each marketplace's tree; 0: those that the world's products need"),
        ("listings", whole, 0, "listings of products that the store does not have"),
        ("fresh", whole, 0, "products of the store that are not at Amazon"),
        ("quota-scale", real, 1.0, "factor on Amazon's usage plans; 0: no quotas"),
        ("speed", real, 1.0, "sandbox seconds per real second"),
        ("offset", real, 0.0, "seconds the sandbox's clock is ahead"),
        ("store-latency", real, 0.0, "real seconds every answer of the store takes longer"),
    ):
        parser.add_argument(f"--{name}", type=kind, default=default, help=f"{text} (default {default})")
    parser.add_argument("--anchor", type=float, help="unix seconds from which speed counts (default: now)")
    parser.add_argument("--bare", action="store_true", help="the store lacks what `store prepare` creates")
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    options = vars(arguments().parse_args(words))
    store_options = {"bare": True} if options.pop("bare") else {}
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with Sandbox(**options, store_options=store_options) as sandbox:
        line = {
            "amazon_url": sandbox.amazon_url,
            "lwa_url": sandbox.lwa_url,
            "store_url": sandbox.store_url,
            **sandbox.credentials(),
            "clock": sandbox.clock.state(),
        }
        # The world stays: the garbage collector need not go through a hundred thousand orders again and again.
        gc.freeze()
        print(json.dumps(line), flush=True)
        stopped.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
