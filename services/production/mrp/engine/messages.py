"""What a planner should do: about firm receipts that no longer fit, and orders to release now."""

from dataclasses import dataclass
from typing import Literal, get_args

from services.production.mrp.engine.net import receipt_of
from services.production.mrp.engine.snapshot import Snapshot
from services.production.mrp.engine.timeline import ItemPlan, Timeline, opening

Kind = Literal[
    "expedite", "postpone", "cancel", "increase", "decrease", "release_now", "expires", "lot_cut",
    "short_in_fence", "substitute",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Message:
    """`bucket` is where the thing stands, `to` where it should, `quantity` in smallest units.

    For release_now `bucket` is the true release; for expires and substitute `to` equals `bucket`.
    For short_in_fence it is the first short bucket, `to` the first in which an order may help, and
    `quantity` the most that is short before.
    """

    kind: Kind
    bucket: int
    to: int
    quantity: int

    @property
    def buckets(self) -> int:
        """How far it is off: buckets to move, or by which a release is past due."""
        return abs(self.to - self.bucket)


def messages(snapshot: Snapshot, item: int, planned: ItemPlan) -> list[Message]:
    """Everything to say about an item, by bucket."""
    found = [
        *about_receipts(snapshot, item, planned),
        *about_orders(planned),
        *about_waste(planned),
        *about_fence(planned.rows.net[: snapshot.fence[item]], snapshot.fence[item]),
        *about_substitutes(planned.rows.substituted),
    ]
    return sorted(found, key=lambda one: (one.bucket, one.kind, one.to, one.quantity))


def about_receipts(snapshot: Snapshot, item: int, planned: ItemPlan) -> list[Message]:
    """Each firm receipt against the first bucket that would run short without it.

    Receipts serve needs in order of their dates, whatever planned orders cover meanwhile: to move
    a firm receipt comes before buying more.
    """
    wanted = cumulative_need(planned.rows, snapshot.safety_row(item))
    covered = opening(snapshot, item)
    found: list[Message] = []
    shorts = {order.need: 0 for order in planned.orders}
    for order in planned.orders:
        shorts[order.need] += order.quantity
    for bucket, quantity in snapshot.receipts.of(item):
        needed = next((b for b, total in enumerate(wanted) if total > covered), None)
        covered += quantity
        if needed is None:
            found.append(Message("cancel", bucket, bucket, quantity))
            continue
        needed = receipt_of(snapshot, item, needed)
        if needed != bucket:
            kind: Kind = "expedite" if needed < bucket else "postpone"
            found.append(Message(kind, bucket, needed, quantity))
        if (surplus := covered - wanted[-1]) > 0:
            found.append(Message("decrease", bucket, bucket, min(surplus, quantity)))
        if missing := min(shorts.pop(bucket, 0), max(wanted[bucket] - covered, 0)):
            found.append(Message("increase", bucket, bucket, missing))
    return found


def cumulative_need(rows: Timeline, safety: list[int]) -> list[int]:
    """What must have been supplied by the end of each bucket: uses, waste, and safety stock."""
    used, most, totals = 0, 0, list[int]()
    own = zip(rows.gross, rows.substituted, rows.expired, safety, strict=True)
    for gross, instead, expired, level in own:
        used += gross - instead + expired
        most = max(most, used + level)
        totals.append(most)
    return totals


def about_orders(planned: ItemPlan) -> list[Message]:
    """Orders that must start now, or should have; the quantity is what is started."""
    return [
        Message("release_now", order.release, 0, order.start)
        for order in planned.orders
        if order.release <= 0
    ]


def about_waste(planned: ItemPlan) -> list[Message]:
    """Stock that nobody uses in time, and lots that would not have been."""
    wasted = [
        Message("expires", bucket, bucket, quantity)
        for bucket, quantity in enumerate(planned.rows.expired)
        if quantity
    ]
    cut = [
        Message(
            "lot_cut",
            bucket,
            bucket,
            sum(order.quantity for order in planned.orders if order.need == bucket),
        )
        for bucket in planned.cut
    ]
    return wasted + cut


def about_fence(short: list[int], fence: int) -> list[Message]:
    """What is short inside the planning fence, where nothing is ordered."""
    first = next((bucket for bucket, quantity in enumerate(short) if quantity), None)
    return [] if first is None else [Message("short_in_fence", first, fence, max(short))]


def about_substitutes(substituted: list[int]) -> list[Message]:
    """What others stand in for, in the item's own units."""
    return [
        Message("substitute", bucket, bucket, quantity)
        for bucket, quantity in enumerate(substituted)
        if quantity
    ]
