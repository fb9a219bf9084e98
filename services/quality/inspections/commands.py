"""Changes to inspection lots. Each one locks, looks, decides, writes, tells; the caller commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.quality.inspections.rules import LIFECYCLE, InspectionUnknown, check_result
from services.quality.inspections.tables import Inspection
from services.quality.plans.queries import characteristics_for
from services.quality.plans.rules import breaches
from shared.actor import Actor
from shared.batches import TwiceInOneList
from shared.contracts.quality.events import InspectionOpened, SourceInspected, Stage
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


@dataclass(frozen=True, slots=True)
class Source:
    """What brought the lots: an arrival, or a production order, with what of it goes unchecked."""

    stage: Stage
    id: UUID
    number: str
    exempt: Decimal = Decimal(0)  # stock units of its lines that need no inspection


async def open_lots(session: AsyncSession, source: Source, lots: Sequence[LotToOpen]) -> None:
    """Open an inspection lot for each, with the plan that applies now; twice opens once.

    A source of which nothing needs inspection is told as inspected: its saga need not wait.
    """
    if not lots:
        tell_source(session, source.id, source.stage, source.exempt)
        return
    who, day = teller(session), today(session)
    wanted = await characteristics_for(
        session, who.company_id, source.stage, [lot.item_id for lot in lots]
    )
    numbers = await take_numbers(session, who.company_id, "QC", day, len(lots))
    opened: dict[str, Any] = {
        "company_id": who.company_id,
        "created_by": who.actor,
        "created_at": now(session),
        "opened_on": day,
    }
    rows = [
        {**opened, **opening(source, lot, number), "characteristics": wanted[lot.item_id]}
        for lot, number in zip(lots, numbers, strict=True)
    ]
    inserted = await session.execute(
        insert(table_of(Inspection)).on_conflict_do_nothing().returning(table_of(Inspection).c.id),
        rows,
    )
    fresh = set(inserted.scalars())
    for row in rows:
        if row["id"] in fresh:
            record(session, InspectionOpened.model_validate({**row, "inspection_id": row["id"]}))


def opening(source: Source, lot: LotToOpen, number: str) -> dict[str, Any]:
    """The columns of a lot nobody has looked at yet."""
    return {
        "id": derived_id(lot.line_id, source.stage),
        "number": number,
        "state": "planned",
        "version": 1,
        "stage": source.stage,
        "source_id": source.id,
        "source_number": source.number,
        "exempt": source.exempt,
        "line_id": lot.line_id,
        "item_id": lot.item_id,
        "lot_number": lot.lot_number,
        "quantity": lot.quantity,
        "made_by": list(lot.made_by),
        "measurements": [],
        "note": "",
        "reason": "",
        **dict.fromkeys(("inspected", "defects", "accepted", "conceded", "rejected"), Decimal(0)),
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
    ours = and_(col(Inspection.id).in_(wanted), col(Inspection.company_id) == actor.company_id)
    return await lock_found(session, wanted, ours)


async def lock_found(
    session: AsyncSession, wanted: Sequence[UUID], which: ColumnElement[bool]
) -> dict[UUID, Inspection]:
    """The wanted lots among those locked, which may be more. Raises InspectionUnknown."""
    if len(set(wanted)) != len(wanted):
        raise TwiceInOneList(given=len(wanted))
    rows = await session.execute(
        select(Inspection).where(which).order_by(col(Inspection.id)).with_for_update()
    )
    found = {inspection.id: inspection for inspection in rows.scalars()}
    if missing := set(wanted) - set(found):
        raise InspectionUnknown(ids=sorted(missing))
    return {id: found[id] for id in wanted}


async def tell_sources(session: AsyncSession, source_ids: Iterable[UUID]) -> None:
    """Answer the sagas of the sources whose lots are all decided now. One statement.

    What of a source needed no inspection counts as accepted.
    """
    rows = await session.execute(
        select(
            col(Inspection.source_id),
            col(Inspection.stage),
            func.sum(Inspection.accepted) + func.max(Inspection.exempt),
            func.sum(Inspection.conceded),
            func.sum(Inspection.rejected),
        )
        .where(col(Inspection.source_id).in_(set(source_ids)), col(Inspection.state) != "cancelled")
        .group_by(col(Inspection.source_id), col(Inspection.stage))
        .having(func.bool_and(col(Inspection.decided_on).is_not(None)))
        .order_by(col(Inspection.source_id))
    )
    for source_id, stage, accepted, conceded, rejected in rows:
        tell_source(session, source_id, stage, accepted, conceded, rejected)


def tell_source(
    session: AsyncSession,
    source_id: UUID,
    stage: str,
    accepted: Decimal,
    conceded: Decimal = Decimal(0),
    rejected: Decimal = Decimal(0),
) -> None:
    told = {"accepted": accepted, "conceded": conceded, "rejected": rejected}
    record(session, SourceInspected.model_validate({"saga_id": source_id, "stage": stage, **told}))
