"""Schedules over HTTP: finite capacity in a window, made in a process of its own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Query, Request

from services.production.schedule_process.commands import begin_schedule
from services.production.schedules.commands import (
    adopt_schedule,
    cancel_schedule,
    start_schedule,
)
from services.production.schedules.queries import (
    LISTING,
    find_schedule,
    list_operations,
    list_scheduled_orders,
    list_schedules,
    schedule_shown,
)
from services.production.schedules.rules import (
    LaterScheduleAdopted,
    ScheduleInThePast,
    ScheduleNotDone,
    ScheduleNotFound,
    ScheduleOutrun,
    ScheduleOver,
    SchedulePartsUnknown,
    ScheduleUnderWay,
)
from shared.auth import CurrentActor, needs
from shared.contracts.production.schedules import (
    ScheduleAdopted,
    ScheduledOperationShown,
    ScheduledOrderShown,
    ScheduleShown,
    StartSchedule,
)
from shared.listing import OFFSET_MAX, PAGE_SIZE_MAX, ListQuery, Page
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/planning/schedules", tags=["planning"], route_class=TransactionRoute)
READ = needs("production.schedule.read")
WRITE = needs("production.schedule.write")
FOUND = problems(ScheduleNotFound, ScheduleNotDone)
PageNumber = Annotated[int, Query(ge=1, le=OFFSET_MAX)]
PageSize = Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX)]


@router.post(
    "", status_code=202, dependencies=[WRITE],
    responses=problems(ScheduleUnderWay, ScheduleInThePast, SchedulePartsUnknown),
)  # fmt: skip
async def post_schedule(
    wish: StartSchedule,
    session: Session,
    actor: CurrentActor,
    request: Request,
    after: BackgroundTasks,
) -> ScheduleShown:
    """Start a schedule of a window; it goes on in a process of its own once this is answered."""
    row = await start_schedule(session, actor, wish)
    url: str = request.app.state.settings.database_url

    async def go() -> None:
        begin_schedule(url, row.id)

    after.add_task(go)
    return schedule_shown(row)


@router.get("", dependencies=[READ])
async def get_schedules(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[ScheduleShown]:
    return await list_schedules(session, query, actor)


@router.get("/{id}", dependencies=[READ], responses=problems(ScheduleNotFound))
async def get_schedule(id: UUID, session: Session, actor: CurrentActor) -> ScheduleShown:
    """How far the schedule is, how good it is so far, and its log."""
    return schedule_shown(await find_schedule(session, actor.company_id, id))


@router.get("/{id}/operations", dependencies=[READ], responses=FOUND)
async def get_scheduled_operations(
    id: UUID,
    session: Session,
    actor: CurrentActor,
    work_centre: UUID | None = None,
    order: UUID | None = None,
    page: PageNumber = 1,
    size: PageSize = 50,
) -> Page[ScheduledOperationShown]:
    """Which unit of which work centre does what from when until when: the bars of a chart."""
    only = {"work_centre_id": work_centre, "order_id": order}
    return await list_operations(session, actor, id, only, page, size)


@router.get("/{id}/orders", dependencies=[READ], responses=FOUND)
async def get_scheduled_orders(
    id: UUID, session: Session, actor: CurrentActor, page: PageNumber = 1, size: PageSize = 50
) -> Page[ScheduledOrderShown]:
    """When each order is done, the latest first; counts are of late and timely ones."""
    return await list_scheduled_orders(session, actor, id, page, size)


@router.post(
    "/{id}/actions/cancel", dependencies=[WRITE],
    responses=problems(ScheduleNotFound, ScheduleOver),
)  # fmt: skip
async def act_cancel_schedule(id: UUID, session: Session, actor: CurrentActor) -> ScheduleShown:
    """Give up a schedule that is not done."""
    return schedule_shown(await cancel_schedule(session, actor, id))


@router.post(
    "/{id}/actions/adopt", dependencies=[needs("production.schedule.adopt")],
    responses={**FOUND, **problems(ScheduleOutrun, LaterScheduleAdopted)},
)  # fmt: skip
async def act_adopt(id: UUID, session: Session, actor: CurrentActor) -> ScheduleAdopted:
    """Give the production orders' operations the hours of this schedule."""
    return await adopt_schedule(session, actor, id)
