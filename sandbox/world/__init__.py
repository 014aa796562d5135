"""The invented world behind both servers: products, orders, and what a right import makes of each order.

Beside the orders stand where products belong (`category`), how they are offered (`listing`), how orders are packed
(`parcel`) and what Amazon knows to have left (`package`).

Orders are generated as drafts (amounts, people, status); the document Amazon serves and the expectation are
both derived from the draft, never from each other.
"""

from sandbox.world.build import World, build_world
from sandbox.world.order import Expected, WorldOrder
from sandbox.world.product import WorldProduct

__all__ = ["Expected", "World", "WorldOrder", "WorldProduct", "build_world"]
