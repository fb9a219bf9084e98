"""A planned run on the desk: everything that is asked of it, computed from its columns. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import numpy as np

from services.production.mrp.engine.columnar import Named, shown_id
from services.production.mrp.engine.messages import messages
from services.production.mrp.engine.net import receipt_of
from services.production.mrp.engine.peg import Peg, pegs
from services.production.mrp.engine.plan import Plan
from services.production.mrp.engine.read_rows import Ints
from services.production.mrp.engine.scaling import shown
from services.production.mrp.engine.snapshot import Snapshot
from services.production.mrp.engine.timeline import ROWS, item_plan, promises
from shared.decimals import plain
from shared.i18n import Bilingual
from shared.problems import NotFound, Refused

DEMAND_KINDS = ("demand", "component", "forecast", "what_if", "firm")
RECEIPT_KINDS = (
    *("purchase_order", "requisition", "planned_order", "production_order", "to_inspect"),
    *("firm", "what_if"),
)
TRACE_MAX = 5000  # pegs of one trace
Direction = Literal["up", "down"]
Json = dict[str, Any]


class PlannedItemUnknown(NotFound):
    title = Bilingual("The run has not planned this item", "该计划运行中没有此物料")


class TraceTooLong(Refused):
    title = Bilingual("The trace is longer than one answer may be", "追溯链超出单次应答上限")
    lifted_by = Bilingual("Trace one of its components", "改为追溯其中一个组件")


@dataclass
class Desk:
    """One run's snapshot, orders and messages; pegs of an item are computed once.

    `told` are rows of (item, place of its kind in `KINDS`, bucket, to, quantity), by item. `base`
    is the whole run that it differs from at the items `apart`; a whole one is its own.
    """

    named: Named
    plan: Plan
    told: Ints
    base: UUID | None = None
    apart: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    places: dict[str, int] = field(default_factory=dict[str, int])
    pegged: dict[int, list[Peg]] = field(default_factory=dict[int, list[Peg]])

    def __post_init__(self) -> None:
        if not self.places:
            self.places = {id: place for place, id in enumerate(self.snapshot.ids)}

    @property
    def snapshot(self) -> Snapshot:
        return self.named.snapshot

    def place(self, item: str) -> int:
        if item not in self.places:
            raise PlannedItemUnknown(item=item)
        return self.places[item]

    def pegs_of(self, item: int) -> list[Peg]:
        if item not in self.pegged:
            self.pegged[item] = pegs(self.snapshot, self.plan, item)
        return self.pegged[item]

    def said(self, item: int, count: int) -> str:
        return plain(shown(count, self.snapshot.decimals[item]))


def item_view(desk: Desk, item_id: str) -> Json:
    """The time-phased table with the item's orders, messages, and what may still be promised."""
    item = desk.place(item_id)
    planned = item_plan(desk.snapshot, desk.plan, item)
    rows = {name: [desk.said(item, n) for n in getattr(planned.rows, name)] for name in ROWS}
    promise = promises(desk.snapshot, planned.rows, item, forecasts_of(desk, item))
    return {
        "item_id": item_id,
        "level": desk.snapshot.level[item],
        **rows,
        "available_to_promise": [desk.said(item, n) for n in promise],
        "orders": orders_of(desk, item),
        "messages": [
            {"kind": one.kind, "bucket": one.bucket, "to_bucket": one.to, "days": one.buckets,
             "quantity": desk.said(item, one.quantity)}
            for one in messages(desk.snapshot, item, planned)
        ],
    }  # fmt: skip


def forecasts_of(desk: Desk, item: int) -> list[tuple[int, int]]:
    """(bucket, quantity) of what is left of the item's forecasts."""
    begin, kind = desk.snapshot.demand.at[item], DEMAND_KINDS.index("forecast")
    kinds = desk.named.demand_kinds[begin : desk.snapshot.demand.at[item + 1]].tolist()
    return [
        one for one, own in zip(desk.snapshot.demand.of(item), kinds, strict=True) if own == kind
    ]


def orders_of(desk: Desk, item: int) -> list[Json]:
    return [
        {
            "number": number,
            "need_bucket": order.need,
            "bucket": receipt_of(desk.snapshot, item, order.need),
            "release_bucket": order.release,
            "quantity": desk.said(item, order.quantity),
            "start_quantity": desk.said(item, order.start),
        }
        for number, order in enumerate(desk.plan.of(item))
    ]


def pegging(desk: Desk, item_id: str) -> list[Json]:
    """One level: every supply of the item with what it serves."""
    item = desk.place(item_id)
    return [peg_shown(desk, item, peg, 0) for peg in desk.pegs_of(item)]


def peg_shown(desk: Desk, item: int, peg: Peg, depth: int) -> Json:
    supply: Json = {"kind": peg.supply.kind, "number": peg.supply.number}
    supply["bucket"] = peg.supply.bucket
    use: Json = {"kind": peg.use.kind, "number": peg.use.number, "bucket": peg.use.bucket}
    use["item_id"] = desk.snapshot.ids[peg.use.item]
    if peg.use.instead_of >= 0:
        use["instead_of_item_id"] = desk.snapshot.ids[peg.use.instead_of]
    named = desk.named
    if peg.supply.kind == "receipt":
        place = desk.snapshot.receipts.at[item] + peg.supply.number
        supply["kind"] = RECEIPT_KINDS[named.receipt_kinds[place]]
        supply["document_id"] = shown_id(named.receipt_ids, place)
    if peg.use.kind == "demand":
        place = desk.snapshot.demand.at[item] + peg.use.number
        if place < desk.snapshot.demand.at[item + 1]:
            use["kind"] = DEMAND_KINDS[named.demand_kinds[place]]
            use["document_id"] = shown_id(named.demand_ids, place)
    return {
        "item_id": desk.snapshot.ids[item], "depth": depth, "supply": supply, "use": use,
        "quantity": desk.said(item, peg.quantity),
    }  # fmt: skip


def trace(desk: Desk, item_id: str, number: int | None, direction: Direction) -> list[Json]:
    """Level by level: up from an item's orders to the demands they serve, or down to all supply.

    `number` is one order of the item; None is all of them. Each peg is told once.
    """
    item = desk.place(item_id)
    step = up if direction == "up" else down
    seen: set[tuple[int, int, int]] = set()
    found: list[Json] = []
    level = [(item, number)]
    depth = 0
    while level:
        following: list[tuple[int, int | None]] = []
        for place, order in level:
            for owner, index, peg, beyond in step(desk, place, order):
                key = (owner, index, place if direction == "down" else 0)
                if key in seen:
                    continue
                seen.add(key)
                found.append(peg_shown(desk, owner, peg, depth))
                if len(found) > TRACE_MAX:
                    raise TraceTooLong(most=TRACE_MAX)
                if beyond is not None:
                    following.append(beyond)
        level = list(dict.fromkeys(following))
        depth += 1
    return found


Step = tuple[int, int, Peg, tuple[int, int] | None]


def up(desk: Desk, item: int, order: int | None) -> Iterable[Step]:
    """What an order serves; beyond it are the parents' orders."""
    for index, peg in enumerate(desk.pegs_of(item)):
        if peg.supply.kind != "order" or order not in (None, peg.supply.number):
            continue
        beyond = (peg.use.item, peg.use.number) if peg.use.kind == "order" else None
        yield item, index, peg, beyond


def down(desk: Desk, item: int, order: int | None) -> Iterable[Step]:
    """What serves an order's components; beyond are the components' own orders."""
    for component in children(desk, item):
        for index, peg in enumerate(desk.pegs_of(component)):
            use = peg.use
            if use.kind != "order" or use.item != item or order not in (None, use.number):
                continue
            beyond = (component, peg.supply.number) if peg.supply.kind == "order" else None
            yield component, index, peg, beyond


def children(desk: Desk, item: int) -> list[int]:
    """The item's components and what may stand in for them, in planning order."""
    used = desk.snapshot.used
    parents = np.asarray(memoryview(used.parent))
    at = np.asarray(memoryview(used.at))
    edges = np.flatnonzero(parents == item)
    own = desk.snapshot.alternates
    rows = np.isin(np.asarray(memoryview(own.edge)), edges)
    instead = np.asarray(memoryview(own.substitute))[rows]
    components = np.searchsorted(at, edges, side="right") - 1
    found: list[int] = np.unique(np.concatenate((components, instead))).tolist()
    return found
