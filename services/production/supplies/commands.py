"""The material of production orders, as the warehouse holds it, issues it and takes it back."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text

from services.production.orders.commands import lock_ours
from services.production.orders.rules import further
from services.production.orders.tables import ProductionOrder
from shared.bulk import rows_json
from shared.contracts.inventory.events import (
    IssueReturned,
    Pick,
    ReservationAnswered,
    StockIssued,
)
from shared.contracts.production.events import ProductionCancelled
from shared.database import AsyncSession
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
# What stands already was summed before: only the lots that are new move the components.
KEEP_LOTS = text("""
WITH kept AS (
  INSERT INTO component_lot
  SELECT * FROM jsonb_populate_recordset(CAST(NULL AS component_lot), CAST(:rows AS jsonb))
  ORDER BY id ON CONFLICT DO NOTHING
  RETURNING order_id, component_id,
    coalesce(serves, quantity) * CASE kind WHEN 'issue' THEN 1 ELSE -1 END AS moved
), moved AS (
  UPDATE order_component SET issued = greatest(issued + sums.moved, 0)
  FROM (SELECT order_id, component_id, sum(moved) AS moved FROM kept GROUP BY 1, 2) sums
  WHERE order_component.order_id = sums.order_id AND order_component.id = sums.component_id
)
SELECT DISTINCT order_id FROM kept ORDER BY order_id
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


async def note_issues(session: AsyncSession, events: Sequence[StockIssued]) -> None:
    """The actual lots that went in; an order given up meanwhile wants them back."""
    orders = {
        order.id: order for order in await lock_ours(session, [event.order_id for event in events])
    }
    ours = [event for event in events if event.order_id in orders]
    lots = [
        row
        for event in ours
        for row in lot_rows(
            orders[event.order_id], "issue", event.issue_id, event.number, event.issued_on,
            event.picks,
        )
    ]  # fmt: skip
    for id in await keep_lots(session, lots):
        order = orders[id]
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
    rows = lot_rows(order, "return", event.return_id, event.number, event.returned_on, event.picks)
    if await keep_lots(session, rows) and order.state == "cancelled":
        order.material = "returned"
        order.version += 1


def lot_rows(
    order: ProductionOrder,
    kind: Literal["issue", "return"],
    document_id: UUID,
    number: str,
    moved_on: date,
    picks: Sequence[Pick],
) -> list[dict[str, Any]]:
    return [
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
            "serves": pick.serves,
        }
        for pick in picks
    ]


async def keep_lots(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> list[UUID]:
    """Write moved lots and sum them into the components; the orders whose lots are new."""
    if not rows:
        return []
    found = await session.execute(KEEP_LOTS, {"rows": rows_json(rows)})
    return list(found.scalars())
