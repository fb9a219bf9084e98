"""Changes to demands. The caller chooses the id, so that a repeated request is one demand."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.production.copies.queries import items_by_id
from services.production.demands.rules import DemandDiffers, DemandGivenUp, DemandNotFound
from services.production.demands.tables import Demand, DemandLine
from services.production.orders.commands import cancel_unstarted
from services.production.planned_orders.commands import end_plan
from shared.actor import Actor
from shared.contracts.production.demands import RaiseDemand
from shared.contracts.production.events import DemandCancelled
from shared.database import AsyncSession, insert_all, table_of
from shared.lifecycle import expect_version
from shared.outbox import record, teller
from shared.session import now


async def raise_demand(session: AsyncSession, id: UUID, wish: RaiseDemand) -> Demand:
    """Take a demand on. The same id and content again change nothing."""
    demand = await claim(session, id, wish.number, "open")
    if demand is None:
        standing = await lock_demand(session, id)
        if standing.state == "cancelled":
            raise DemandGivenUp(demand=standing.number or str(id))
        if asked(await lines_of(session, id)) != asked(wish.lines):
            raise DemandDiffers(demand=standing.number)
        return standing
    await items_by_id(session, demand.company_id, {line.item_id for line in wish.lines})
    rows: list[dict[str, Any]] = [
        {"demand_id": id, "company_id": demand.company_id, **line.model_dump()}
        for line in wish.lines
    ]
    await insert_all(session, DemandLine, rows)
    return demand


async def give_up_demand(session: AsyncSession, id: UUID) -> Demand:
    """Nobody needs it any more: its plan and its unstarted orders fall away.

    An unknown id leaves a tombstone, so that a late `PUT` is refused. Started orders go on.
    """
    demand = await session.get(Demand, id, with_for_update=True)
    if demand is None:
        if (tombstone := await claim(session, id, "", "cancelled")) is not None:
            return tombstone
        demand = await lock_demand(session, id)  # a `PUT` came in between
    if demand.company_id != teller(session).company_id:
        raise DemandNotFound(demand_id=id)
    if demand.state == "cancelled":
        return demand
    demand.state, demand.version = "cancelled", demand.version + 1
    await end_plan(session, id, "cancelled")
    await cancel_unstarted(session, id, f"{demand.number} was given up")
    record(session, DemandCancelled(demand_id=id, number=demand.number))
    return demand


async def cover_demand(session: AsyncSession, id: UUID) -> None:
    """All of it is held in stock for the document that asked."""
    demand = await session.get(Demand, id, with_for_update=True)
    if demand is not None and demand.state not in ("cancelled", "covered"):
        demand.state, demand.version = "covered", demand.version + 1
        await end_plan(session, id, "cancelled")


async def claim(session: AsyncSession, id: UUID, number: str, state: str) -> Demand | None:
    """The demand's new row; None when the id stands already."""
    who = teller(session)
    row = Demand(
        id=id,
        company_id=who.company_id,
        number=number,
        state=state,
        created_by=who.actor,
        created_at=now(session),
    )
    table = table_of(Demand)
    fresh = insert(table).values(row.model_dump()).on_conflict_do_nothing()
    made = (await session.execute(fresh.returning(table.c.id))).scalar_one_or_none()
    return None if made is None else row


async def lock_demand(session: AsyncSession, id: UUID, seen: int | None = None) -> Demand:
    demand = await session.get(Demand, id, with_for_update=True)
    if demand is None or demand.company_id != teller(session).company_id:
        raise DemandNotFound(demand_id=id)
    expect_version(seen, demand.version)
    return demand


async def find_demand(session: AsyncSession, actor: Actor, id: UUID) -> Demand:
    demand = await session.get(Demand, id)
    if demand is None or demand.company_id != actor.company_id:
        raise DemandNotFound(demand_id=id)
    return demand


async def lines_of(session: AsyncSession, demand_id: UUID) -> Sequence[DemandLine]:
    """The lines by day, then by id."""
    rows = await session.execute(
        select(DemandLine)
        .where(col(DemandLine.demand_id) == demand_id)
        .order_by(col(DemandLine.needed_on), col(DemandLine.line_id))
    )
    return list(rows.scalars())


def asked(lines: Sequence[Any]) -> set[tuple[Any, ...]]:
    """The content of lines, whatever their order."""
    return {(line.line_id, line.item_id, line.quantity, line.needed_on) for line in lines}
