"""Starting, cancelling and adopting schedules. The schedule is made in a process of its own."""

from datetime import timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import func, literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.production.copies.tables import WorkCentreCopy
from services.production.orders.commands import lock_ours
from services.production.orders.tables import ProductionOrder
from services.production.planned_orders.tables import PlannedOrder
from services.production.schedule_process.commands import begin_schedule
from services.production.schedules.rules import (
    UNFINISHED,
    LaterScheduleAdopted,
    ScheduleNotFound,
    ScheduleUnderWay,
    Seen,
    begin_of,
    check_cancel,
    check_done,
    check_known,
    check_unchanged,
)
from services.production.schedules.tables import PlanSchedule, ScheduledOrder
from shared.actor import Actor
from shared.clock import Clock
from shared.contracts.production.schedules import ScheduleAdopted, StartSchedule
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import teller
from shared.session import clock_of, now, today

WAITING_MAX = timedelta(seconds=20)  # between a schedule's commit and the first look at it
LOCK_STARTS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('schedules.start.' || :company, 0))"
)
FORSAKEN = text("""
SELECT id FROM plan_schedule WHERE state IN ('queued', 'running') AND started_at < :before
AND NOT EXISTS (
  SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (
    SELECT oid FROM pg_database WHERE datname = current_database())
  AND (CAST(classid AS bigint) << 32) | CAST(objid AS bigint)
    = hashtextextended('plan_schedule.' || CAST(id AS text), 0))
ORDER BY started_at
""")
ADOPT = text("""
WITH changed AS (
  UPDATE operation AS stands SET planned_start = place.starts_at, planned_end = place.ends_at
  FROM scheduled_operation AS place
  WHERE place.schedule_id = :id AND stands.order_id = place.order_id
    AND stands.operation = place.operation
  RETURNING stands.order_id
)
SELECT count(DISTINCT order_id), count(*) FROM changed
""")
PLACED = text("""
SELECT count(DISTINCT stands.order_id), count(*) FROM operation AS stands
JOIN scheduled_operation AS place
  ON place.order_id = stands.order_id AND place.operation = stands.operation
WHERE place.schedule_id = :id
""")


async def start_schedule(session: AsyncSession, actor: Actor, wish: StartSchedule) -> PlanSchedule:
    """Write a schedule down as queued; the route starts it once this is committed.

    One schedule of a company at a time: two would place the same orders.
    """
    await refuse_second(session, actor.company_id)
    weights = {one.order_id: one.weight for one in wish.priorities}
    if wish.work_centres or weights:
        known = await known_ids(session, actor.company_id, {*wish.work_centres, *weights})
        check_known(wish.work_centres, weights, known)
    clock = clock_of(session)
    first, calendar = begin_of(
        wish.from_on, today(session), now(session), clock.zone, clock.working
    )
    fresh = PlanSchedule(
        id=new_id(),
        company_id=actor.company_id,
        started_by=teller(session).actor,
        started_at=now(session),
        from_on=first,
        days=wish.days,
        orders=wish.orders,
        work_centres=sorted({str(one) for one in wish.work_centres}),
        priorities={str(order): weight for order, weight in sorted(weights.items())},
        time_limit_seconds=wish.time_limit_seconds,
        seed=wish.seed,
        calendar=calendar,
    )
    session.add(fresh)
    await session.flush()
    return fresh


async def refuse_second(session: AsyncSession, company_id: UUID) -> None:
    """Raises ScheduleUnderWay. Locked, so that two who ask at once are seen by one another."""
    await session.execute(LOCK_STARTS, {"company": str(company_id)})
    under_way = select(PlanSchedule).where(
        col(PlanSchedule.company_id) == company_id, col(PlanSchedule.state).in_(UNFINISHED)
    )
    if (one := (await session.execute(under_way)).scalars().first()) is not None:
        raise ScheduleUnderWay(
            schedule_id=one.id,
            started_by=one.started_by,
            started_at=one.started_at,
            progress=one.progress,
        )


async def known_ids(session: AsyncSession, company_id: UUID, ids: set[UUID]) -> set[UUID]:
    """Those of the ids that are work centres, production orders or planned orders."""
    kinds = (WorkCentreCopy, ProductionOrder, PlannedOrder)
    questions = [
        select(col(kind.id)).where(col(kind.company_id) == company_id, col(kind.id).in_(ids))
        for kind in kinds
    ]
    return set((await session.execute(union_all(*questions))).scalars())


async def resume_schedules(session: AsyncSession, clock: Clock) -> None:
    """By the clock: schedules that nobody carries out, because a process ended, come to an end.

    A queued one is made after all; one that was begun has failed, and says why.
    """
    asked = {"before": clock.now() - WAITING_MAX}
    url = cast("AsyncEngine", session.bind).url.render_as_string(hide_password=False)
    for id in (await session.execute(FORSAKEN, asked)).scalars():
        begin_schedule(url, id)


async def lock_schedule(session: AsyncSession, company_id: UUID, id: UUID) -> PlanSchedule:
    row = await session.get(PlanSchedule, id, with_for_update=True)
    if row is None or row.company_id != company_id:
        raise ScheduleNotFound(schedule_id=id)
    return row


async def cancel_schedule(session: AsyncSession, actor: Actor, id: UUID) -> PlanSchedule:
    """Give a schedule up that is not done; its search stops within a second. Again: as it is."""
    row = await lock_schedule(session, actor.company_id, id)
    check_cancel(id, row.state)
    row.state = row.stage = "cancelled"
    return row


async def adopt_schedule(session: AsyncSession, actor: Actor, id: UUID) -> ScheduleAdopted:
    """Write the hours of a schedule's operations onto its production orders, all or none.

    Orders stay at their version: nothing that is signed, counted or reported against changes. Twice
    is once. Refused when an order has changed since, or a later schedule is adopted.
    """
    row = await lock_schedule(session, actor.company_id, id)
    check_done(id, row.state)
    seen = await orders_seen(session, row)
    standing = await lock_ours(session, sorted(seen))
    if row.state == "adopted":
        written = (await session.execute(PLACED, {"id": id})).one()
    else:
        now_standing = {one.id: Seen(one.number, one.version, one.state) for one in standing}
        check_unchanged(seen, now_standing)
        written = (await session.execute(ADOPT, {"id": id})).one()
        row.state, row.adopted_by, row.adopted_at = "adopted", teller(session).actor, now(session)
    return ScheduleAdopted(
        id=id,
        state=row.state,
        orders=written[0],
        operations=written[1],
        skipped=row.counts.get("orders", 0) - written[0],
    )


async def orders_seen(session: AsyncSession, row: PlanSchedule) -> dict[UUID, Seen]:
    """Production orders as the schedule took them. Raises LaterScheduleAdopted."""
    other = aliased(PlanSchedule)
    later = (
        select(func.max(col(other.started_at)))
        .where(col(other.company_id) == row.company_id, col(other.state) == "adopted")
        .scalar_subquery()
    )
    found = await session.execute(
        select(ScheduledOrder, later.label("later")).where(
            col(ScheduledOrder.schedule_id) == row.id,
            col(ScheduledOrder.kind) == literal("production_order"),
        )
    )
    rows = list(found)
    if rows and rows[0][1] is not None and rows[0][1] > row.started_at:
        raise LaterScheduleAdopted(schedule_id=row.id, adopted_started_at=rows[0][1])
    return {one.order_id: Seen(one.number, one.version) for one, _ in rows}
