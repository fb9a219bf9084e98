"""Quality's decision divides what arrived: each share gets its status, its place and its story."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlmodel import SQLModel

from services.inventory.decisions.rules import Division, Standing, divisions, taken_from
from services.inventory.decisions.tables import DecisionHeard
from services.inventory.lots.commands import PartDraft
from services.inventory.lots.tables import LotPart
from services.inventory.moves.commands import lock_items, post
from services.inventory.moves.rules import Posting
from services.inventory.places.queries import FOUND
from services.inventory.places.rules import Place, suggest
from services.inventory.put_aways.commands import Accepted, put_aways_of
from services.inventory.receipts.queries import ARRIVED
from services.inventory.receipts.tables import ReceiptLine
from services.inventory.reservations.commands import restock
from shared.bulk import rows_json
from shared.contracts.inventory.events import LotPartSplit, PartQualityChanged, StockAccepted
from shared.contracts.quality.events import InspectionDecided
from shared.database import AsyncSession
from shared.ids import derived_id
from shared.outbox import record, teller
from shared.session import today

R = TypeVar("R", bound=SQLModel)


@dataclass(slots=True)
class Work:
    """What carrying out one decision writes."""

    drafts: list[PartDraft] = field(default_factory=list[PartDraft])
    postings: list[Posting] = field(default_factory=list[Posting])
    accepted: list[Accepted] = field(default_factory=list[Accepted])


# What is new is kept; every decision of these lines that waits is found beside what it judges.
HEAR = text(f"""
WITH fresh AS (
  INSERT INTO decision_heard
  SELECT * FROM jsonb_populate_recordset(CAST(NULL AS decision_heard), CAST(:given AS jsonb))
  ORDER BY inspection_id
  ON CONFLICT DO NOTHING RETURNING *
), waiting AS (
  SELECT * FROM fresh
  UNION ALL
  SELECT * FROM decision_heard
  WHERE line_id = ANY(CAST(:line_ids AS uuid[])) AND NOT applied
), {ARRIVED}
""")  # noqa: S608 - put together of constants

JUDGED = text("""
WITH given AS (
  SELECT * FROM unnest(
    CAST(:lines AS uuid[]), CAST(:parts AS uuid[]), CAST(:qualities AS text[]),
    CAST(:inspections AS uuid[])
  ) AS t (line_id, part_id, quality, inspection_id)
), part AS (
  UPDATE lot_part p SET quality = g.quality, version = p.version + 1
  FROM given g WHERE p.id = g.part_id
), decision AS (
  UPDATE decision_heard d SET applied = true FROM given g WHERE d.inspection_id = g.inspection_id
), task AS (
  INSERT INTO put_away
  SELECT * FROM jsonb_populate_recordset(CAST(NULL AS put_away), CAST(:tasks AS jsonb))
)
UPDATE receipt_line l
SET accepted = d.accepted, conceded = d.conceded, rejected = d.rejected, state = 'inspected',
    version = l.version + 1
FROM given g JOIN decision_heard d ON d.inspection_id = g.inspection_id
WHERE l.id = g.line_id
""")


@dataclass(frozen=True, slots=True)
class Case:
    """A decision together with the goods that it judges."""

    decision: DecisionHeard
    line: ReceiptLine
    part: LotPart
    storage_class: str
    standing: list[Standing]  # where the part stands, in the order of bins

    @property
    def shares(self) -> list[Division]:
        heard = self.decision
        return divisions(self.line.quantity, heard.accepted, heard.conceded, heard.rejected)

    def divide(self, places: Sequence[Place], work: Work) -> None:
        done = divided(self.line, self.part, self.storage_class, self.shares, self.standing, places)
        work.drafts += done.drafts
        work.postings += done.postings
        work.accepted += done.accepted

    def tell(self, session: AsyncSession) -> None:
        for place, share in enumerate(self.shares):
            tell_share(session, self.decision, self.line, self.part, share, first=place == 0)


async def hear_decisions(session: AsyncSession, decisions: Sequence[InspectionDecided]) -> None:
    """Keep quality's decisions, and carry out those whose goods are here; twice is calm.

    The statements do not grow with the decisions.
    """
    await lock_items(session, {decision.item_id for decision in decisions})
    company = teller(session).company_id
    rows = [
        DecisionHeard(company_id=company, applied=False, **one.model_dump(include=KEPT))
        for one in decisions
    ]
    await judge_waiting(session, [decision.line_id for decision in decisions], rows)


KEPT = {"inspection_id", "line_id", "number", "accepted", "conceded", "rejected"}


async def judge_waiting(
    session: AsyncSession, line_ids: Sequence[UUID], given: Sequence[DecisionHeard] = ()
) -> None:
    """Carry out the decisions whose goods are here. The caller holds the items' locks."""
    asked = {
        "company": teller(session).company_id,
        "given": rows_json(given),
        "line_ids": list(line_ids),
        "statuses": ["released", "rejected"],
    }
    rows = (await session.execute(HEAR, asked)).all()
    if not rows:
        return
    places = FOUND.validate_python(rows[0].places)
    work = Work()
    cases = [case_of(row) for row in rows]
    for case in cases:
        case.divide(places, work)

    await post(session, work.postings, drafts=work.drafts)
    classes = {case.line.item_id: case.storage_class for case in cases}
    tasks = put_aways_of(session, work.accepted, places, classes)
    await session.execute(
        JUDGED,
        {
            "lines": [case.line.id for case in cases],
            "parts": [case.part.id for case in cases],
            "qualities": [case.shares[0].quality for case in cases],
            "inspections": [case.decision.inspection_id for case in cases],
            "tasks": rows_json(tasks),
        },
    )
    for case in cases:
        case.tell(session)
    await restock(session, classes)


def case_of(row: Any) -> Case:
    return Case(
        read(DecisionHeard, row.decision),
        read(ReceiptLine, row.line),
        read(LotPart, row.part),
        row.storage_class,
        [Standing(*stood) for stood in zip(row.bins, row.quantities, strict=True)],
    )


def read(kind: type[R], row: str) -> R:
    return kind.model_validate(json.loads(row, parse_float=Decimal))


def divided(
    line: ReceiptLine,
    part: LotPart,
    storage_class: str,
    shares: Sequence[Division],
    standing: Sequence[Standing],
    places: Sequence[Place],
) -> Work:
    """The writing that gives each share its part and its place; the first keeps the old part."""
    work = Work()
    left: Sequence[Standing] = standing
    for share in reversed(shares):
        first = share is shares[0]
        part_id = part.id if first else part_of_share(part.id, share)
        taken, left = taken_from(left, share.quantity)
        target = (
            suggest(places, "rejected", storage_class, part.lot_id).id
            if share.quality == "rejected"
            else None
        )
        if not first:
            work.drafts.append(draft_of(part, part_id, share))
        for stood in taken:
            work.postings += moved(line, part_id, stood, target, first=first)
        if target is None:
            work.accepted += [
                Accepted(
                    part_id,
                    line.item_id,
                    part.lot_id,
                    part.lot_number,
                    stood.bin_id,
                    line.arrival_id,
                    line.arrival_number,
                )
                for stood in taken[:1]
            ]
    return work


def moved(
    line: ReceiptLine, part_id: UUID, stood: Standing, target: UUID | None, *, first: bool
) -> list[Posting]:
    """The ledger's lines for one share in one bin: split off, brought away, or none."""
    item, quantity, origin = line.item_id, stood.quantity, stood.bin_id
    if not first:
        moves = [
            Posting(line.part_id, item, quantity, "split", from_bin=origin),
            Posting(part_id, item, quantity, "split", to_bin=target or origin),
        ]
    elif target is not None and target != origin:
        moves = [Posting(part_id, item, quantity, "reject", from_bin=origin, to_bin=target)]
    else:
        moves = []
    return [
        replace(move, document_id=line.arrival_id, document_number=line.arrival_number)
        for move in moves
    ]


def part_of_share(part_id: UUID, share: Division) -> UUID:
    return derived_id(part_id, share.quality)


def draft_of(part: LotPart, part_id: UUID, share: Division) -> PartDraft:
    return PartDraft(
        id=part_id,
        item_id=part.item_id,
        lot_number=part.lot_number,
        quality=share.quality,
        source=part.source,
        document_id=part.document_id,
        usable_until=part.usable_until,
        line_id=part.line_id,
    )


def tell_share(
    session: AsyncSession,
    decision: DecisionHeard,
    line: ReceiptLine,
    part: LotPart,
    share: Division,
    *,
    first: bool,
) -> None:
    part_id = part.id if first else part_of_share(part.id, share)
    common = {
        "part_id": part_id,
        "lot_number": part.lot_number,
        "item_id": part.item_id,
        "quantity": share.quantity,
        "quality": share.quality,
        "document_id": decision.inspection_id,
    }
    if first:
        record(session, PartQualityChanged.model_validate(common))
    else:
        split = common | {"from_part_id": part.id, "lot_id": part.lot_id}
        record(session, LotPartSplit.model_validate(split))
    if share.quality != "rejected":
        tell_accepted(session, line, part_id, share)


def tell_accepted(session: AsyncSession, line: ReceiptLine, part_id: UUID, share: Division) -> None:
    record(
        session,
        StockAccepted(
            arrival_id=line.arrival_id,
            arrival_number=line.arrival_number,
            arrival_line_id=line.id,
            order_id=line.order_id,
            order_line_id=line.order_line_id,
            supplier_id=line.supplier_id,
            item_id=line.item_id,
            part_id=part_id,
            quantity=share.quantity,
            conceded=share.quality == "conceded",
            accepted_on=today(session),
        ),
    )
