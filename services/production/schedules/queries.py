"""Questions about schedules: their log, their operations, their orders."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from services.production.copies.queries import items_by_id
from services.production.copies.tables import WorkCentreCopy
from services.production.schedules.rules import ScheduleNotFound, check_done
from services.production.schedules.tables import (
    PlanSchedule,
    ScheduledOperation,
    ScheduledOrder,
)
from services.production.scheduling.engine.solving import BY_CLOCK, NO_SOLVER
from shared.actor import Actor
from shared.contracts.production.schedules import (
    ScheduledOperationShown,
    ScheduledOrderShown,
    ScheduleShown,
)
from shared.database import AsyncSession
from shared.listing import Listing, ListQuery, Page, paged

LISTING = Listing(PlanSchedule, {"state": "in"}, sort=("-started_at", "started_at"))
NOTICES = {"no_solver": NO_SOLVER, "clock": BY_CLOCK}


def schedule_shown(row: PlanSchedule) -> ScheduleShown:
    notice = NOTICES.get(row.ended_by)
    given = {
        **row.model_dump(),
        "priorities": [
            {"order_id": order, "weight": weight} for order, weight in row.priorities.items()
        ],
        "notice": notice and notice.en,
        "notice_zh": notice and notice.zh,
    }
    return ScheduleShown.model_validate(given)


async def list_schedules(
    session: AsyncSession, query: ListQuery, actor: Actor
) -> Page[ScheduleShown]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [schedule_shown(row) for row in rows], total, counts)


async def find_schedule(session: AsyncSession, company_id: UUID, id: UUID) -> PlanSchedule:
    row = await session.get(PlanSchedule, id)
    if row is None or row.company_id != company_id:
        raise ScheduleNotFound(schedule_id=id)
    return row


BARS = (
    select(ScheduledOperation, ScheduledOrder, col(WorkCentreCopy.code))
    .join(
        ScheduledOrder,
        (col(ScheduledOrder.schedule_id) == col(ScheduledOperation.schedule_id))
        & (col(ScheduledOrder.order_id) == col(ScheduledOperation.order_id)),
    )
    .outerjoin(WorkCentreCopy, col(WorkCentreCopy.id) == col(ScheduledOperation.work_centre_id))
    .order_by(
        func.coalesce(col(WorkCentreCopy.code), ""),
        col(ScheduledOperation.work_centre_id),
        col(ScheduledOperation.unit),
        col(ScheduledOperation.starts_at),
        col(ScheduledOperation.order_id),
        col(ScheduledOperation.operation),
    )
)


async def list_operations(
    session: AsyncSession,
    actor: Actor,
    id: UUID,
    only: dict[str, UUID | None],
    page: int,
    size: int,
) -> Page[ScheduledOperationShown]:
    """Bars of the chart by work centre, unit and time; `only` those of an order or a centre."""
    row = await find_schedule(session, actor.company_id, id)
    check_done(id, row.state)
    where = [col(ScheduledOperation.schedule_id) == id]
    where += [
        getattr(ScheduledOperation, name) == value
        for name, value in only.items()
        if value is not None
    ]
    total = await session.scalar(select(func.count()).select_from(ScheduledOperation).where(*where))
    found = await session.execute(BARS.where(*where).limit(size).offset((page - 1) * size))
    rows = list(found)
    items = await items_by_id(session, actor.company_id, {row[1].item_id for row in rows})
    shown = [bar_of(one, order, items[order.item_id].code, code) for one, order, code in rows]
    return paged(asked(page, size), shown, total or 0, {})


def bar_of(
    one: ScheduledOperation, order: ScheduledOrder, item_code: str, centre_code: str | None
) -> ScheduledOperationShown:
    return ScheduledOperationShown.model_validate(
        {
            **one.model_dump(),
            "number": order.number,
            "kind": order.kind,
            "item_id": order.item_id,
            "item_code": item_code,
            "work_centre_code": centre_code or "",
            "late": order.late_minutes > 0,
        }
    )


async def list_scheduled_orders(
    session: AsyncSession, actor: Actor, id: UUID, page: int, size: int
) -> Page[ScheduledOrderShown]:
    """The latest first, then by due day."""
    row = await find_schedule(session, actor.company_id, id)
    check_done(id, row.state)
    where = col(ScheduledOrder.schedule_id) == id
    late = col(ScheduledOrder.late_minutes) > 0
    counted = await session.execute(
        select(func.count().filter(late), func.count()).select_from(ScheduledOrder).where(where)
    )
    of_late, total = counted.one()
    counts = {name: n for name, n in (("late", of_late), ("in_time", total - of_late)) if n}
    found = await session.execute(
        select(ScheduledOrder)
        .where(where)
        .order_by(
            col(ScheduledOrder.late_minutes).desc(),
            col(ScheduledOrder.due_on),
            col(ScheduledOrder.order_id),
        )
        .limit(size)
        .offset((page - 1) * size)
    )
    orders: Sequence[ScheduledOrder] = found.scalars().all()
    items = await items_by_id(session, actor.company_id, {one.item_id for one in orders})
    shown = [
        ScheduledOrderShown.model_validate(
            {**one.model_dump(), "item_code": items[one.item_id].code}
        )
        for one in orders
    ]
    return paged(asked(page, size), shown, total, counts)


def asked(page: int, size: int) -> ListQuery:
    filters: dict[str, Any] = {}
    return ListQuery(page=page, size=size, q="", sort="", filters=filters)
