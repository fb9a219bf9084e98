"""Changes to routings: a revision holds from its day on and never changes; a new one ends it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.masterdata.items.tables import Item
from services.masterdata.masters.commands import Saved, by_code, lock_by_key, save
from services.masterdata.masters.rules import NOT_KNOWN, Fault, refuse, unknown
from services.masterdata.routings.rules import NOT_AFTER, REVISION_STANDS
from services.masterdata.routings.tables import Operation, Routing
from services.masterdata.work_centres.tables import WorkCentre
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
    standing = await lock_by_key(session, Routing, KEYS, keys)
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
    saved.created.extend(await enter(session, new, items, centres))
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


async def enter(
    session: AsyncSession,
    wishes: Sequence[RoutingBody],
    items: Mapping[str, Item],
    centres: Mapping[str, WorkCentre],
) -> list[Routing]:
    """New revisions with their operations; the open one before each ends the day before."""
    if not wishes:
        return []
    heads: list[dict[str, Any]] = [
        {
            "item_id": items[wish.item_code].id,
            "revision": wish.revision,
            "valid_from": wish.valid_from or today(session),
            "valid_to": None,
        }
        for wish in wishes
    ]
    ended = await end_predecessors(session, {head["item_id"]: head["valid_from"] for head in heads})
    await session.flush()
    created = (await save(session, Routing, KEYS, heads)).created
    rows: list[dict[str, Any]] = []
    for routing, wish in zip(created, wishes, strict=True):
        rows += [
            one.model_dump(exclude={"work_centre_code"})
            | {"routing_id": routing.id, "work_centre_id": centres[one.work_centre_code].id}
            for one in wish.operations
        ]
    await save(session, Operation, ("routing_id", "operation"), rows)
    await tell_routings(session, [*ended, *created])
    return created


async def end_predecessors(session: AsyncSession, begins: Mapping[UUID, date]) -> list[Routing]:
    """End the open revision of each item the day before the new one begins."""
    found = await session.execute(
        select(Routing)
        .where(
            col(Routing.company_id) == teller(session).company_id,
            col(Routing.item_id).in_(begins),
            col(Routing.valid_to).is_(None),
            col(Routing.active),
        )
        .order_by(col(Routing.id))
        .with_for_update()
    )
    ended = list(found.scalars())
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
    found = await session.execute(
        select(Operation)
        .where(col(Operation.routing_id).in_(routing_ids), col(Operation.active))
        .order_by(col(Operation.routing_id), col(Operation.operation))
    )
    operations: defaultdict[UUID, list[Operation]] = defaultdict(list)
    for one in found.scalars():
        operations[one.routing_id].append(one)
    return operations


async def describe_routings(
    session: AsyncSession, rows: Sequence[Routing]
) -> list[RoutingPublished]:
    operations = await operations_of(session, [row.id for row in rows])
    return [
        RoutingPublished.model_validate(
            {
                **row.model_dump(),
                "operations": tuple(
                    RoutingOperation.model_validate(one) for one in operations[row.id]
                ),
            }
        )
        for row in rows
    ]


async def tell_routings(session: AsyncSession, rows: Sequence[Routing]) -> None:
    if rows:
        for event in await describe_routings(session, rows):
            record(session, event)
