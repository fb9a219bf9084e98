"""Cost flowing into production orders and out of them."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlmodel import col

from services.finance.books.commands import open_books
from services.finance.copies.tables import CentreRateCopy, ProductionOrderCopy
from services.finance.posting_rules.rules import Entry
from services.finance.valuation.commands import Move, Stand, post_valued, stand_of
from services.finance.valuation.rules import ZERO, Pool, TermsMissing
from services.finance.vouchers.commands import post
from services.finance.vouchers.rules import Posting
from services.finance.work_in_progress.rules import (
    ELEMENTS,
    Costs,
    by_item,
    completed_share,
    operation_cost,
)
from services.finance.work_in_progress.tables import IssuedMaterial, OrderCost
from shared.contracts.inventory.events import CompletionReceived, IssueReturned, StockIssued
from shared.contracts.production.events import OperationReported
from shared.database import AsyncSession
from shared.outbox import teller


async def post_issue(session: AsyncSession, fact: StockIssued, fact_id: UUID) -> bool:
    """500101 / @stock at moving average; waits while the pools do not hold the quantities."""
    await open_books(session)
    wanted = by_item(fact.picks)
    items = await stand_of(session, wanted)
    values = {
        item: items[item].pool.issued(quantity, f"quantity:{item}")[1]
        for item, quantity in wanted.items()
    }
    entries = material_entries(fact.order_id, items, wanted, values)
    posting = Posting(
        "material_issued",
        fact_id,
        "issue",
        fact.issue_id,
        fact.number,
        fact.issued_on,
        entries,
        (fact.order_id,),
    )
    moves = [Move(item, -quantity, -values[item]) for item, quantity in wanted.items()]
    await post_valued(session, posting, moves)
    held = {item: (quantity, values[item]) for item, quantity in wanted.items()}
    cost = {"material": sum(values.values(), ZERO)}
    return await charge(session, fact.order_id, fact.order_number, cost, held)


async def post_issue_return(session: AsyncSession, fact: IssueReturned, fact_id: UUID) -> bool:
    """The same in red, at the value of the issue that comes back; waits for that issue."""
    await open_books(session)
    back = by_item(fact.picks)
    items = await stand_of(session, back)
    held = await material_of(session, fact.order_id)
    values: dict[UUID, Decimal] = {}
    for item, quantity in back.items():
        row = held.get(item)
        pool = Pool(row.quantity, row.value) if row else Pool()
        values[item] = pool.issued(quantity, f"issue:{fact.order_id}")[1]
    posting = Posting(
        "material_returned",
        fact_id,
        "issue_return",
        fact.return_id,
        fact.number,
        fact.returned_on,
        material_entries(fact.order_id, items, back, values),
        (fact.order_id,),
    )
    moves = [Move(item, quantity, values[item]) for item, quantity in back.items()]
    await post_valued(session, posting, moves)
    cost = {"material": -sum(values.values(), ZERO)}
    given = {item: (-quantity, -values[item]) for item, quantity in back.items()}
    return await charge(session, fact.order_id, fact.order_number, cost, given)


def material_entries(
    order_id: UUID,
    items: Mapping[UUID, Stand],
    quantities: Mapping[UUID, Decimal],
    values: Mapping[UUID, Decimal],
) -> list[Entry]:
    return [
        Entry(
            {"value": values[item]},
            items[item].kind,
            item_id=item,
            order_id=order_id,
            quantity=quantity,
        )
        for item, quantity in quantities.items()
    ]


async def post_operation(session: AsyncSession, fact: OperationReported, fact_id: UUID) -> bool:
    """500101 / 500103, 510199 by reported minutes; waits for the work centre's rates."""
    await open_books(session)
    rates = await session.get(CentreRateCopy, fact.work_centre_id)
    if rates is None or rates.company_id != teller(session).company_id:
        raise TermsMissing(f"centre:{fact.work_centre_id}")
    costs = operation_cost(fact.minutes, rates.labour_rate, rates.overhead_rate)
    posting = Posting(
        "operation_reported",
        fact_id,
        "operation_report",
        fact.report_id,
        f"{fact.order_number}/{fact.operation}",
        fact.reported_on,
        [Entry(costs, order_id=fact.order_id)],
        (fact.order_id,),
    )
    await post(session, posting)
    return await charge(session, fact.order_id, fact.order_number, costs)


async def post_completion(session: AsyncSession, fact: CompletionReceived, fact_id: UUID) -> None:
    """140501/140502 / 500101: the completed quantity takes its share of all that the order holds.

    Waits until production told how much it released: all operations were reported before that.
    """
    await open_books(session)
    order, released = await awaited_order(session, fact)
    items = await stand_of(session, [fact.item_id])
    awaited = released - order.completed
    held = {element: getattr(order, element) for element in ELEMENTS}
    costs = completed_share(held, fact.quantity, awaited)
    total = sum(costs.values(), ZERO)
    entry = Entry(
        {**costs, "total": total},
        items[fact.item_id].kind,
        item_id=fact.item_id,
        order_id=fact.saga_id,
        quantity=fact.quantity,
    )
    posting = Posting(
        "completion_received",
        fact_id,
        "production_order",
        fact.saga_id,
        fact.order_number,
        fact.received_on,
        [entry],
        fact.part_ids,
    )
    await post_valued(session, posting, [Move(fact.item_id, fact.quantity, total)])
    take(order, costs)
    order.completed, order.item_id = order.completed + fact.quantity, fact.item_id


# The books' lock keeps the order's cost.
RELEASED = (
    select(col(ProductionOrderCopy.released_quantity), OrderCost)
    .outerjoin(OrderCost, col(OrderCost.id) == col(ProductionOrderCopy.id))
    .where(
        col(ProductionOrderCopy.id) == bindparam("id"),
        col(ProductionOrderCopy.company_id) == bindparam("company"),
        col(ProductionOrderCopy.released_quantity).is_not(None),
    )
    .execution_options(populate_existing=True)
)


async def awaited_order(
    session: AsyncSession, fact: CompletionReceived
) -> tuple[OrderCost, Decimal]:
    """The order's cost, and how much production released of it. Raises TermsMissing."""
    asked = {"id": fact.saga_id, "company": teller(session).company_id}
    found = (await session.execute(RELEASED, asked)).first()
    if found is None:
        raise TermsMissing(f"released:{fact.saga_id}")
    released, order = found
    assert released is not None
    return order or await order_cost(session, fact.saga_id, fact.order_number), released


def take(order: OrderCost, costs: Costs) -> None:
    for element in ELEMENTS:
        setattr(order, element, getattr(order, element) - costs.get(element, ZERO))
    order.version += 1


async def order_cost(session: AsyncSession, order_id: UUID, number: str) -> OrderCost:
    """The order's cost, locked; begun when this is the first that finance hears of it."""
    order = await session.scalar(
        select(OrderCost)
        .where(col(OrderCost.id) == order_id)
        .where(col(OrderCost.company_id) == teller(session).company_id)
        .with_for_update()
    )
    if order is None:
        order = OrderCost(id=order_id, company_id=teller(session).company_id, number=number)
        session.add(order)
    return order


async def material_of(session: AsyncSession, order_id: UUID) -> dict[UUID, IssuedMaterial]:
    rows = await session.scalars(
        select(IssuedMaterial)
        .where(
            col(IssuedMaterial.order_id) == order_id,
            col(IssuedMaterial.company_id) == teller(session).company_id,
        )
        .order_by(col(IssuedMaterial.item_id))
        .with_for_update()
    )
    return {row.item_id: row for row in rows}


# The order's cost, the material that it holds, and whether it ended before this was heard.
CHARGE = text("""
WITH held AS (
  INSERT INTO issued_material (company_id, order_id, item_id, quantity, value)
  SELECT :company, :id, t.item_id, coalesce(m.quantity, 0) + t.quantity,
         coalesce(m.value, 0) + t.value
  FROM unnest(CAST(:items AS uuid[]), CAST(:quantities AS numeric[]), CAST(:values AS numeric[]))
    AS t (item_id, quantity, value)
  LEFT JOIN issued_material m ON m.order_id = :id AND m.item_id = t.item_id
  ORDER BY t.item_id
  ON CONFLICT (order_id, item_id) DO UPDATE SET quantity = excluded.quantity, value = excluded.value
)
INSERT INTO order_cost (id, company_id, number, material, labour, overhead, completed, version)
VALUES (:id, :company, :number, :material, :labour, :overhead, 0, 1)
ON CONFLICT (id) DO UPDATE SET
  material = order_cost.material + excluded.material,
  labour = order_cost.labour + excluded.labour,
  overhead = order_cost.overhead + excluded.overhead,
  version = order_cost.version + 1
RETURNING EXISTS (SELECT FROM production_order_copy WHERE id = :id AND (closed OR cancelled))
""")


async def charge(
    session: AsyncSession,
    order_id: UUID,
    number: str,
    cost: Costs,
    held: Mapping[UUID, tuple[Decimal, Decimal]] | None = None,
) -> bool:
    """Add to what an order costs and holds (item: quantity, value); True when it has ended."""
    moved = held or {}
    values = {
        "company": teller(session).company_id,
        "id": order_id,
        "number": number,
        "items": list(moved),
        "quantities": [quantity for quantity, _ in moved.values()],
        "values": [value for _, value in moved.values()],
        **{element: cost.get(element, ZERO) for element in ELEMENTS},
    }
    return bool((await session.execute(CHARGE, values)).scalar_one())
