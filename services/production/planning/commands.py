"""Planning a demand, and letting its plan go: to procurement, and to production orders."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.production.availability.queries import ONE_PLAN_AT_A_TIME, free_supply, taken_since
from services.production.copies.queries import all_items, effective_boms
from services.production.copies.tables import BomCopy, ItemCopy
from services.production.demands.commands import lines_of, lock_demand
from services.production.demands.rules import LIFECYCLE
from services.production.demands.tables import Demand
from services.production.orders.tables import ProductionOrder
from services.production.planned_orders.commands import keep_plan
from services.production.planned_orders.tables import PlannedOrder
from services.production.planning.rules import (
    Line,
    Material,
    Need,
    NetPlan,
    PlannedBefore,
    plan_demand,
)
from services.production.releases.commands import Wish, firm_orders
from shared.actor import Actor
from shared.contracts.base import Act
from shared.contracts.production.events import PlannedPurchase, PlannedPurchasesReleased
from shared.contracts.production.planned_orders import MadeFirm, PlanReleased, ReleasePlanned
from shared.database import AsyncSession
from shared.decimals import plain
from shared.ids import new_id
from shared.outbox import record, teller
from shared.session import now, today


async def plan(session: AsyncSession, actor: Actor, id: UUID, act: Act) -> Demand:
    """Plan a demand anew over all levels; until it is released, a later plan replaces this one."""
    await session.execute(ONE_PLAN_AT_A_TIME, {"company": str(actor.company_id)})
    demand = await lock_demand(session, id, act.version)
    LIFECYCLE.check("plan", demand.state, actor, note=act.note)
    items, boms = await all_items(session), await effective_boms(session, today(session))
    needs = [
        Need(
            line.item_id,
            line.quantity,
            line.needed_on,
            f"{demand.number} × {plain(line.quantity)}",
            demand.number,
        )
        for line in await lines_of(session, id)
    ]
    materials = {item.id: material(item) for item in items.values()}
    structures = {item_id: lines_in(bom) for item_id, bom in boms.items()}
    result = plan_demand(needs, materials, structures, await free_supply(session, id))
    await keep_plan(session, id, planned_rows(session, id, result), result.draws)
    demand.state, demand.version = "planned", demand.version + 1
    return demand


def material(item: ItemCopy) -> Material:
    return Material(
        id=item.id,
        code=item.code,
        made=item.made,
        decimals=item.decimals,
        lead_time_days=item.lead_time_days,
        order_minimum=item.order_minimum,
        order_multiple=item.order_multiple,
        safety_stock=item.safety_stock,
        active=item.active,
    )


def lines_in(bom: BomCopy) -> list[Line]:
    return [
        Line(UUID(line["component_id"]), Decimal(line["quantity"]), Decimal(line.get("scrap", "0")))
        for line in bom.lines
    ]


def planned_rows(session: AsyncSession, demand_id: UUID, plan: NetPlan) -> list[dict[str, Any]]:
    head = {
        "company_id": teller(session).company_id,
        "demand_id": demand_id,
        "state": "planned",
        "planned_at": now(session),
    }
    return [
        head
        | {
            "id": new_id(),
            "item_id": order.item_id,
            "kind": order.kind,
            "level": order.level,
            "quantity": order.quantity,
            "start_on": order.start_on,
            "needed_on": order.needed_on,
            "reason": order.reason,
        }
        for order in plan.orders
    ]


async def release_planned(
    session: AsyncSession, actor: Actor, wish: ReleasePlanned
) -> PlanReleased:
    """Let planned orders go: purchases to procurement by event, makes to firmed orders.

    Raises PlannedBefore: what another plan released since may be for the same need.
    """
    await session.execute(ONE_PLAN_AT_A_TIME, {"company": str(actor.company_id)})
    chosen = await chosen_orders(session, actor, wish)
    if taken := await taken_since(session, wish.ids, wish.demand_id):
        raise PlannedBefore(item_ids=taken)
    of_runs = [order for order in chosen if order.run_id is not None]
    chosen = [order for order in chosen if order.run_id is None]
    demands = {wish.demand_id} if wish.demand_id else {order.demand_id for order in chosen}
    purchases, made = await release_of_runs(session, of_runs)
    for demand_id in sorted(demands):
        demand = await lock_demand(session, demand_id)
        LIFECYCLE.check("release", demand.state, actor)
        planned = await planned_of(session, demand_id)
        going = [order for order in planned if not wish.ids or order.id in wish.ids]
        for order in going:
            order.state, order.taken_at = "released", now(session)
        bought = [order for order in going if order.kind == "buy"]
        tell_purchases(session, demand_id, bought)
        made += await firm_orders(session, [as_wish(o) for o in going if o.kind == "make"])
        purchases += len(bought)
        if len(going) == len(planned):
            demand.state, demand.version = "released", demand.version + 1
    return PlanReleased(
        demand_ids=tuple(sorted(demands)),
        purchases=purchases,
        orders=tuple(MadeFirm.model_validate(order) for order in made),
    )


async def release_of_runs(
    session: AsyncSession, orders: Sequence[PlannedOrder]
) -> tuple[int, list[ProductionOrder]]:
    """What plan runs proposed, in one go; what is released already stays as it is."""
    going = [order for order in orders if order.state == "planned"]
    for order in going:
        order.state, order.version = "released", order.version + 1
        order.taken_at = now(session)
    bought = [order for order in going if order.kind == "buy"]
    if bought:
        tell_purchases(session, bought[0].demand_id, bought)
    made = await firm_orders(session, [as_wish(order) for order in going if order.kind == "make"])
    return len(bought), made


async def chosen_orders(
    session: AsyncSession, actor: Actor, wish: ReleasePlanned
) -> Sequence[PlannedOrder]:
    if not wish.ids:
        return ()
    rows = await session.execute(
        select(PlannedOrder)
        .where(col(PlannedOrder.id).in_(wish.ids), col(PlannedOrder.company_id) == actor.company_id)
        .order_by(col(PlannedOrder.id))
        .with_for_update()
    )
    return list(rows.scalars())


async def planned_of(session: AsyncSession, demand_id: UUID) -> list[PlannedOrder]:
    """What is still only planned, parents before their components."""
    rows = await session.execute(
        select(PlannedOrder)
        .where(
            col(PlannedOrder.demand_id) == demand_id,
            col(PlannedOrder.state) == "planned",
            col(PlannedOrder.run_id).is_(None),
        )
        .order_by(col(PlannedOrder.level), col(PlannedOrder.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows.scalars())


def as_wish(order: PlannedOrder) -> Wish:
    return Wish(
        item_id=order.item_id,
        quantity=order.quantity,
        start_on=order.start_on,
        due_on=order.needed_on,
        reason=order.reason,
        demand_id=None if order.demand_id == order.id else order.demand_id,
        planned_order_id=order.id,
    )


def tell_purchases(session: AsyncSession, demand_id: UUID, orders: Sequence[PlannedOrder]) -> None:
    if not orders:
        return
    record(
        session,
        PlannedPurchasesReleased(
            release_id=new_id(),
            demand_id=demand_id,
            lines=tuple(
                PlannedPurchase(
                    planned_order_id=order.id,
                    item_id=order.item_id,
                    quantity=order.quantity,
                    needed_on=order.needed_on,
                    demand_id=order.demand_id,
                    reason=order.reason,
                )
                for order in orders
            ),
        ),
    )
