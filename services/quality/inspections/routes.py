"""Inspection lots over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.quality.inspections.commands import record_results, start_inspection
from services.quality.inspections.queries import INSPECTIONS, listed, sheet_of, shown
from services.quality.inspections.rules import InspectionUnknown, MoreThanTheLot
from services.quality.plans.rules import CharacteristicUnknown
from shared.auth import CurrentActor, needs
from shared.contracts.base import Act
from shared.contracts.quality.inspections import (
    InspectionListed,
    Inspections,
    InspectionShown,
    RecordAll,
    RecordItem,
    RecordResult,
)
from shared.lifecycle import ActionNotAllowed, VersionStale
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/inspections", tags=["inspections"], route_class=TransactionRoute)
READ, RECORD = needs("quality.inspection.read"), needs("quality.inspection.record")
REFUSALS = problems(
    InspectionUnknown, ActionNotAllowed, VersionStale, MoreThanTheLot, CharacteristicUnknown
)


@router.get("", dependencies=[READ])
async def list_inspections(
    query: Annotated[ListQuery, INSPECTIONS.parameters()], session: Session, actor: CurrentActor
) -> Page[InspectionListed]:
    """Inspection lots by state, stage, source or item."""
    rows, total, counts = await INSPECTIONS.fetch(session, query, actor)
    return paged(query, await listed(session, rows, actor), total, counts)


@router.get("/{id}", dependencies=[READ], responses=problems(InspectionUnknown))
async def show_inspection(id: UUID, session: Session, actor: CurrentActor) -> InspectionShown:
    """One lot: its plan, results, decision and signatures."""
    return await shown(session, id, actor)


@router.post("/{id}/actions/start", dependencies=[RECORD], responses=REFUSALS)
async def start_one(id: UUID, wish: Act, session: Session, actor: CurrentActor) -> InspectionShown:
    """Take a planned lot in hand."""
    row = await start_inspection(session, id, wish.version, actor)
    await session.flush()
    return await sheet_of(session, row, actor)


@router.post("/{id}/actions/record", dependencies=[RECORD], responses=REFUSALS)
async def record_one(
    id: UUID, wish: RecordResult, session: Session, actor: CurrentActor
) -> InspectionShown:
    """Enter what was found; corrected until the decision."""
    [row] = await record_results(session, [RecordItem(id=id, **wish.model_dump())], actor)
    await session.flush()
    return await sheet_of(session, row, actor)


@router.post("/actions/record", dependencies=[RECORD], responses=REFUSALS)
async def record_many(wish: RecordAll, session: Session, actor: CurrentActor) -> Inspections:
    """Enter the results of many lots, all or nothing."""
    rows = await record_results(session, wish.items, actor)
    await session.flush()
    return Inspections(items=tuple(await listed(session, rows, actor)))
