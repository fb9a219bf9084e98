"""Which ids in an event are documents of its thread, and which words lead to it. Pure.

Masters, lots and people link everything with everything, so they are no threads: an item bought
for one order would tie it to every other order that uses the item.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast
from uuid import UUID

DOCUMENTS = frozenset(
    [
        "order",
        "demand",
        "requisition",
        "arrival",
        "inspection",
        "release",
        "shipment",
        "delivery",
        "issue",
        "return",
        "invoice",
        "payment",
        "voucher",
        "source",
        "document",
        "saga",
        "planned_order",
        "receipt",
    ]
)
WORDS = {"number": "number", "lot_number": "lot", "maker_lot": "lot", "serial": "serial"}
LISTS = {"serials": "serial"}
SALES_ORDER = "erp.sales.order_approved.v1"


class Link(NamedTuple):
    document_id: UUID
    role: str


class Word(NamedTuple):
    text: str
    kind: str


def links_in(data: Mapping[str, Any]) -> set[Link]:
    """Every document that the event names, in its head and in its lines."""
    found: set[Link] = set()
    for name, value in walk(data):
        role = name.removesuffix("_ids").removesuffix("_id")
        if role != name and role in DOCUMENTS and isinstance(value, str):
            found.add(Link(UUID(value), role))
        elif name == "related_ids" and isinstance(value, str):
            found.add(Link(UUID(value), "related"))
    return found


def words_in(data: Mapping[str, Any]) -> set[Word]:
    """What a person may search for: numbers, lots, serials; upper case, as stored."""
    found: set[Word] = set()
    for name, value in walk(data):
        kind = WORDS.get(name) or LISTS.get(name) or ("number" if name.endswith("_number") else "")
        if kind and isinstance(value, str) and value.strip():
            found.add(Word(value.strip().upper()[:100], kind))
    return found


def number_of(data: Mapping[str, Any]) -> str:
    """The number that people know the event's document by."""
    names = ("number", "document_number", "order_number", "source_number", "lot_number", "name")
    return next((str(data[name]) for name in names if data.get(name)), "")


def walk(node: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with the name of the field that holds it, lists and lines included."""
    if isinstance(node, Mapping):
        for key, value in cast("Mapping[str, Any]", node).items():
            yield from walk(value, key)
    elif isinstance(node, list | tuple):
        for value in cast("list[Any]", node):
            yield from walk(value, name)
    else:
        yield name, node
