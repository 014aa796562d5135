"""A store that does nothing but take its time: what is left of a measured time beside its calls is the program's.

The sandbox would work on the processors that are measured. This one keeps what it is sent and gives it back, with as
much of CS-Cart's REST API as an import of new orders calls. It prints its address, and ends when it is terminated.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_orders: dict[int, dict[str, Any]] = {}


def _answer(method: str, target: str, body: dict[str, Any]) -> dict[str, Any]:
    url = urlsplit(target)
    if method == "POST":
        return _made(body)
    if method == "PUT":
        number = int(url.path.rsplit("/", 1)[1])
        _orders[number].update(body)
        return {"order_id": number}
    wanted = parse_qs(url.query).get("order_id", [""])[0]
    found = [_orders[int(number)] for number in wanted.split(",") if number]
    return {"orders": found, "params": {"total_items": len(found)}}


def _made(body: dict[str, Any]) -> dict[str, Any]:
    """As a store makes it: at prices of its own, so that every order has to be made exact."""
    number = len(_orders) + 1
    lines = {key: {**line, "item_id": key, "price": "0.01"} for key, line in body["products"].items()}
    made = {**body, "order_id": number, "status": "O", "total": "0.01", "shipping_cost": "0", "products": lines}
    _orders[number] = made
    return {"order_id": number, "order_data": made}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            break
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        length = _LENGTH.search(head)
        sent = await reader.readexactly(int(length.group(1))) if length else b""
        await asyncio.sleep(seconds)
        body = json.dumps(_answer(method, target, json.loads(sent or b"{}"))).encode()
        status = b"201 Created" if method == "POST" else b"200 OK"
        writer.write(
            b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        )
        writer.write(body)
    writer.close()


async def _run(seconds: float) -> None:
    server = await asyncio.start_server(lambda *ends: _serve(*ends, seconds), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_run(float(sys.argv[1])))
