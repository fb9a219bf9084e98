"""Weaving events into the graph: nodes as stubs first, so that any order gives the same graph."""

from collections.abc import Collection, Sequence

from sqlalchemy import text

from services.quality.traces.rules import (
    SUMS,
    Edge,
    End,
    Facts,
    Node,
    Status,
    merged_edges,
    merged_ends,
    merged_nodes,
    merged_statuses,
    sums_of,
)
from shared.database import AsyncSession
from shared.outbox import teller

# Only what is missing: a conflict would burn a node number.
STUBS = text("""
INSERT INTO trace_node (id, company_id, kind, lot_number, serial, maker_lot, number, quality,
                        blocks, quality_seq)
SELECT t.id, CAST(:company AS uuid), t.kind, '', '', '', '', '', '', 0
FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[])) AS t (id, kind)
WHERE NOT EXISTS (SELECT FROM trace_node n WHERE n.id = t.id)
ORDER BY t.id
ON CONFLICT (id) DO NOTHING
""")

# Nodes are locked in id order before they are changed: two batches cannot deadlock.
LOCK = text("SELECT FROM trace_node WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE")

DESCRIBE = text("""
UPDATE trace_node AS n
SET item_id = COALESCE(t.item_id, n.item_id), lot_id = COALESCE(t.lot_id, n.lot_id),
    lot_number = COALESCE(NULLIF(t.lot_number, ''), n.lot_number),
    serial = COALESCE(NULLIF(t.serial, ''), n.serial),
    maker_lot = COALESCE(NULLIF(t.maker_lot, ''), n.maker_lot),
    number = COALESCE(NULLIF(t.number, ''), n.number),
    usable_until = COALESCE(t.usable_until, n.usable_until),
    born_on = COALESCE(t.born_on, n.born_on), kind = t.kind
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:items AS uuid[]), CAST(:lots AS uuid[]),
  CAST(:numbers AS text[]), CAST(:serials AS text[]), CAST(:makers AS text[]),
  CAST(:papers AS text[]), CAST(:days AS date[]), CAST(:births AS date[])
) AS t (id, kind, item_id, lot_id, lot_number, serial, maker_lot, number, usable_until, born_on)
WHERE n.id = t.id
""")

ADD = text("""
UPDATE trace_node AS n
SET received = n.received + t.received, made = n.made + t.made, split_in = n.split_in + t.split_in,
    used = n.used + t.used, split_out = n.split_out + t.split_out,
    shipped = n.shipped + t.shipped, sent_back = n.sent_back + t.sent_back
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:received AS numeric[]), CAST(:made AS numeric[]),
  CAST(:split_in AS numeric[]), CAST(:used AS numeric[]), CAST(:split_out AS numeric[]),
  CAST(:shipped AS numeric[]), CAST(:sent_back AS numeric[])
) AS t (id, received, made, split_in, used, split_out, shipped, sent_back)
WHERE n.id = t.id
""")

EDGES = text("""
INSERT INTO trace_edge (src, dst, document, kind, quantity)
SELECT s.n, d.n, t.document, t.kind, t.quantity
FROM unnest(CAST(:srcs AS uuid[]), CAST(:dsts AS uuid[]), CAST(:documents AS uuid[]),
            CAST(:kinds AS text[]), CAST(:quantities AS numeric[]))
  AS t (src, dst, document, kind, quantity)
JOIN trace_node s ON s.id = t.src
JOIN trace_node d ON d.id = t.dst
ORDER BY s.n, d.n, t.document
ON CONFLICT (src, dst, document) DO UPDATE SET quantity = trace_edge.quantity + excluded.quantity
""")

ENDS = text("""
INSERT INTO trace_end (part, document, line, kind, partner_id, number, day, quantity)
SELECT n.n, t.document, t.line, t.kind, t.partner_id, t.number, t.day, t.quantity
FROM unnest(CAST(:parts AS uuid[]), CAST(:documents AS uuid[]), CAST(:lines AS uuid[]),
            CAST(:kinds AS text[]), CAST(:partners AS uuid[]), CAST(:numbers AS text[]),
            CAST(:days AS date[]), CAST(:quantities AS numeric[]))
  AS t (part, document, line, kind, partner_id, number, day, quantity)
JOIN trace_node n ON n.id = t.part
ORDER BY n.n, t.document, t.line
ON CONFLICT (part, document, line) DO UPDATE SET quantity = trace_end.quantity + excluded.quantity
""")

STATUS = text("""
UPDATE trace_node AS n SET quality = t.quality, blocks = t.blocks, quality_seq = t.seq
FROM unnest(CAST(:ids AS uuid[]), CAST(:qualities AS text[]), CAST(:blocks AS text[]),
            CAST(:seqs AS bigint[])) AS t (id, quality, blocks, seq)
WHERE n.id = t.id AND n.quality_seq < t.seq
""")


async def weave(session: AsyncSession, facts: Facts) -> None:
    """Add events' facts, however many; the inbox sees to it that each event comes once."""
    kinds = {
        **{id: "part" for edge in facts.edges for id in (edge.src, edge.dst)},
        **{end.part: "part" for end in facts.ends},
        **{edge.dst: "step" for edge in facts.edges if edge.kind == "used"},
        **{edge.src: "step" for edge in facts.edges if edge.kind == "made"},
        **{node.id: node.kind for node in facts.nodes},
    }
    ids = sorted(kinds)
    await session.execute(
        STUBS,
        {"company": teller(session).company_id, "ids": ids, "kinds": [kinds[id] for id in ids]},
    )
    await session.execute(LOCK, {"ids": ids})
    await describe(session, merged_nodes(facts.nodes))
    await add_sums(session, facts)
    await add_edges(session, merged_edges(facts.edges))
    await add_ends(session, merged_ends(facts.ends))
    await note_statuses(session, merged_statuses(facts.statuses))


async def describe(session: AsyncSession, nodes: Sequence[Node]) -> None:
    if nodes:
        await session.execute(
            DESCRIBE,
            {
                "ids": [node.id for node in nodes],
                "kinds": [node.kind for node in nodes],
                "items": [node.item_id for node in nodes],
                "lots": [node.lot_id for node in nodes],
                "numbers": [node.lot_number for node in nodes],
                "serials": [node.serial for node in nodes],
                "makers": [node.maker_lot for node in nodes],
                "papers": [node.number for node in nodes],
                "days": [node.usable_until for node in nodes],
                "births": [node.born_on for node in nodes],
            },
        )


async def add_sums(session: AsyncSession, facts: Facts) -> None:
    if found := sums_of(facts):
        ids = sorted(found)
        columns = {name: [found[id][name] for id in ids] for name in SUMS}
        await session.execute(ADD, {"ids": ids, **columns})


async def add_edges(session: AsyncSession, edges: Collection[Edge]) -> None:
    if edges:
        await session.execute(
            EDGES,
            {
                "srcs": [edge.src for edge in edges],
                "dsts": [edge.dst for edge in edges],
                "documents": [edge.document for edge in edges],
                "kinds": [edge.kind for edge in edges],
                "quantities": [edge.quantity for edge in edges],
            },
        )


async def add_ends(session: AsyncSession, ends: Collection[End]) -> None:
    if ends:
        await session.execute(
            ENDS,
            {
                "parts": [end.part for end in ends],
                "documents": [end.document for end in ends],
                "lines": [end.line for end in ends],
                "kinds": [end.kind for end in ends],
                "partners": [end.partner_id for end in ends],
                "numbers": [end.number for end in ends],
                "days": [end.day for end in ends],
                "quantities": [end.quantity for end in ends],
            },
        )


async def note_statuses(session: AsyncSession, statuses: Sequence[Status]) -> None:
    """The parts' statuses as of their events' numbers; an older one changes nothing."""
    if statuses:
        await session.execute(
            STATUS,
            {
                "ids": [one.part for one in statuses],
                "qualities": [one.quality for one in statuses],
                "blocks": [",".join(one.blocks) for one in statuses],
                "seqs": [one.sequence for one in statuses],
            },
        )
