"""Questions to the graph, both ways."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text

from services.quality.traces.rules import NodeUnknown
from shared.auth import Actor
from shared.contracts.quality.traces import (
    TraceAnswer,
    TraceBalance,
    TraceEndShown,
    TraceNodeShown,
    TracePartner,
)
from shared.database import AsyncSession

FOUND_MAX = 200
PAGE = 1000
ENDS_MAX = 20_000

REMAINING = (
    "CASE n.kind WHEN 'part' THEN n.received + n.made + n.split_in"
    " - n.used - n.split_out - n.shipped - n.sent_back ELSE 0 END"
)
NODE = f"""
SELECT n.n, n.id, n.kind, n.item_id, c.code AS item_code, c.name AS item_name, n.lot_number,
       n.serial, n.maker_lot, n.number, n.quality, n.blocks, n.usable_until, n.born_on,
       {REMAINING} AS remaining
FROM trace_node n LEFT JOIN item_copy c ON c.id = n.item_id
"""  # noqa: S608 - put together of constants

FIND = text(
    NODE
    + """
WHERE n.company_id = :company
  AND (CAST(:lot AS text) IS NULL OR n.lot_number = :lot)
  AND (CAST(:serial AS text) IS NULL OR n.serial = :serial)
ORDER BY n.kind, n.n LIMIT :most
"""
)
ONE = text(NODE + " WHERE n.company_id = :company AND n.id = :id")
# In a scalar subselect, so that the walk runs once and not once per row.
NODES = text(
    NODE
    + """
WHERE n.n = ANY((SELECT trace_walk(ARRAY[CAST(:start AS int)], CAST(:backward AS boolean)))::int[])
  AND n.n > :after AND n.kind = 'part' AND (NOT :in_stock OR """
    + REMAINING
    + """ > 0)
ORDER BY n.n LIMIT :most
"""
)
ENDS = text("""
WITH reach AS MATERIALIZED (
  SELECT unnest(trace_walk(ARRAY[CAST(:start AS int)], CAST(:backward AS boolean))) AS n
)
SELECT e.partner_id, p.code, p.name, n.id AS part_id, c.code AS item_code, n.lot_number, n.serial,
       n.maker_lot, e.kind, e.document AS document_id, e.number, e.day, e.quantity
FROM reach r
JOIN trace_end e ON e.part = r.n AND e.kind = :kind AND e.quantity > 0
JOIN trace_node n ON n.n = r.n
LEFT JOIN item_copy c ON c.id = n.item_id
LEFT JOIN partner_copy p ON p.id = e.partner_id
ORDER BY p.code, e.partner_id, c.code, n.lot_number, n.serial, e.number, n.n
LIMIT :most
""")
REACH = text("""
SELECT cardinality(trace_walk(ARRAY[CAST(:start AS int)], CAST(:backward AS boolean))) - 1
""")
BALANCE = text("""
SELECT n.id AS part_id, n.received, n.made, n.split_in, n.used, n.split_out, n.shipped, n.sent_back,
       n.received + n.made + n.split_in - n.used - n.split_out - n.shipped - n.sent_back
         AS remaining
FROM trace_node n WHERE n.company_id = :company AND n.id = :id AND n.kind = 'part'
""")


async def find(
    session: AsyncSession, actor: Actor, *, lot: str | None, serial: str | None
) -> list[TraceNodeShown]:
    """Parts and steps of a printed lot or serial."""
    asked = {"company": actor.company_id, "lot": lot, "serial": serial, "most": FOUND_MAX}
    rows = (await session.execute(FIND, asked)).mappings()
    return [TraceNodeShown.model_validate(dict(row)) for row in rows]


async def start_of(session: AsyncSession, actor: Actor, id: UUID) -> TraceNodeShown:
    """The node where a walk begins. Raises NodeUnknown."""
    rows = await session.execute(ONE, {"company": actor.company_id, "id": id})
    row = rows.mappings().one_or_none()
    if row is None:
        raise NodeUnknown(id=id)
    return TraceNodeShown.model_validate(dict(row))


async def reached_partners(
    session: AsyncSession, actor: Actor, id: UUID, kind: Literal["received", "shipped"]
) -> TraceAnswer:
    """Suppliers behind a node (`received`), or customers before it (`shipped`), with the lots."""
    start = await start_of(session, actor, id)
    asked = {"start": start.n, "backward": kind == "received"}
    rows = (await session.execute(ENDS, asked | {"kind": kind, "most": ENDS_MAX})).mappings()
    found: dict[UUID | None, list[Any]] = {}
    for row in rows:
        found.setdefault(row["partner_id"], []).append(row)
    return TraceAnswer(
        start=start,
        reached=int((await session.execute(REACH, asked)).scalar_one()),
        partners=tuple(partner_of(lines) for lines in found.values()),
    )


def partner_of(lines: Sequence[Any]) -> TracePartner:
    first = lines[0]
    return TracePartner(
        partner_id=first["partner_id"],
        code=first["code"],
        name=first["name"],
        quantity=sum((line["quantity"] for line in lines), Decimal(0)),
        lines=tuple(TraceEndShown.model_validate(dict(line)) for line in lines),
    )


async def reached_parts(
    session: AsyncSession, actor: Actor, id: UUID, *, backward: bool, in_stock: bool, after_n: int
) -> TraceAnswer:
    """The parts in reach, a page of 1,000 by node number; `in_stock`: only what remains."""
    start = await start_of(session, actor, id)
    asked = {"start": start.n, "backward": backward}
    more = {"after": after_n, "in_stock": in_stock, "most": PAGE + 1}
    rows = (await session.execute(NODES, asked | more)).mappings().all()
    nodes = tuple(TraceNodeShown.model_validate(dict(row)) for row in rows[:PAGE])
    return TraceAnswer(
        start=start,
        reached=int((await session.execute(REACH, asked)).scalar_one()),
        nodes=nodes,
        next_after_n=nodes[-1].n if len(rows) > PAGE else None,
    )


async def balance_of(session: AsyncSession, actor: Actor, id: UUID) -> TraceBalance:
    rows = await session.execute(BALANCE, {"company": actor.company_id, "id": id})
    row = rows.mappings().one_or_none()
    if row is None:
        raise NodeUnknown(id=id)
    return TraceBalance.model_validate(dict(row))
