"""Changes to routings: a revision holds from its day on and never changes; a new one ends it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.masterdata.items.tables import Item
from services.masterdata.masters.commands import Saved, by_code, merged
from services.masterdata.masters.rules import NOT_KNOWN, Fault, refuse, unknown
from services.masterdata.routings.rules import NOT_AFTER, REVISION_STANDS
from services.masterdata.routings.tables import Operation, Routing
from services.masterdata.work_centres.tables import WorkCentre
from shared.bulk import insert_rows, update_rows
from shared.contracts.masterdata.bodies import RoutingBody
from shared.contracts.masterdata.events import RoutingOperation, RoutingPublished
from shared.database import AsyncSession
from shared.outbox import record, teller
from shared.session import today

KEYS = ("item_id", "revision")


async def save_routings(session: AsyncSession, wishes: Sequence[RoutingBody]) -> Saved[Routing]:
    """Enter new revisions; one that stands may only be said again as it is."""
    items = await by_code(session, Item, {wish.item_code for wish in wishes})
    codes = {one.work_centre_code for wish in wishes for one in wish.operations}
    centres = await by_code(session, WorkCentre, codes)
    refuse(unknown_codes(wishes, items, centres))
    keys = [(items[wish.item_code].id, wish.revision) for wish in wishes]
    standing = await lock_revisions(session, {item_id for item_id, _ in keys})
    operations = await operations_of(session, [row.id for row in standing.values()])
    new: list[RoutingBody] = []
    saved: Saved[Routing] = Saved()
    faults: list[Fault] = []
    for place, (wish, key) in enumerate(zip(wishes, keys, strict=True)):
        if (row := standing.get(key)) is None:
            new.append(wish)
        elif differs(row, operations[row.id], wish, centres):
            faults.append(Fault(place, "revision", "stands", REVISION_STANDS, wish.revision))
        else:
            saved.unchanged.append(row)
    refuse(faults)
    heads = [head_of(session, wish, items) for wish in new]
    ended = end_predecessors(list(standing.values()), heads)
    saved.created.extend(merged(session, Routing, KEYS, {}, heads).created)
    entered = entries(session, saved.created, new, centres)
    await update_rows(session, (Routing, ended, ("valid_to", "version")))  # before others begin
    await insert_rows(session, (Routing, saved.created), (Operation, entered))
    for one in entered:
        operations[one.routing_id].append(one)
    tell(session, [*ended, *saved.created], operations)
    return saved


def unknown_codes(
    wishes: Sequence[RoutingBody], items: Mapping[str, Item], centres: Mapping[str, WorkCentre]
) -> list[Fault]:
    return unknown("item_code", [wish.item_code for wish in wishes], items) + [
        Fault(place, "work_centre_code", "unknown_code", NOT_KNOWN, one.work_centre_code, inner)
        for place, wish in enumerate(wishes)
        for inner, one in enumerate(wish.operations)
        if one.work_centre_code not in centres
    ]


def differs(
    row: Routing,
    operations: Sequence[Operation],
    wish: RoutingBody,
    centres: Mapping[str, WorkCentre],
) -> bool:
    stands = [
        (o.operation, o.name, o.kind, o.work_centre_id, o.setup_minutes, o.run_minutes)
        for o in operations
    ]
    asked = [
        (
            o.operation,
            o.name,
            o.kind,
            centres[o.work_centre_code].id,
            o.setup_minutes,
            o.run_minutes,
        )
        for o in sorted(wish.operations, key=lambda one: one.operation)
    ]
    return stands != asked or wish.valid_from not in (None, row.valid_from)


async def lock_revisions(
    session: AsyncSession, item_ids: Collection[UUID]
) -> dict[tuple[UUID, str], Routing]:
    """Every revision of some items, locked in id order."""
    found = await session.execute(
        select(Routing)
        .where(
            col(Routing.company_id) == teller(session).company_id,
            col(Routing.item_id).in_(item_ids),
        )
        .order_by(col(Routing.id))
        .with_for_update()
    )
    return {(row.item_id, row.revision): row for row in found.scalars()}


def head_of(session: AsyncSession, wish: RoutingBody, items: Mapping[str, Item]) -> dict[str, Any]:
    return {
        "item_id": items[wish.item_code].id,
        "revision": wish.revision,
        "valid_from": wish.valid_from or today(session),
        "valid_to": None,
    }


def entries(
    session: AsyncSession,
    created: Sequence[Routing],
    wishes: Sequence[RoutingBody],
    centres: Mapping[str, WorkCentre],
) -> list[Operation]:
    """The operations of new revisions, in order."""
    rows: list[dict[str, Any]] = []
    for routing, wish in zip(created, wishes, strict=True):
        rows += [
            one.model_dump(exclude={"work_centre_code"})
            | {"routing_id": routing.id, "work_centre_id": centres[one.work_centre_code].id}
            for one in sorted(wish.operations, key=lambda one: one.operation)
        ]
    return merged(session, Operation, ("routing_id", "operation"), {}, rows).created


def end_predecessors(
    standing: Sequence[Routing], heads: Sequence[Mapping[str, Any]]
) -> list[Routing]:
    """End the open revision of each item the day before the new one begins."""
    begins: dict[UUID, date] = {head["item_id"]: head["valid_from"] for head in heads}
    ended = [
        row for row in standing if row.item_id in begins and row.valid_to is None and row.active
    ]
    places = list(begins)
    refuse(
        [
            Fault(places.index(one.item_id), "valid_from", "not_after", NOT_AFTER, one.revision)
            for one in ended
            if begins[one.item_id] <= one.valid_from
        ]
    )
    for one in ended:
        one.valid_to = begins[one.item_id] - timedelta(days=1)
        one.version += 1
    return ended


async def operations_of(
    session: AsyncSession, routing_ids: Sequence[UUID]
) -> defaultdict[UUID, list[Operation]]:
    """The operations of routings, in order."""
    operations: defaultdict[UUID, list[Operation]] = defaultdict(list)
    if not routing_ids:
        return operations
    found = await session.execute(
        select(Operation)
        .where(col(Operation.routing_id).in_(routing_ids), col(Operation.active))
        .order_by(col(Operation.routing_id), col(Operation.operation))
    )
    for one in found.scalars():
        operations[one.routing_id].append(one)
    return operations


async def describe_routings(
    session: AsyncSession, rows: Sequence[Routing]
) -> list[RoutingPublished]:
    operations = await operations_of(session, [row.id for row in rows])
    return [shown(row, operations[row.id]) for row in rows]


def shown(row: Routing, operations: Sequence[Operation]) -> RoutingPublished:
    told = tuple(RoutingOperation.model_validate(one) for one in operations)
    return RoutingPublished.model_validate({**row.model_dump(), "operations": told})


async def tell_routings(session: AsyncSession, rows: Sequence[Routing]) -> None:
    tell(session, rows, await operations_of(session, [row.id for row in rows]))


def tell(
    session: AsyncSession, rows: Sequence[Routing], operations: Mapping[UUID, Sequence[Operation]]
) -> None:
    for row in rows:
        record(session, shown(row, operations[row.id]))
