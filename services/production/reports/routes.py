"""Operation reports over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.production.orders.queries import show_order
from services.production.orders.rules import LIFECYCLE, MaterialNotIssued, OrderNotFound
from services.production.reports.commands import report_all, report_operation
from services.production.reports.rules import (
    OperationOutOfSequence,
    OperationReportedAlready,
    OperationUnknown,
    QuantityNotConserved,
    ScrapUnexplained,
)
from shared.auth import CurrentActor, needs
from shared.contracts.production.orders import ProductionOrderShown, ReportAll, ReportOperation
from shared.lifecycle import ActionNotAllowed, VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(
    prefix="/orders",
    tags=["operations"],
    route_class=TransactionRoute,
    dependencies=[needs(LIFECYCLE["report"].permission)],
)
REFUSALS = (
    *(OrderNotFound, OperationUnknown, ActionNotAllowed, MaterialNotIssued),
    *(OperationOutOfSequence, OperationReportedAlready, QuantityNotConserved, ScrapUnexplained),
)


@router.post("/{id}/operations/{operation}/reports", status_code=201, responses=problems(*REFUSALS))
async def post_report(
    id: UUID, operation: int, wish: ReportOperation, session: Session, actor: CurrentActor
) -> ProductionOrderShown:
    """Report one operation: what came out good, what was scrapped, in how many minutes."""
    await report_operation(session, actor, id, operation, wish)
    return await show_order(session, actor, id)


@router.post("/{id}/actions/report_all", responses=problems(*REFUSALS, VersionStale))
async def act_report_all(
    id: UUID, wish: ReportAll, session: Session, actor: CurrentActor
) -> ProductionOrderShown:
    """Report every open operation in order, in standard time."""
    await report_all(session, actor, id, wish)
    return await show_order(session, actor, id)
