"""The dashboard over HTTP."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from services.analytics.dashboard.queries import LISTING, dashboard, prove
from services.analytics.dashboard.rules import COST_RIGHTS, SpanRefused
from services.analytics.facts.rules import COST_GRAINS, GRAINS
from shared.auth import CurrentActor, needs
from shared.contracts.analytics.dashboard import Dashboard, FactRow, Proof
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute, today

SPAN_DAYS = 365
router = APIRouter(tags=["dashboard"], route_class=TransactionRoute)
READ = [needs("analytics.dashboard.read")]


@router.get("/dashboard", dependencies=READ, responses=problems(SpanRefused))
async def get_dashboard(
    session: Session,
    actor: CurrentActor,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
) -> Dashboard:
    """Sales, margin, stock turns, order fulfilment, yield; by default of the last 365 days."""
    ends = last or today(session)
    return await dashboard(session, actor, first or ends - timedelta(days=SPAN_DAYS - 1), ends)


@router.get("/proof", dependencies=READ)
async def get_proof(session: Session, actor: CurrentActor) -> Proof:
    """Every kept sum recomputed from the facts."""
    return await prove(session, actor.company_id)


@router.get("/facts", dependencies=READ)
async def list_facts(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[FactRow]:
    """The lines behind the figures, with their documents; cost lines only for who may see cost."""
    if not any(actor.may(right) for right in COST_RIGHTS):
        asked = str(query.filters.get("grain", ",".join(GRAINS))).split(",")
        visible = ",".join(grain for grain in asked if grain not in COST_GRAINS)
        filters = {**query.filters, "grain": visible}
        query = ListQuery(query.page, query.size, query.q, query.sort, filters)
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [FactRow.model_validate(row) for row in rows], total, counts)
