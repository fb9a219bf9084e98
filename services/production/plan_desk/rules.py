"""What of a planned run is published, promised and compared. Pure."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import numpy as np

from services.production.mrp.engine.columnar import shown_id
from services.production.mrp.engine.messages import KINDS
from services.production.mrp.engine.net import receipt_of
from services.production.mrp.engine.packing import Stored
from services.production.mrp.engine.patching import with_inputs, with_messages, with_orders
from services.production.mrp.engine.peg import Peg
from services.production.mrp.engine.scaling import shown
from services.production.mrp.rules import Desk, Json, item_view


def demands_served(desk: Desk, item: int) -> dict[int, set[str]]:
    """Of each order of an item the demands at the top of what it serves."""
    served: defaultdict[int, set[str]] = defaultdict(set)
    for peg in desk.pegs_of(item):
        if peg.supply.kind == "order":
            served[peg.supply.number] |= roots(desk, item, peg, {})
    return served


def roots(desk: Desk, item: int, peg: Peg, known: dict[tuple[int, int], set[str]]) -> set[str]:
    if peg.use.kind == "demand":
        place = desk.snapshot.demand.at[item] + peg.use.number
        if place < desk.snapshot.demand.at[item + 1] and desk.named.demand_kinds[place] == 0:
            return {shown_id(desk.named.demand_ids, place)}
        return set()
    if peg.use.kind != "order":
        return set()
    key = peg.use.item, peg.use.number
    if key not in known:
        known[key] = set()
        for one in desk.pegs_of(key[0]):
            if one.supply.kind == "order" and one.supply.number == key[1]:
                known[key] |= roots(desk, key[0], one, known)
    return known[key]


@dataclass(frozen=True, slots=True)
class Proposal:
    """An order that a plan proposes: days from the run's day; good units."""

    item_id: str
    start: int
    due: int
    quantity: Decimal


def proposals(desk: Desk, until: int) -> list[tuple[int, int, Proposal]]:
    """(item, order number, proposal) of what is to be released by a bucket, in planning order."""
    plan, snapshot = desk.plan, desk.snapshot
    release, counts = np.asarray(plan.release), np.asarray(plan.count)
    items = np.flatnonzero(counts)
    found: list[tuple[int, int, Proposal]] = []
    for item in items.tolist():
        begin = plan.at[item]
        if not (release[begin : begin + plan.count[item]] <= until).any():
            continue
        for number, order in enumerate(plan.of(item)):
            if order.release <= until:
                due = receipt_of(snapshot, item, order.need)
                quantity = shown(order.quantity, snapshot.decimals[item])
                one = Proposal(snapshot.ids[item], max(order.release, 0), due, quantity)
                found.append((item, number, one))
    return found


def differing(base: Desk, base_id: UUID, part: Stored) -> Desk:
    """The desk of a run that differs from a whole one at some items."""
    assert part.places is not None
    assert part.said is not None
    return Desk(
        with_inputs(base.named, part.named, part.places),
        with_orders(base.plan, part.plan, part.places),
        with_messages(base.told, part.said, part.places),
        base_id,
        part.places,
        base.places,
    )


def differences(old: Desk, new: Desk, first: int, second: int) -> list[Json]:
    """Items whose orders differ between two runs that began on days `first` and `second`."""
    found: list[Json] = []
    for id in apart(old, new):
        sides: list[set[tuple[int, int, str]]] = []
        for desk, day in ((old, first), (new, second)):
            place = desk.places.get(id)
            orders = [] if place is None else desk.plan.of(place)
            sides.append(
                {(o.release + day, o.need + day, desk.said(place or 0, o.quantity)) for o in orders}
            )
        if sides[0] != sides[1]:
            gone, come = sides[0] - sides[1], sides[1] - sides[0]
            found.append({"item_id": id, "gone": sorted(gone), "come": sorted(come)})
    return found


def apart(old: Desk, new: Desk) -> list[str]:
    """Items that may differ: of runs that differ from one whole run, only where one does."""
    if old.base is None or old.base != new.base:
        return sorted(old.places.keys() | new.places.keys())
    places: list[int] = np.union1d(old.apart, new.apart).tolist()
    return sorted(new.snapshot.ids[place] for place in places)


def messages_page(
    desk: Desk, kinds: tuple[str, ...], item_id: str | None, page: int, size: int
) -> Json:
    """One page of messages by item in planning order, how many there are, and how many by kind."""
    said = desk.told
    if item_id is not None:
        said = said[said[:, 0] == desk.places.get(item_id, -1)]
    numbers = np.bincount(said[:, 1], minlength=len(KINDS)).tolist()
    counts = {kind: number for kind, number in zip(KINDS, numbers, strict=True) if number}
    if kinds:
        wanted = [place for place, kind in enumerate(KINDS) if kind in kinds]
        said = said[np.isin(said[:, 1], wanted)]
    shown_ones: list[list[int]] = said[(page - 1) * size : page * size].tolist()
    rows = [
        {"item_id": desk.snapshot.ids[item], "kind": KINDS[kind], "bucket": bucket,
         "to_bucket": to, "quantity": shown(count, desk.snapshot.decimals[item])}
        for item, kind, bucket, to, count in shown_ones
    ]  # fmt: skip
    return {"rows": rows, "total": len(said), "counts": counts}


def publishable(desk: Desk, until: int, most: int) -> list[Json]:
    """Orders to publish with why they are wanted; more than `most` are only counted."""
    found = proposals(desk, until)
    if len(found) > most:
        return [{"count": len(found)}]
    served: dict[int, dict[int, set[str]]] = {}
    shown_ones: list[Json] = []
    for item, number, one in found:
        if item not in served:
            served[item] = demands_served(desk, item)
        shown_ones.append(
            {
                "item_id": one.item_id,
                "start": one.start,
                "due": one.due,
                "quantity": one.quantity,
                "level": desk.snapshot.level[item],
                "demands": sorted(served[item].get(number, ())),
                "uses": uses_of(desk, item, number),
            }
        )
    return shown_ones


def uses_of(desk: Desk, item: int, number: int) -> list[tuple[str, str]]:
    """(item or kind, quantity) of what one order serves, the first three."""
    found: list[tuple[str, str]] = []
    for peg in desk.pegs_of(item):
        if peg.supply.kind == "order" and peg.supply.number == number:
            name = desk.snapshot.ids[peg.use.item] if peg.use.kind == "order" else peg.use.kind
            found.append((name, desk.said(item, peg.quantity)))
    return found[:3]


def promise_rows(desk: Desk, item_id: str) -> tuple[int, list[int]]:
    """The item's place and what may be promised of it by each day, in smallest units."""
    item = desk.place(item_id)
    scale = 10 ** desk.snapshot.decimals[item]
    rows = item_view(desk, item_id)["available_to_promise"]
    return item, [int(Decimal(one) * scale) for one in rows]
