"""A run's columns as bytes and back: each column in the smallest integers that hold it."""

import io
from array import array
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from services.production.mrp.engine.calendar import Workdays
from services.production.mrp.engine.columnar import Named, column, ids_of
from services.production.mrp.engine.plan import Plan, Taken
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
PLAN = ("at", "count", "need", "release", "start", "quantity")
TAKEN = ("at", "count", "rows")


def packed(named: Named, plan: Plan) -> bytes:
    """Everything that any view of the run is computed from."""
    snapshot = named.snapshot
    columns: dict[str, npt.NDArray[Any]] = {"buckets": np.array([snapshot.buckets])}
    raw = bytes.fromhex("".join(snapshot.ids).replace("-", ""))
    columns["ids"] = np.frombuffer(raw, np.uint8)
    for field in fields(Snapshot):
        value: Any = getattr(snapshot, field.name)
        if field.name not in (*NESTED, "ids", "buckets"):
            columns[field.name] = small(np.asarray(memoryview(value)))
        elif field.name in NESTED:
            for part in fields(value):
                own = np.asarray(memoryview(getattr(value, part.name)))
                columns[f"{field.name}.{part.name}"] = small(own)
    for name in PLAN:
        columns[f"plan.{name}"] = small(np.asarray(getattr(plan, name)))
    for name in TAKEN:
        columns[f"taken.{name}"] = small(np.asarray(getattr(plan.taken, name)))
    for name in ("demand_kinds", "receipt_kinds"):
        columns[name] = small(getattr(named, name))
    for name in ("demand_ids", "receipt_ids"):
        columns[name] = np.frombuffer(getattr(named, name).tobytes(), np.uint8)
    body = io.BytesIO()
    np.savez(body, allow_pickle=False, **columns)
    return body.getvalue()


def small(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for kind in (np.int8, np.int16, np.int32):
        if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max:
            return values.astype(kind)
    return values.astype(np.int64)


def unpacked(body: bytes) -> tuple[Named, Plan]:
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
    wide = {name: np.int32 if name in ("need", "release") else np.int64 for name in PLAN}
    taken = (columns.get(f"taken.{name}", np.zeros(0)).astype(np.int64).data for name in TAKEN)
    columns_of = {name: columns[f"plan.{name}"].astype(wide[name]).data for name in PLAN}
    plan = Plan(**columns_of, taken=Taken(*taken))
    named = Named(
        snapshot,
        columns["demand_kinds"].astype(np.int64),
        columns["demand_ids"].view("S16"),
        columns["receipt_kinds"].astype(np.int64),
        columns["receipt_ids"].view("S16"),
    )
    return named, plan
