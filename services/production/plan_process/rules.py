"""A run from its input to its outcome, and what it says of itself. Pure."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import numpy as np

from services.production.mrp.engine.columnar import Laid, Named, laid, named_of
from services.production.mrp.engine.engines import chosen_engine
from services.production.mrp.engine.loop import plan_by_loop
from services.production.mrp.engine.messages import KINDS, messages
from services.production.mrp.engine.packing import Stored
from services.production.mrp.engine.patching import inputs_at, messages_at, orders_at
from services.production.mrp.engine.plan import Plan
from services.production.mrp.engine.read_rows import Ints, Keyed, Keys, ReadRows, joined, keyed
from services.production.mrp.engine.snapshot import Digests
from services.production.mrp.engine.timeline import item_plan
from services.production.mrp.rules import DEMAND_KINDS, RECEIPT_KINDS
from services.production.net_change.rules import (
    LARGE,
    Kept,
    Shape,
    Terms,
    move,
    places_of,
    shape_of,
)

if TYPE_CHECKING:
    from services.production.mrp.engine.compiled import Standing

INTERRUPTED = {
    "title": "The planning process ended before the run did / 计划进程在运行完成前终止",
    "lifted_by": "Start another run / 请重新运行",
}
Tell = Callable[[str, int], None]  # a stage, and how much is done before it, per cent


@dataclass(frozen=True, slots=True)
class Queued:
    """A run as it was asked for; `mode` net_change where it is to move the plan that stands."""

    kind: str
    company_id: UUID
    today: date
    buckets: int
    working: str
    changes: dict[str, Any]
    mode: str

    @property
    def terms(self) -> Terms:
        return Terms(self.company_id, self.today, self.buckets, self.working)


@dataclass
class Outcome:
    """What is stored of a run: all of it, or what differs from its base; and its log."""

    keep: Stored
    base_id: UUID | None
    log: dict[str, Any]


def moved(
    tell: Tell, run_id: UUID, kept: Kept, changes: tuple[ReadRows, Laid]
) -> tuple[Outcome, Kept]:
    """The plan that stands, moved by what changed; stored as what differs from a whole run."""
    from services.production.mrp.engine.everything import all_messages, messages_of

    before, standing = kept.run_id, kept.standing
    tell("plan", 40)
    replanned, others = move(kept, *changes)
    places = np.flatnonzero(kept.moved)
    base: UUID | None = kept.whole_id
    if LARGE * len(places) > len(kept.moved):
        keep, base = Stored(kept.named, standing.plan, all_messages(standing)), None
        kept.whole_id, kept.moved[:] = run_id, False
    else:
        part, orders = inputs_at(kept.named, places), orders_at(standing.plan, places)
        keep = Stored(part, orders, messages_at(messages_of(standing, places), places), places)
    log = {
        "input": kept.named.snapshot.digest(kept.known), "plan": kept.plan_hash,
        "engine": "kernel", "mode": "net_change", "before": before,
        "replanned": len(replanned), "moved": len(others),
        "counts": counts_of(kept.named, kept.standing.plan, int(kept.said.sum())),
    }  # fmt: skip
    return Outcome(keep, base, log), kept


class Input(NamedTuple):
    """What is planned, and what of its rows net change needs later."""

    named: Named
    shape: Shape
    parents: Keys
    components: Keys


def input_of(read: ReadRows, asked: Queued) -> Input:
    known = laid(read, asked.buckets)
    named = named_of(known, read, asked.buckets, [one == "1" for one in asked.working])
    order = np.argsort(read.lines.key, kind="stable")
    return Input(named, shape_of(known), read.lines.key[order], read.lines.other[order])


def regenerated(
    tell: Tell, run_id: UUID, asked: Queued, given: Input
) -> tuple[Outcome, Kept | None]:
    """Everything planned anew; where the compiled engine did it, its plan can be moved."""
    named, shape = given.named, given.shape
    tell("plan", 60)
    engine, plan, said, standing = planned(named)
    tell("hash", 80)
    digests, hashed = bytearray(plan.digests(range(len(plan.count)))), Digests()
    plan_hash = hashlib.sha256(digests).hexdigest()
    log = {
        "input": named.snapshot.digest(hashed), "plan": plan_hash, "engine": engine,
        "mode": "regeneration", "before": None, "replanned": None, "moved": None,
        "counts": counts_of(named, plan, len(said)),
    }  # fmt: skip
    outcome = Outcome(Stored(named, plan, said), None, log)
    if standing is None or asked.kind == "what_if":
        return outcome, None
    kept = Kept(
        asked.terms, run_id, run_id, plan_hash, "", named, standing, shape,
        places_of(named, shape), given.parents, given.components,
        np.bincount(said[:, 0], minlength=len(shape.keys)), digests, hashed,
        np.zeros(len(shape.keys), bool),
    )  # fmt: skip
    return outcome, kept


def counts_of(named: Named, plan: Plan, messages: int) -> dict[str, int]:
    return {
        "items": len(named.snapshot.ids),
        "lines": len(named.snapshot.used.parent),
        "demands": len(named.demand_kinds),
        "receipts": len(named.receipt_kinds),
        "orders": plan.orders,
        "messages": messages,
    }


def planned(named: Named) -> "tuple[str, Plan, Ints, Standing | None]":
    """The plan and its messages: compiled where it can be, else by the reference loop."""
    chosen = chosen_engine()
    snapshot = named.snapshot
    if chosen.notice is None:
        from services.production.mrp.engine.compiled import Standing
        from services.production.mrp.engine.everything import all_messages, check_all_bounds

        standing = Standing(snapshot, check_all_bounds)
        return chosen.name, standing.plan, all_messages(standing), standing
    from services.production.mrp.engine.bounds import check_bounds
    from services.production.mrp.engine.building import ORDERS_MAX

    check_bounds(snapshot, ORDERS_MAX)
    plan = plan_by_loop(snapshot)
    rows = [
        (item, KINDS.index(one.kind), one.bucket, one.to, one.quantity)
        for item in range(len(snapshot.ids))
        for one in messages(snapshot, item, item_plan(snapshot, plan, item))
    ]
    return chosen.name, plan, np.array(rows, np.int64).reshape(-1, 5), None


def changed(read: ReadRows, changes: dict[str, Any]) -> ReadRows:
    """What a what-if adds: demands and receipts in smallest units, on days from today."""

    def added(rows: Keyed, name: str, kind: int) -> Keyed:
        wishes = changes.get(name, [])
        if not wishes:
            return rows
        width = np.dtype([("key", "V16"), ("other", "V16"), ("bucket", "i8"), ("quantity", "i8"),
                          ("kind", "i8")])  # fmt: skip
        table = np.array(
            [
                (UUID(one["item_id"]).bytes, UUID(one["item_id"]).bytes, one["bucket"],
                 one["count"], kind)
                for one in wishes
            ],
            width,
        )  # fmt: skip
        return joined(rows, keyed(table, "bucket", "quantity", "kind"))

    return replace(
        read,
        demands=added(read.demands, "demands", DEMAND_KINDS.index("what_if")),
        receipts=added(read.receipts, "receipts", RECEIPT_KINDS.index("what_if")),
    )


CHUNK = 2**20
HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no extension


def binary_row(*fields: UUID | memoryview | None) -> Iterator[bytes | memoryview]:
    """One row of PostgreSQL's binary copy format, in pieces."""
    yield HEAD + len(fields).to_bytes(2, "big")
    for field in fields:
        if field is None:
            yield (-1).to_bytes(4, "big", signed=True)
            continue
        body = memoryview(field.bytes) if isinstance(field, UUID) else field
        yield len(body).to_bytes(4, "big")
        for begin in range(0, len(body), CHUNK):
            yield body[begin : begin + CHUNK]
    yield (-1).to_bytes(2, "big", signed=True)
