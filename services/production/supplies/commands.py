"""The material of production orders, as the warehouse holds it, issues it and takes it back."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from services.production.orders.rules import further
from services.production.orders.tables import ComponentLot, ProductionOrder
from shared.contracts.inventory.events import (
    IssueReturned,
    Pick,
    ReservationAnswered,
    StockIssued,
)
from shared.contracts.production.events import ProductionCancelled
from shared.database import AsyncSession, table_of
from shared.ids import derived_id
from shared.outbox import record

HOLD_ALL = text("""
UPDATE order_component SET held = quantity WHERE order_id = :order AND held < quantity
""")
HOLD_SOME = text("""
UPDATE order_component SET held = greatest(held, quantity - s.missing)
FROM unnest(CAST(:lines AS uuid[]), CAST(:missing AS numeric[])) AS s (line_id, missing)
WHERE order_id = :order AND id = s.line_id
""")
HOLD_REST = text("""
UPDATE order_component SET held = quantity
WHERE order_id = :order AND id <> ALL(CAST(:lines AS uuid[]))
""")
MOVE = text("""
UPDATE order_component SET issued = greatest(issued + m.quantity, 0)
FROM unnest(CAST(:lines AS uuid[]), CAST(:quantities AS numeric[])) AS m (line_id, quantity)
WHERE order_id = :order AND id = m.line_id
""")


async def lock_if_ours(session: AsyncSession, id: UUID) -> ProductionOrder | None:
    """The order under its lock; None when the id is another document's."""
    return await session.get(ProductionOrder, id, with_for_update=True)


async def note_answer(session: AsyncSession, event: ReservationAnswered) -> None:
    """What was held at once: planning must not count the held part of a need twice."""
    order = await lock_if_ours(session, event.saga_id)
    if order is None or order.material != "waiting":
        return
    lines = [shortage.line_id for shortage in event.shortages]
    missing = [shortage.missing for shortage in event.shortages]
    given = {"order": order.id, "lines": lines, "missing": missing}
    await session.execute(HOLD_SOME, given)
    await session.execute(HOLD_REST, {"order": order.id, "lines": lines})


async def note_held(session: AsyncSession, id: UUID) -> None:
    order = await lock_if_ours(session, id)
    if order is not None:
        order.material = further(order.material, "held")
        await session.execute(HOLD_ALL, {"order": id})


async def note_issue(session: AsyncSession, event: StockIssued) -> None:
    """The actual lots that went in; an order given up meanwhile wants them back."""
    order = await lock_if_ours(session, event.order_id)
    if order is None:
        return
    new = await keep_lots(
        session, order, "issue", event.issue_id, event.number, event.issued_on, event.picks
    )
    if not new:
        return
    order.material = further(order.material, "issued")
    order.version += 1
    if order.state == "cancelled":
        record(
            session,
            ProductionCancelled(
                order_id=order.id,
                number=order.number,
                item_id=order.item_id,
                demand_id=order.demand_id,
                issued=True,
            ),
        )


async def note_return(session: AsyncSession, event: IssueReturned) -> None:
    order = await lock_if_ours(session, event.order_id)
    if order is None:
        return
    new = await keep_lots(
        session, order, "return", event.return_id, event.number, event.returned_on, event.picks
    )
    if new and order.state == "cancelled":
        order.material = "returned"
        order.version += 1


async def keep_lots(
    session: AsyncSession,
    order: ProductionOrder,
    kind: Literal["issue", "return"],
    document_id: UUID,
    number: str,
    moved_on: date,
    picks: Sequence[Pick],
) -> bool:
    """Write the moved lots and sum them into the components; False when they stand already."""
    rows = [
        {
            "id": derived_id(document_id, f"{pick.line_id} {pick.part_id}"),
            "company_id": order.company_id,
            "order_id": order.id,
            "component_id": pick.line_id,
            "item_id": pick.item_id,
            "kind": kind,
            "document_number": number,
            "part_id": pick.part_id,
            "lot_number": pick.lot_number,
            "serial": pick.serial,
            "quantity": pick.quantity,
            "moved_on": moved_on,
        }
        for pick in picks
    ]
    table = table_of(ComponentLot)
    fresh = insert(table).values(rows).on_conflict_do_nothing().returning(table.c.id)
    if not (await session.execute(fresh)).scalars().all():
        return False
    sign = 1 if kind == "issue" else -1
    sums: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for pick in picks:
        sums[pick.line_id] += sign * pick.quantity
    given = {"order": order.id, "lines": list(sums), "quantities": list(sums.values())}
    await session.execute(MOVE, given)
    return True
