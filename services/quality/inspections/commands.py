"""Changes to inspection lots. Each one locks, looks, decides, writes, tells; the caller commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.quality.inspections.rules import LIFECYCLE, InspectionUnknown, check_result
from services.quality.inspections.tables import Inspection
from services.quality.plans.queries import characteristics_for
from services.quality.plans.rules import breaches
from shared.actor import Actor
from shared.batches import TwiceInOneList
from shared.contracts.quality.events import InspectionOpened, Stage
from shared.contracts.quality.inspections import RecordItem
from shared.database import AsyncSession, table_of
from shared.ids import derived_id
from shared.lifecycle import expect_version
from shared.numbers import take_numbers
from shared.outbox import record, teller
from shared.session import now, today


@dataclass(frozen=True, slots=True)
class LotToOpen:
    """One lot that an arrival or a completion brings to inspection."""

    line_id: UUID
    item_id: UUID
    lot_number: str
    quantity: Decimal
    made_by: tuple[str, ...] = ()


async def open_lots(
    session: AsyncSession,
    stage: Stage,
    source_id: UUID,
    source_number: str,
    lots: Sequence[LotToOpen],
) -> None:
    """Open an inspection lot for each, with the plan that applies now; twice opens once."""
    if not lots:
        return
    who, day = teller(session), today(session)
    wanted = await characteristics_for(
        session, who.company_id, stage, [lot.item_id for lot in lots]
    )
    numbers = await take_numbers(session, who.company_id, "QC", day, len(lots))
    rows = [
        {
            "id": derived_id(lot.line_id, stage),
            "company_id": who.company_id,
            "number": number,
            "state": "planned",
            "version": 1,
            "created_by": who.actor,
            "created_at": now(session),
            "stage": stage,
            "source_id": source_id,
            "source_number": source_number,
            "line_id": lot.line_id,
            "item_id": lot.item_id,
            "lot_number": lot.lot_number,
            "quantity": lot.quantity,
            "made_by": list(lot.made_by),
            "opened_on": day,
            "characteristics": wanted[lot.item_id],
            **EMPTY,
        }
        for lot, number in zip(lots, numbers, strict=True)
    ]
    opened = await session.execute(
        insert(table_of(Inspection)).on_conflict_do_nothing().returning(table_of(Inspection).c.id),
        rows,
    )
    fresh = set(opened.scalars())
    for row in rows:
        if row["id"] in fresh:
            record(session, InspectionOpened.model_validate({**row, "inspection_id": row["id"]}))


EMPTY = {
    "inspected": Decimal(0),
    "defects": Decimal(0),
    "measurements": list[dict[str, str]](),
    "note": "",
    "accepted": Decimal(0),
    "conceded": Decimal(0),
    "rejected": Decimal(0),
    "reason": "",
}


async def start_inspection(
    session: AsyncSession, id: UUID, version: int, actor: Actor
) -> Inspection:
    """Say that somebody is at it."""
    inspection = (await lock_inspections(session, [id], actor))[id]
    LIFECYCLE.check("start", inspection.state, actor)
    expect_version(version, inspection.version)
    inspection.state, inspection.version = "in_progress", inspection.version + 1
    return inspection


async def record_results(
    session: AsyncSession, wishes: Sequence[RecordItem], actor: Actor
) -> list[Inspection]:
    """Keep what was found, all or nothing; until the decision it may be corrected."""
    found = await lock_inspections(session, [wish.id for wish in wishes], actor)
    for wish in wishes:
        keep_result(found[wish.id], wish, actor)
        found[wish.id].recorded_at = now(session)
    return [found[wish.id] for wish in wishes]


def keep_result(inspection: Inspection, wish: RecordItem, actor: Actor) -> None:
    LIFECYCLE.check("record", inspection.state, actor)
    expect_version(wish.version, inspection.version)
    check_result(inspection.quantity, wish.inspected, wish.defects)
    breaches(inspection.characteristics, [(one.code, one.value) for one in wish.measurements])
    inspection.inspected, inspection.defects = wish.inspected, wish.defects
    inspection.measurements = [one.model_dump(mode="json") for one in wish.measurements]
    inspection.note, inspection.recorded_by = wish.note, actor.subject
    inspection.state, inspection.version = "pending_decision", inspection.version + 1


async def cancel_lots(session: AsyncSession, source_id: UUID) -> None:
    """What is not decided yet need not be inspected any more."""
    rows = await session.execute(
        select(Inspection)
        .where(
            col(Inspection.source_id) == source_id,
            col(Inspection.decided_on).is_(None),
            col(Inspection.state) != "cancelled",
        )
        .order_by(col(Inspection.id))
        .with_for_update()
    )
    for inspection in rows.scalars():
        inspection.state, inspection.version = "cancelled", inspection.version + 1


async def lock_inspections(
    session: AsyncSession, ids: Iterable[UUID], actor: Actor
) -> dict[UUID, Inspection]:
    """The lots by id, locked in id order so that two lists cannot deadlock."""
    wanted = list(ids)
    if len(set(wanted)) != len(wanted):
        raise TwiceInOneList(given=len(wanted))
    rows = await session.execute(
        select(Inspection)
        .where(col(Inspection.id).in_(wanted), col(Inspection.company_id) == actor.company_id)
        .order_by(col(Inspection.id))
        .with_for_update()
    )
    found = {inspection.id: inspection for inspection in rows.scalars()}
    if missing := set(wanted) - set(found):
        raise InspectionUnknown(ids=sorted(missing))
    return found
