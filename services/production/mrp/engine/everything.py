"""All messages of a plan: compiled, by the reference for what expires or is stood in for.

Imported only where numba is to be had.
"""

from collections.abc import Callable
from typing import cast

import numpy as np

from services.production.mrp.engine import bounds_kernel, message_kernel
from services.production.mrp.engine.bounds import HEADROOM
from services.production.mrp.engine.building import ORDERS_MAX
from services.production.mrp.engine.columns import Ints
from services.production.mrp.engine.compiled import Standing
from services.production.mrp.engine.faults import PlanningOverflow, PlanningTooManyOrders
from services.production.mrp.engine.messages import KINDS, Message, messages
from services.production.mrp.engine.snapshot import NEVER
from services.production.mrp.engine.timeline import item_plan

COMPILED = cast("Callable[..., int]", message_kernel.messages)  # pyright: ignore[reportUnknownMemberType]
BOUNDS = cast("Callable[..., tuple[Ints, Ints]]", bounds_kernel.bounds)  # pyright: ignore[reportUnknownMemberType]


def check_all_bounds(standing: Standing) -> None:
    """Refuse before the run what could leave 64 bits; names the first such item."""
    worst, orders = BOUNDS(standing.columns)
    ids, buckets = standing.snapshot.ids, standing.snapshot.buckets
    for item in np.flatnonzero(orders - buckets > ORDERS_MAX)[:1]:
        raise PlanningTooManyOrders(item=ids[item], orders=int(orders[item]), most=ORDERS_MAX)
    for item in np.flatnonzero(worst >= HEADROOM)[:1]:
        decimals: int = standing.snapshot.decimals[int(item)]
        raise PlanningOverflow(item=ids[item], decimals=decimals, units=f"{worst[item]:.3g}")


def all_messages(standing: Standing) -> Ints:
    """Rows of (item, place of its kind in `KINDS`, bucket, to, quantity), by item."""
    return messages_of(standing, np.arange(len(standing.snapshot.ids)))


def messages_of(standing: Standing, items: Ints) -> Ints:
    """The same of some items, in planning order."""
    c, arena = standing.columns, standing.arena
    room = 3 * int((c.receipt_at[items + 1] - c.receipt_at[items]).sum())
    room += int(arena.counts[items].sum()) + int((c.fence[items] > 0).sum())
    found = np.empty((room, 5), np.int64)
    wanted, shorts = np.zeros(int(c.buckets), np.int64), np.zeros(int(c.buckets), np.int64)
    count = COMPILED(c, arena, standing.rows, wanted, shorts, found, items)
    special = (np.diff(c.lot_at) > 0) | (c.shelf_life != NEVER) | (np.diff(c.alt_at) > 0)
    plan = standing.plan
    rows = [
        row_of(item, one)
        for item in items[special[items]].tolist()
        for one in messages(standing.snapshot, item, item_plan(standing.snapshot, plan, item))
    ]
    whole = np.concatenate((found[:count], np.array(rows, np.int64).reshape(-1, 5)))
    return whole[np.lexsort((whole[:, 4], whole[:, 3], whole[:, 1], whole[:, 2], whole[:, 0]))]


def row_of(item: int, message: Message) -> tuple[int, int, int, int, int]:
    kind = KINDS.index(message.kind)
    return item, kind, message.bucket, message.to, message.quantity
