"""Reading what is firm of some items, from the rows that a plan run reads."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Row, text

from services.production.copies.queries import items_by_id
from services.production.copies.tables import ItemCopy
from services.production.mrp.engine.snapshot import NEVER
from services.production.mrp.queries import DEMANDS, FIRM_NEEDS, LOTS, RECEIPTS, STOCK
from services.production.promises.rules import (
    Holdings,
    Outlook,
    Promise,
    opening,
    promised,
    supplied,
)
from shared.actor import Actor
from shared.contracts.production.promises import (
    AskPromises,
    ItemPromise,
    ItemPromises,
    PromiseDay,
    PromiseWish,
)
from shared.database import AsyncSession
from shared.session import today as today_of

# One row per item, kind and day, in the item's smallest units; days from today, what is overdue
# counts today. The parts are a run's own questions, so that both see the same supply and claims.
FIRM = text(
    f"""
SELECT item_id, kind, day, sum(quantity)::bigint AS quantity FROM (
  SELECT item_id, 'life' AS kind, minimum_life_days AS day, 0 AS quantity
  FROM planning_policy WHERE company_id = {{company}}
  UNION ALL SELECT id, 'stock', day, quantity FROM ({STOCK}) AS stock (id, day, quantity)
  UNION ALL SELECT id, 'lot', day, quantity FROM ({LOTS}) AS lots (id, day, quantity)
  UNION ALL SELECT id, 'receipt', greatest(day, 0), quantity
  FROM ({RECEIPTS}) AS receipts (id, document, day, quantity, receipt)
  UNION ALL SELECT id, 'claim', greatest(day, 0), quantity
  FROM ({DEMANDS}) AS demands (id, document, day, quantity, demand)
  WHERE document IS DISTINCT FROM CAST(:document AS uuid)
  UNION ALL SELECT id, 'claim', day, quantity
  FROM ({FIRM_NEEDS}) AS needs (id, document, day, quantity, demand)
) firm WHERE item_id = ANY(CAST(:items AS uuid[])) GROUP BY item_id, kind, day
""".format(  # noqa: S608 - put together of constants
        company="CAST(:company AS uuid)",
        today="CAST(:today AS date)",
        among="item_id = ANY(CAST(:items AS uuid[]))",
    )
)


async def promises(session: AsyncSession, actor: Actor, asked: AskPromises) -> ItemPromises:
    """The answers in the order of the lines; lines of one item share it. Raises ItemNotKnown."""
    today, ids = today_of(session), {wish.item_id for wish in asked.lines}
    items = await items_by_id(session, actor.company_id, ids)
    held = await holdings(session, actor, today, items, asked.document_id)
    return await answered(asked, today, items, held)


async def answered(
    asked: AskPromises, today: date, items: Mapping[UUID, ItemCopy], held: dict[UUID, Holdings]
) -> ItemPromises:
    """Long orders and long series are reckoned in a thread, between other people's requests."""
    return await asyncio.to_thread(answers, asked, today, items, held)


def answers(
    asked: AskPromises, today: date, items: Mapping[UUID, ItemCopy], held: dict[UUID, Holdings]
) -> ItemPromises:
    """Line by line; `held` is afterwards what the lines leave."""
    found: list[ItemPromise] = []
    for wish in asked.lines:
        item, own = items[wish.item_id], held[wish.item_id]
        day = max(wish.day or today, today)
        life = wish.minimum_life_days
        answer, held[wish.item_id] = promised(own, wish.quantity, (day - today).days, life)
        changes = Outlook(own, life).changes() if asked.series else []
        found.append(shown(wish, item, (today, day), answer, changes))
    return ItemPromises(today=today, lines=tuple(found))


async def holdings(
    session: AsyncSession,
    actor: Actor,
    today: date,
    items: dict[UUID, ItemCopy],
    document_id: UUID | None,
) -> dict[UUID, Holdings]:
    asked = {"company": actor.company_id, "today": today, "document": document_id}
    rows = await session.execute(FIRM, {**asked, "items": list(items)})
    own: defaultdict[UUID, list[Row[tuple[UUID, str, int, int]]]] = defaultdict(list)
    for row in rows:
        own[row.item_id].append(row)
    return {id: held_of(item, own[id]) for id, item in items.items()}


def held_of(item: ItemCopy, rows: Collection[Row[tuple[UUID, str, int, int]]]) -> Holdings:
    def of(kind: str) -> Iterable[tuple[int, int]]:
        return ((row.day, row.quantity) for row in rows if row.kind == kind)

    life = next((day for day, _ in of("life")), 0)
    stock = opening(sum(quantity for _, quantity in of("stock")), of("lot"))
    shelf_life = NEVER if item.shelf_life_days is None else item.shelf_life_days - 1
    supply = supplied(stock, dict(of("receipt")), shelf_life, life)
    return Holdings(item.decimals, life, supply, dict(of("claim")))


def shown(
    wish: PromiseWish,
    item: ItemCopy,
    days: tuple[date, date],
    answer: Promise,
    changes: Sequence[tuple[int, int]],
) -> ItemPromise:
    """`days` are today and the one asked for."""
    today, day = days

    def quantity(count: int) -> Decimal:
        return Decimal(count).scaleb(-item.decimals)

    earliest = None if answer.earliest is None else today + timedelta(days=answer.earliest)
    return ItemPromise(
        item_id=item.id,
        item_code=item.code,
        quantity=wish.quantity,
        day=day,
        available=quantity(answer.available),
        complete=earliest == day,
        earliest_on=earliest,
        series=tuple(
            PromiseDay(day=today + timedelta(days=at), available=quantity(count))
            for at, count in changes
        ),
    )
