"""Cost of sales at dispatch: control passes when the goods leave (finance.md 1.4)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from services.finance.books.commands import open_books
from services.finance.cost_of_sales.rules import line_costs, shipped_lines
from services.finance.cost_of_sales.tables import DispatchedLine
from services.finance.posting_rules.rules import Entry
from services.finance.valuation.commands import Move, post_valued, stand_of
from services.finance.vouchers.rules import Posting
from services.finance.work_in_progress.rules import by_item
from shared.contracts.finance.events import CostOfSalesPosted
from shared.contracts.inventory.events import ShipmentDispatched
from shared.database import AsyncSession, table_of
from shared.outbox import record, teller

COST = text("""
UPDATE dispatched_line AS l SET cost = t.cost
FROM unnest(CAST(:lines AS uuid[]), CAST(:costs AS numeric[])) AS t (line_id, cost)
WHERE l.delivery_id = :delivery AND l.company_id = :company AND l.order_line_id = t.line_id
""")
ByLine = Mapping[tuple[UUID, UUID], Decimal]  # by order line and item


async def keep_shipment(session: AsyncSession, fact: ShipmentDispatched) -> None:
    """Remember what was shipped, so that only that is invoiced (REQ-77)."""
    table = table_of(DispatchedLine)
    rows = [
        {
            "company_id": teller(session).company_id,
            "delivery_id": fact.saga_id,
            "order_line_id": line,
            "order_id": fact.order_id,
            "customer_id": fact.customer_id,
            "item_id": item,
            "quantity": quantity,
            "dispatched_on": fact.dispatched_on,
        }
        for (line, item), quantity in shipped_lines(fact.picks).items()
    ]
    if rows:
        await session.execute(insert(table).values(rows).on_conflict_do_nothing())


async def post_dispatch(session: AsyncSession, fact: ShipmentDispatched, fact_id: UUID) -> None:
    """@cos / @stock at moving average; waits while the pools do not hold the quantities."""
    await open_books(session)
    wanted, shipped = by_item(fact.picks), shipped_lines(fact.picks)
    items = await stand_of(session, wanted)
    kinds = {item: stand.kind for item, stand in items.items()}
    values = {
        item: (quantity, items[item].pool.issued(quantity, f"quantity:{item}")[1])
        for item, quantity in wanted.items()
    }
    costs = line_costs(shipped, values)
    posting = Posting(
        "goods_dispatched",
        fact_id,
        "shipment",
        fact.shipment_id,
        fact.number,
        fact.dispatched_on,
        cost_entries(fact, shipped, costs, kinds),
        (fact.order_id, fact.saga_id),
    )
    moves = [Move(item, -quantity, -value) for item, (quantity, value) in values.items()]
    posted_on = await post_valued(session, posting, moves)
    await keep_costs(session, fact.saga_id, costs)
    tell_costs(session, fact, posted_on, shipped, costs)


def cost_entries(
    fact: ShipmentDispatched, shipped: ByLine, costs: ByLine, kinds: Mapping[UUID, str]
) -> list[Entry]:
    return [
        Entry(
            {"cost": costs[line, item]},
            kinds[item],
            partner_id=fact.customer_id,
            item_id=item,
            order_id=fact.order_id,
            line_id=line,
            quantity=quantity,
        )
        for (line, item), quantity in shipped.items()
    ]


async def keep_costs(session: AsyncSession, delivery_id: UUID, costs: ByLine) -> None:
    """Write each line's cost beside what was shipped."""
    values = {
        "delivery": delivery_id,
        "company": teller(session).company_id,
        "lines": [line for line, _ in costs],
        "costs": list(costs.values()),
    }
    await session.execute(COST, values)


def tell_costs(
    session: AsyncSession,
    fact: ShipmentDispatched,
    posted_on: date,
    shipped: ByLine,
    costs: ByLine,
) -> None:
    """To analytics alone: cost never rides in events that others read."""
    lines = tuple(
        CostOfSalesPosted.Line(
            order_line_id=line, item_id=item, quantity=quantity, cost=costs[line, item]
        )
        for (line, item), quantity in shipped.items()
    )
    told = CostOfSalesPosted(
        delivery_id=fact.saga_id, order_id=fact.order_id, posted_on=posted_on, lines=lines
    )
    record(session, told)
