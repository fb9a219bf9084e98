"""Rough-cut load over HTTP: of a plan run, or of the orders there are. Computed by the planner."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.production.copies.queries import items_by_id
from services.production.plan_desk.queries import DESK
from services.production.plan_runs.queries import finished_run
from services.production.plan_runs.rules import PlanRunNotDone, PlanRunNotFound
from services.production.work_load.queries import shown_load, shown_pegs
from services.production.work_load.rules import (
    Asked,
    Json,
    LoadDaysWrong,
    LoadTooLarge,
    Unit,
    WorkCentreUnknown,
    days_asked,
)
from shared.auth import CurrentActor, needs
from shared.contracts.production.loads import LoadPeg, LoadShown
from shared.database import AsyncSession
from shared.listing import OFFSET_MAX, PAGE_SIZE_MAX, ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute, clock_of
from shared.session import today as today_of

DAYS_AHEAD = 366  # of the load of the orders there are
router = APIRouter(
    prefix="/planning",
    tags=["planning"],
    route_class=TransactionRoute,
    dependencies=[needs("production.load.read")],
)
WRONG = problems(LoadDaysWrong, LoadTooLarge, WorkCentreUnknown)
OF_RUN = {**WRONG, **problems(PlanRunNotFound, PlanRunNotDone)}
First = Annotated[date | None, Query(alias="from", description="The first day; today by default")]
Last = Annotated[date | None, Query(alias="until", description="The last day; twelve weeks on")]
PageNumber = Annotated[int, Query(ge=1, le=OFFSET_MAX)]
PageSize = Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX)]


def url_of(request: Request) -> str:
    url: str = request.app.state.settings.database_url
    return url


def calendar_ahead(session: AsyncSession) -> tuple[date, str]:
    """Today, and which days from it on are worked."""
    day, calendar = today_of(session), clock_of(session).working.calendar
    flags = (calendar.works_on(day + timedelta(days=n)) for n in range(DAYS_AHEAD))
    return day, "".join(str(int(one)) for one in flags)


@router.get("/runs/{id}/loads", responses=OF_RUN)
async def get_run_loads(
    id: UUID,
    session: Session,
    actor: CurrentActor,
    request: Request,
    first: First = None,
    last: Last = None,
    unit: Unit = "week",
    work_centre: UUID | None = None,
) -> LoadShown:
    """What a run's orders and the real ones it counted ask of the work centres."""
    run = await finished_run(session, actor.company_id, id)
    asked = Asked(run.today, *days_asked(run.today, run.buckets, first, last), unit, work_centre)
    given = (url_of(request), actor.company_id, id, run.working, asked)
    return LoadShown.model_validate(await DESK.run(shown_load, *given))


@router.get("/loads", responses=WRONG)
async def get_loads(
    session: Session,
    actor: CurrentActor,
    request: Request,
    first: First = None,
    last: Last = None,
    unit: Unit = "week",
    work_centre: UUID | None = None,
) -> LoadShown:
    """What remains of production orders, and firm planned ones, asks of the work centres."""
    day, working = calendar_ahead(session)
    asked = Asked(day, *days_asked(day, DAYS_AHEAD, first, last), unit, work_centre)
    given = (url_of(request), actor.company_id, None, working, asked)
    return LoadShown.model_validate(await DESK.run(shown_load, *given))


@router.get("/runs/{id}/loads/{work_centre}", responses=OF_RUN)
async def get_run_load_pegs(
    id: UUID,
    work_centre: UUID,
    session: Session,
    actor: CurrentActor,
    request: Request,
    first: First = None,
    last: Last = None,
    page: PageNumber = 1,
    size: PageSize = 50,
) -> Page[LoadPeg]:
    """What loads one work centre in the days asked for, the most hours first."""
    run = await finished_run(session, actor.company_id, id)
    days = days_asked(run.today, run.buckets, first, last)
    asked = Asked(run.today, *days, "day", work_centre)
    given = (url_of(request), actor.company_id, id, run.working, asked)
    found = await DESK.run(shown_pegs, *given, slice((page - 1) * size, page * size))
    return await pegs_shown(session, actor.company_id, asked, found, (page, size))


@router.get("/loads/{work_centre}", responses=WRONG)
async def get_load_pegs(
    work_centre: UUID,
    session: Session,
    actor: CurrentActor,
    request: Request,
    first: First = None,
    last: Last = None,
    page: PageNumber = 1,
    size: PageSize = 50,
) -> Page[LoadPeg]:
    """Which orders load one work centre in the days asked for, the most hours first."""
    day, working = calendar_ahead(session)
    asked = Asked(day, *days_asked(day, DAYS_AHEAD, first, last), "day", work_centre)
    given = (url_of(request), actor.company_id, None, working, asked)
    found = await DESK.run(shown_pegs, *given, slice((page - 1) * size, page * size))
    return await pegs_shown(session, actor.company_id, asked, found, (page, size))


async def pegs_shown(
    session: AsyncSession, company: UUID, asked: Asked, found: Json, page: tuple[int, int]
) -> Page[LoadPeg]:
    """One page of pegs with the items' codes and days; counts are by kind."""
    ids = {UUID(one["item_id"]) for one in found["pegs"]}
    items = await items_by_id(session, company, ids)
    shown = [
        LoadPeg.model_validate(
            {
                **one,
                "item_code": items[UUID(one["item_id"])].code,
                "release_on": asked.today + timedelta(days=one["release"]),
                "receipt_on": asked.today + timedelta(days=one["receipt"]),
            }
        )
        for one in found["pegs"]
    ]
    query = ListQuery(page=page[0], size=page[1], q="", sort="", filters={})
    return paged(query, shown, found["total"], found["counts"])
