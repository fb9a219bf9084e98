"""A run's columns as bytes and back: each column in the smallest integers that hold it."""

import io
import zipfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from services.production.mrp.engine.calendar import Workdays
from services.production.mrp.engine.columnar import Named, column, ids_of
from services.production.mrp.engine.dating import dated
from services.production.mrp.engine.patching import orders_at
from services.production.mrp.engine.plan import WIDTH, Plan, Taken
from services.production.mrp.engine.read_rows import Ints
from services.production.mrp.engine.snapshot import (
    Alternates,
    Rows,
    Snapshot,
    WhereUsed,
    alternates,
)

NESTED: dict[str, Any] = {
    "workdays": Workdays, "used": WhereUsed, "alternates": Alternates,
    **dict.fromkeys(("demand", "receipts", "lots", "safety"), Rows),
}  # fmt: skip
PLAN = ("count", "need", "quantity")  # start and release follow from these
SAID = ("item", "kind", "bucket", "to", "quantity")
TAKEN = ("at", "count", "rows")


@dataclass(frozen=True, slots=True)
class Stored:
    """What a run keeps: everything that any view of it is computed from.

    `said` are its messages, none where a run of before kept them elsewhere. `places` are those of
    the items held, ascending, in the run that this one differs from; none where all are held.
    """

    named: Named
    plan: Plan
    said: Ints | None
    places: Ints | None = None


def packed(stored: Stored) -> memoryview:
    """One column after the other, so that only one is there twice."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as target:
        for name, values in columns_of(stored):
            with target.open(f"{name}.npy", "w", force_zip64=True) as into:
                np.lib.format.write_array(into, values, allow_pickle=False)
    return body.getbuffer()


def columns_of(stored: Stored) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Everything by names, nested ones with dots."""
    yield from input_columns(stored.named)
    plan = compact(stored.plan)
    for name in PLAN:
        yield f"plan.{name}", small(np.asarray(getattr(plan, name)))
    for name in TAKEN:
        yield f"taken.{name}", small(np.asarray(getattr(plan.taken, name)))
    if stored.said is not None:
        for place, name in enumerate(SAID):
            yield f"said.{name}", small(stored.said[:, place])
    if stored.places is not None:
        yield "places", small(stored.places)


def compact(plan: Plan) -> Plan:
    """The orders one item behind the other, as a plan that was never moved has them already."""
    at, count = np.asarray(plan.at), np.asarray(plan.count)
    takes = WIDTH * int(np.asarray(plan.taken.count).sum())
    packs = len(plan.need) == count.sum() and len(plan.taken.rows) == takes
    if packs and np.array_equal(at, np.cumsum(count) - count):
        return plan
    return orders_at(plan, np.arange(len(at)))


def input_columns(named: Named) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    snapshot = named.snapshot
    yield "buckets", np.array([snapshot.buckets])
    raw = bytes.fromhex("".join(snapshot.ids).replace("-", ""))
    yield "ids", np.frombuffer(raw, np.uint8)
    for field in fields(Snapshot):
        value: Any = getattr(snapshot, field.name)
        if field.name in NESTED:
            for part in fields(value):
                own = np.asarray(memoryview(getattr(value, part.name)))
                yield f"{field.name}.{part.name}", small(own)
        elif field.name not in ("ids", "buckets"):
            yield field.name, small(np.asarray(memoryview(value)))
    for name in ("demand_kinds", "receipt_kinds"):
        yield name, small(getattr(named, name))
    for name in ("demand_ids", "receipt_ids"):
        yield name, getattr(named, name).view(np.uint8)


def small(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for kind in (np.int8, np.int16, np.int32):
        if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max:
            return values.astype(kind)
    return values.astype(np.int64)


def unpacked(body: bytes | memoryview) -> Stored:
    with np.load(io.BytesIO(body), allow_pickle=False) as stored:
        columns = {name: stored[name] for name in stored.files}

    def own(name: str) -> "array[int]":
        return column(columns[name].astype(np.int64))

    parts: dict[str, Any] = {}
    for field in fields(Snapshot):
        if field.name == "alternates" and "alternates.at" not in columns:
            parts[field.name] = alternates(len(columns["stock"]))  # a run of before there were any
        elif field.name in NESTED:
            kind = NESTED[field.name]
            names = [f"{field.name}.{part.name}" for part in fields(kind)]
            parts[field.name] = kind(*(own(name) for name in names))
        elif field.name in columns and field.name not in ("ids", "buckets"):
            parts[field.name] = own(field.name)
        elif field.name not in ("ids", "buckets"):  # a run of before there was such a column
            parts[field.name] = column(np.zeros(len(columns["stock"]), np.int64))
    ids = ids_of(columns["ids"].view("S16"))
    snapshot = Snapshot(ids=ids, buckets=int(columns["buckets"][0]), **parts)
    taken = (columns.get(f"taken.{name}", np.zeros(0)).astype(np.int64).data for name in TAKEN)
    count, need, quantity = (columns[f"plan.{name}"] for name in PLAN)
    plan = dated(snapshot, count, need, quantity, Taken(*taken))
    named = Named(
        snapshot,
        columns["demand_kinds"].astype(np.int64),
        columns["demand_ids"].view("S16"),
        columns["receipt_kinds"].astype(np.int64),
        columns["receipt_ids"].view("S16"),
    )
    said = None
    if "said.item" in columns:
        said = np.stack([columns[f"said.{name}"].astype(np.int64) for name in SAID], axis=1)
    places = columns["places"].astype(np.int64) if "places" in columns else None
    return Stored(named, plan, said, places)
