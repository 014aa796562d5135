"""`crossdock demo` and `crossdock sandbox`: everything without an Amazon account or a store."""

from __future__ import annotations

import json
import signal
import sys
import threading
from typing import Annotated, Any

import typer

from tui.commands.common import Json, command, loaded_settings, print_json, show


def register(app: typer.Typer, name: str) -> None:
    """Add the command `name`."""
    command(app, name)({"demo": demo, "sandbox": sandbox}[name])


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Run the main job and print a summary.")] = False,
    as_json: Json = False,
) -> int:
    """A sandbox, a worker and a connected channel, in a home of their own."""
    from tui.commands.demo import run_demo

    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return run_demo(loaded_settings(), headless=headless or as_json or not terminal, as_json=as_json)


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65_534, metavar="N", help="Amazon; the store is next.")] = 0,
    seed: Annotated[int, typer.Option(help="Which world.")] = 1,
    orders: Annotated[int, typer.Option(min=0, max=1_000_000, help="Orders in the demo marketplace.")] = 1000,
    other_orders: Annotated[int, typer.Option(min=0, max=1_000_000, help="Orders in other marketplaces.")] = 300,
    products: Annotated[int, typer.Option(min=1, max=1_000_000, help="Products on both sides.")] = 300,
    poison: Annotated[int, typer.Option(min=0, max=1_000_000, help="Broken orders on top.")] = 0,
    sellers: Annotated[int, typer.Option(min=1, max=1_000, help="Sellers, each with an app.")] = 1,
    browse_nodes: Annotated[int, typer.Option(min=0, max=500_000, help="Nodes of each marketplace's tree.")] = 0,
    listings: Annotated[int, typer.Option(min=0, max=1_000_000, help="Listings that the store lacks.")] = 0,
    quota_scale: Annotated[float, typer.Option(min=0, help="Factor on Amazon's quotas; 0 is unlimited.")] = 1.0,
    speed: Annotated[float, typer.Option(min=0.01, help="Sandbox seconds per second.")] = 1.0,
    store_latency: Annotated[float, typer.Option(min=0, help="Seconds every answer of the store takes.")] = 0.0,
    as_json: Json = False,
) -> int:
    """Serve a fake Amazon and a fake store on this machine; prints their URLs and credentials."""
    from sandbox.sandbox import Sandbox

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    options = {"seed": seed, "orders": orders, "other_orders": other_orders, "products": products}
    with Sandbox(
        **options,
        poison=poison,
        sellers=sellers,
        browse_nodes=browse_nodes,
        listings=listings,
        quota_scale=quota_scale,
        speed=speed,
        store_latency=store_latency,
        amazon_port=port,
        store_port=port + 1 if port else 0,
    ) as world:
        document = {
            "amazon_url": world.amazon_url,
            "lwa_url": world.lwa_url,
            "store_url": world.store_url,
            **world.credentials(),
        }
        if as_json:
            print_json(document)
        else:
            show(None, _lines(document), as_json=False)
        sys.stdout.flush()
        stopped.wait()
    return 0


def _lines(document: dict[str, Any]) -> list[str]:
    return [
        f"Amazon: {document['amazon_url']}    store: {document['store_url']}    (Ctrl-C stops them)",
        "",
        "export " + " ".join(f"{name}={url}" for name, url in document["environment"].items()),
        f"crossdock store add --from - <<< '{json.dumps(document['store'])}'",
        f"crossdock channel add --from - <<< '{json.dumps(document['channel'])}'",
    ]
