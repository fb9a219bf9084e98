"""Starting, publishing and firming plans. The plan itself is made in the planning process."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.production.copies.queries import items_by_id
from services.production.copies.tables import ItemCopy
from services.production.plan_desk.queries import DESK, ask
from services.production.plan_desk.rules import publishable
from services.production.plan_process.commands import begin_run
from services.production.plan_runs.rules import (
    ORDERS_MAX,
    PlanRunNotFound,
    PlanRunOutrun,
    PlanRunStale,
    PlanRunUnderWay,
    Reconciled,
    Standing,
    TooManyToPublish,
    Wanted,
    WhatIfChangesOnly,
    check_publishable,
    reason_of,
    reconcile,
)
from services.production.plan_runs.tables import PlanRun
from services.production.planned_orders.tables import PlannedOrder
from shared.actor import Actor
from shared.bulk import insert_rows, update_rows
from shared.clock import Clock
from shared.contracts.production.plan_runs import (
    PlanChange,
    PlanPublished,
    PublishPlan,
    StartPlanRun,
)
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import teller
from shared.session import clock_of, now, today

UNFINISHED = ("queued", "running")
WAITING_MAX = timedelta(seconds=20)  # between a run's commit and the first look at it
LOCK_STARTS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('plan_runs.start.' || :company, 0))"
)
FORSAKEN = text("""
SELECT id FROM plan_run WHERE state IN ('queued', 'running') AND started_at < :before
AND NOT EXISTS (
  SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (
    SELECT oid FROM pg_database WHERE datname = current_database())
  AND (CAST(classid AS bigint) << 32) | CAST(objid AS bigint)
    = hashtextextended('plan_run.' || CAST(id AS text), 0))
ORDER BY started_at
""")
CHANGED = ("start_on", "needed_on", "quantity", "reason", "demand_id", "level", "run_id", "version")


async def start_run(session: AsyncSession, actor: Actor, wish: StartPlanRun) -> PlanRun:
    """Write a run down as queued; the route starts it once this is committed.

    One regular run of a company at a time: a second would read the same and only take its place.
    """
    if (wish.demands or wish.receipts) and not wish.what_if:
        raise WhatIfChangesOnly
    if not wish.what_if:
        await refuse_second(session, actor.company_id)
    day, calendar = today(session), clock_of(session).working.calendar
    changes = (*wish.demands, *wish.receipts)
    items: dict[UUID, ItemCopy] = {}
    if changes:
        items = await items_by_id(session, actor.company_id, {one.item_id for one in changes})

    def row(one: PlanChange) -> dict[str, Any]:
        count = int(one.quantity.scaleb(items[one.item_id].decimals))
        return {"item_id": str(one.item_id), "bucket": (one.day - day).days, "count": count}

    fresh = PlanRun(
        id=new_id(),
        company_id=actor.company_id,
        kind="what_if" if wish.what_if else "regular",
        mode="net_change" if wish.net_change else "regeneration",
        started_by=teller(session).actor,
        started_at=now(session),
        today=day,
        buckets=wish.days,
        working="".join(
            str(int(calendar.works_on(day + timedelta(days=n)))) for n in range(wish.days)
        ),
        changes={
            "demands": [row(one) for one in wish.demands],
            "receipts": [row(one) for one in wish.receipts],
        },
    )
    session.add(fresh)
    await session.flush()
    return fresh


async def refuse_second(session: AsyncSession, company_id: UUID) -> None:
    """Raises PlanRunUnderWay. Locked, so that two who ask at once are seen by one another."""
    await session.execute(LOCK_STARTS, {"company": str(company_id)})
    under_way = select(PlanRun).where(
        col(PlanRun.company_id) == company_id,
        col(PlanRun.kind) == "regular",
        col(PlanRun.state).in_(UNFINISHED),
    )
    if (run := (await session.execute(under_way)).scalars().first()) is not None:
        raise PlanRunUnderWay(
            run_id=run.id,
            started_by=run.started_by,
            started_at=run.started_at,
            progress=run.progress,
        )


async def resume_runs(session: AsyncSession, clock: Clock) -> None:
    """By the clock: runs that nobody carries out, because a process ended, are carried to an end.

    A queued one is planned after all; one that was begun has failed, and says why.
    """
    asked = {"before": clock.now() - WAITING_MAX}
    url = cast("AsyncEngine", session.bind).url.render_as_string(hide_password=False)
    for id in (await session.execute(FORSAKEN, asked)).scalars():
        begin_run(url, id)


async def lock_run(session: AsyncSession, company_id: UUID, id: UUID) -> PlanRun:
    """The run, locked. Raises PlanRunStale when a later one is published already."""
    other = aliased(PlanRun)
    later = select(func.max(col(other.started_at))).where(
        col(other.company_id) == company_id, col(other.state) == "published"
    )
    rows = await session.execute(
        select(PlanRun, later.scalar_subquery())
        .where(col(PlanRun.id) == id, col(PlanRun.company_id) == company_id)
        .with_for_update(of=PlanRun)
    )
    if (found := rows.one_or_none()) is None:
        raise PlanRunNotFound(run_id=id)
    run, published_at = found
    if published_at is not None and published_at > run.started_at:
        raise PlanRunStale(run_id=id, published_at=published_at)
    return cast("PlanRun", run)


async def publish_run(
    session: AsyncSession, actor: Actor, url: str, id: UUID, wish: PublishPlan
) -> PlanPublished:
    """Write what differs of the run's next days as planned orders; again: nothing differs.

    Orders beyond these days stay in the run. Firm ones are not touched: the run planned with them.
    """
    run = await lock_run(session, actor.company_id, id)
    check_publishable(run.kind, run.state)
    await refuse_outrun(session, run)
    found = await DESK.run(ask, url, id, publishable, wish.days, ORDERS_MAX)
    if found and "count" in found[0]:
        raise TooManyToPublish(orders=found[0]["count"], most=ORDERS_MAX)
    standing, last = await standing_orders(session, actor.company_id)
    wanted = [
        Wanted(
            UUID(one["item_id"]),
            run.today + timedelta(days=one["start"]),
            run.today + timedelta(days=one["due"]),
            one["quantity"],
        )
        for one in found
    ]
    keys = [Standing(o.item_id, o.start_on, o.needed_on, o.quantity, o.id, o.sequence)
            for o in standing.values()]  # fmt: skip
    result = reconcile(keys, wanted, last)
    await write(session, run, standing, wanted, found, result)
    run.state, run.published_by = "published", teller(session).actor
    run.publish_until = run.today + timedelta(days=wish.days)
    return PlanPublished(
        run_id=id,
        added=len(result.added),
        changed=len(result.changed),
        ended=len(result.ended),
        unchanged=result.unchanged,
    )


async def refuse_outrun(session: AsyncSession, run: PlanRun) -> None:
    """Raises PlanRunOutrun: what was taken since would be ordered once more, or missed."""
    taken = await session.scalar(
        select(func.count())
        .select_from(PlannedOrder)
        .where(
            col(PlannedOrder.company_id) == run.company_id,
            col(PlannedOrder.taken_at) > run.started_at,
        )
    )
    if taken:
        raise PlanRunOutrun(run_id=run.id, started_at=run.started_at, orders=taken)


async def standing_orders(
    session: AsyncSession, company_id: UUID
) -> tuple[dict[UUID, PlannedOrder], dict[UUID, int]]:
    """Loose orders of runs, locked and outside the session, and each item's last sequence."""
    mine = (col(PlannedOrder.company_id) == company_id, col(PlannedOrder.run_id).is_not(None))
    rows = await session.execute(
        select(PlannedOrder)
        .where(*mine, col(PlannedOrder.state) == "planned", col(PlannedOrder.firm).is_(False))
        .order_by(col(PlannedOrder.id))
        .with_for_update()
    )
    used = await session.execute(
        select(col(PlannedOrder.item_id), func.max(col(PlannedOrder.sequence)))
        .where(*mine)
        .group_by(col(PlannedOrder.item_id))
    )
    standing = {one.id: one for one in rows.scalars()}
    for one in standing.values():
        session.expunge(one)
    return standing, {row[0]: row[1] for row in used}


async def write(
    session: AsyncSession,
    run: PlanRun,
    standing: dict[UUID, PlannedOrder],
    wanted: Sequence[Wanted],
    found: Sequence[dict[str, Any]],
    result: Reconciled,
) -> None:
    """Added orders in one statement, changed and ended ones in another."""
    names = {
        UUID(name) for one in found for name, _ in one["uses"] if len(name) == len(str(run.id))
    }
    ids = {one.item_id for one in wanted} | names
    items = await items_by_id(session, run.company_id, ids) if ids else {}
    codes = {str(id): item.code for id, item in items.items()}

    def filled(order: PlannedOrder, place: int) -> PlannedOrder:
        wish, told = wanted[place], found[place]
        order.start_on, order.needed_on = wish.start_on, wish.needed_on
        order.quantity, order.level, order.run_id = wish.quantity, told["level"], run.id
        order.reason = reason_of(told["uses"], codes)
        demands = told["demands"]
        order.demand_id = UUID(demands[0]) if len(demands) == 1 else order.id
        return order

    added = [
        filled(blank(run, wanted[place], sequence, items, now(session)), place)
        for place, sequence in result.added
    ]
    changed: list[PlannedOrder] = []
    for stands, place in result.changed:
        order = filled(standing[stands.id], place)
        order.version += 1
        changed.append(order)
    for stands in result.ended:
        standing[stands.id].state = "replaced"
    await insert_rows(session, (PlannedOrder, added))
    ended = [standing[one.id] for one in result.ended]
    await update_rows(session, (PlannedOrder, [*changed, *ended], (*CHANGED, "state")))


def blank(
    run: PlanRun, wish: Wanted, sequence: int, items: dict[UUID, ItemCopy], at: Any
) -> PlannedOrder:
    return PlannedOrder(
        id=new_id(),
        company_id=run.company_id,
        demand_id=run.id,
        item_id=wish.item_id,
        kind="make" if items[wish.item_id].made else "buy",
        level=0,
        quantity=wish.quantity,
        start_on=wish.start_on,
        needed_on=wish.needed_on,
        reason="",
        planned_at=at,
        run_id=run.id,
        sequence=sequence,
    )
