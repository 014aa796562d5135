"""Codes of parcels that are not told to Amazon, with their words: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from core.orders.plan.problems import UNREADABLE
from core.sync.codes import Code, FixKind
from core.sync.decisions import Hold

CANCEL_REQUESTED = Code("cancel_requested", "Buyer cancels", FixKind.AMAZON, "Answer the buyer's request at Amazon")
ORDER_CANCELLED = Code("order_cancelled", "Cancelled at Amazon", FixKind.STORE, "Stop the parcel")
ORDER_PENDING = Code("order_pending", "Order not released", FixKind.WAIT, "Nothing to do: it goes out by itself")
ORDER_INCOMPLETE = Code("order_incomplete", "Order not known", FixKind.RETRY, "Ask Amazon for the order again")
CARRIER_UNMAPPED = Code("carrier_unmapped", "Carrier unmapped", FixKind.MAP, "Choose Amazon's name of the carrier")
MORE_THAN_ORDERED = Code("more_than_ordered", "More than ordered", FixKind.STORE, "Correct the shipment in the store")
SHIPPED_OTHERWISE = Code("shipped_otherwise", "Shipped otherwise", FixKind.AMAZON, "Compare the order at Amazon")
PART_OF_UNIT = Code("part_of_unit", "Part of a unit", FixKind.STORE, "Enter the whole unit as one shipment")
LINE_UNKNOWN = Code("line_unknown", "Unknown line", FixKind.STORE, "Enter the shipment in the store anew")
AMAZON_REFUSED = Code("amazon_refused", "Amazon refused", FixKind.RETRY)
TRACKING_MISSING = Code(
    "tracking_missing", "No tracking number", FixKind.STORE, "Enter the tracking number in the store"
)
NOT_SHOWN = Code("not_shown", "Not shown at Amazon", FixKind.RETRY)
SHIPMENT_MISSING = Code("shipment_missing", "Shipment missing", FixKind.ENTER, "Enter the shipment")
ENTRY_REFUSED = Code("entry_refused", "Entry refused", FixKind.STORE, "Enter the shipment in the store by hand")

CODES = tuple(code for code in vars().values() if isinstance(code, Code))


def cancel_requested() -> Hold:
    """The buyer asked to cancel, and nobody has answered."""
    return Hold(
        CANCEL_REQUESTED,
        "The buyer asks to cancel this order.",
        "Cancel it in Seller Central, or refuse the request there by confirming the shipment; then push again.",
    )


def order_cancelled() -> Hold:
    """A parcel of an order that is cancelled at Amazon."""
    return Hold(
        ORDER_CANCELLED,
        "Amazon has cancelled the order: its parcel cannot be confirmed.",
        "Stop the parcel or ask the buyer for it; delete the shipment in the store when it did not leave.",
    )


def order_pending() -> Hold:
    """A parcel of an order that Amazon has not released."""
    return Hold(
        ORDER_PENDING, "Amazon has not released the order yet.", "It goes out by itself once the order is released."
    )


def order_incomplete(why: str) -> Hold:
    """What Amazon waits for is not known."""
    return Hold(
        ORDER_INCOMPLETE,
        f"What Amazon waits for is not known: {why}.",
        "The next push asks again; the other parcels are not affected.",
    )


def carrier_unmapped(key: str, near: Sequence[str], channel: str) -> Hold:
    """Nobody has said what a carrier of the store is called at Amazon."""
    maybe = f" Amazon knows {' and '.join(near)}." if near else ""
    code = near[0] if near else "Other:NAME"
    what = f"The carrier {key!r} of the store is not mapped." if key else "The shipment names no carrier."
    if not key:
        return Hold(CARRIER_UNMAPPED, what, "Enter its carrier in the store.")
    return Hold(
        CARRIER_UNMAPPED,
        f"{what}{maybe}",
        f'Map it with: crossdock mapping set --channel {channel} carriers "{key}" "{code}"',
        f"carriers.{key}",
    )


def more_than_ordered(sku: str, wanted: int, ordered: int) -> Hold:
    """The store ships more of a line than was ordered."""
    return Hold(
        MORE_THAN_ORDERED,
        f"{wanted} of {sku!r} are shipped in the store, {ordered} were ordered at Amazon.",
        "Correct the shipment in the store: delete it there and enter it anew.",
    )


def shipped_otherwise(sku: str, wanted: int, left: int, references: Sequence[str]) -> Hold:
    """What is in the parcel was told to Amazon already, as other parcels."""
    told = f" (package {', '.join(references)})" if references else ""
    return Hold(
        SHIPPED_OTHERWISE,
        f"It holds {wanted} of {sku!r}; Amazon waits for {left}, the rest was confirmed otherwise{told}.",
        "Compare the order in Seller Central with its shipments in the store.",
    )


def part_of_unit(sku: str) -> Hold:
    """A part of a kit: Amazon knows whole units only."""
    return Hold(
        PART_OF_UNIT,
        f"It holds a part of one unit of {sku!r}; Amazon takes whole units only.",
        "Enter the whole unit as one shipment in the store, or confirm it in Seller Central.",
    )


def line_unknown(line: str) -> Hold:
    """A shipment names a line that its order does not have."""
    return Hold(
        LINE_UNKNOWN,
        f"It names line {line}, which the store order does not have.",
        "Delete the shipment in the store and enter it anew.",
    )


def amazon_refused(why: str) -> Hold:
    """Amazon's clear no."""
    return Hold(AMAZON_REFUSED, f"Amazon refuses it: {why}.", "Correct that, then: crossdock shipments push --order-id")


def tracking_missing() -> Hold:
    """Amazon's no to a parcel without a tracking number."""
    return Hold(
        TRACKING_MISSING,
        "Amazon refuses it, and it has no tracking number.",
        "Enter its number in the store: it goes out by itself. Confirm mail without a number in Seller Central.",
    )


def not_shown() -> Hold:
    """Amazon took a confirmation, several times if the order can be read, and shows nothing of it."""
    return Hold(
        NOT_SHOWN,
        "Amazon accepted the confirmation and does not show it.",
        "Look at the order in Seller Central; the next push looks again.",
    )


def unreadable() -> Hold:
    """The intent is of another version of the program."""
    return Hold(
        UNREADABLE,
        "What was planned of it cannot be read by this version of the program.",
        "Plan it again with: crossdock shipments push",
    )


def shipment_missing(store_order_id: int, order_id: str, channel: str) -> Hold:
    """The store calls an order complete, and nobody entered its parcel."""
    return Hold(
        SHIPMENT_MISSING,
        f"Store order {store_order_id} is complete and has no shipment; Amazon still waits for it.",
        "Enter the shipment in the store, or here: crossdock shipments enter "
        f"--channel {channel} {order_id} --carrier CARRIER --tracking NUMBER",
    )


def entry_refused(why: str) -> Hold:
    """The store does not take a shipment."""
    return Hold(ENTRY_REFUSED, why, "Enter the shipment in the store by hand.")
