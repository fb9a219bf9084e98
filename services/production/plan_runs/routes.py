"""Plan runs over HTTP. Views are computed in the planning process, never in the service."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Query, Request

from services.production.copies.rules import ItemNotKnown
from services.production.mrp.rules import (
    Direction,
    PlannedItemUnknown,
    TraceTooLong,
    item_view,
    pegging,
    trace,
)
from services.production.plan_desk.queries import DESK, ask, compare, promised
from services.production.plan_desk.rules import differences, messages_page
from services.production.plan_process.commands import begin_run
from services.production.plan_runs.commands import publish_run, start_run
from services.production.plan_runs.queries import (
    LISTING,
    find_run,
    finished_run,
    list_runs,
    messages_shown,
    moves,
    run_shown,
)
from services.production.plan_runs.rules import (
    PlanRunNotDone,
    PlanRunNotFound,
    PlanRunOutrun,
    PlanRunStale,
    PlanRunUnderWay,
    TooManyToPublish,
    WhatIfChangesOnly,
    WhatIfNotPublished,
)
from shared.auth import CurrentActor, needs
from shared.contracts.base import Quantity
from shared.contracts.production.plan_runs import (
    PlanComparison,
    PlanMessageShown,
    PlannedItemShown,
    PlanPegging,
    PlanPublished,
    PlanRunShown,
    PromiseShown,
    PublishPlan,
    StartPlanRun,
)
from shared.listing import PAGE_SIZE_MAX, ListQuery, Page
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/planning", tags=["planning"], route_class=TransactionRoute)
READ = needs("production.plan_run.read")
FOUND = problems(PlanRunNotFound, PlanRunNotDone, PlannedItemUnknown)
Kinds = Annotated[str, Query(description="Kinds of message, with commas between")]


def url_of(request: Request) -> str:
    url: str = request.app.state.settings.database_url
    return url


@router.post(
    "/runs", status_code=202, dependencies=[needs("production.plan_run.write")],
    responses=problems(WhatIfChangesOnly, ItemNotKnown, PlanRunUnderWay),
)  # fmt: skip
async def post_run(
    wish: StartPlanRun,
    session: Session,
    actor: CurrentActor,
    request: Request,
    after: BackgroundTasks,
) -> PlanRunShown:
    """Start a plan run; it goes on in a process of its own once this is answered."""
    run = await start_run(session, actor, wish)

    async def go() -> None:
        begin_run(url_of(request), run.id)

    after.add_task(go)
    return run_shown(run)


@router.get("/runs", dependencies=[READ])
async def get_runs(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[PlanRunShown]:
    return await list_runs(session, query, actor)


@router.get("/runs/{id}", dependencies=[READ], responses=problems(PlanRunNotFound))
async def get_run(id: UUID, session: Session, actor: CurrentActor) -> PlanRunShown:
    """How far the run is, and its log."""
    return run_shown(await find_run(session, actor.company_id, id))


@router.get("/runs/{id}/items/{item_id}", dependencies=[READ], responses=FOUND)
async def get_item(
    id: UUID, item_id: UUID, session: Session, actor: CurrentActor, request: Request
) -> PlannedItemShown:
    """The item's time-phased table, orders, messages and what may still be promised."""
    await finished_run(session, actor.company_id, id)
    found = await DESK.run(ask, url_of(request), id, item_view, str(item_id))
    return PlannedItemShown.model_validate(found)


@router.get("/runs/{id}/messages", dependencies=[READ], responses=FOUND)
async def get_messages(
    id: UUID,
    session: Session,
    actor: CurrentActor,
    request: Request,
    kind: Kinds = "",
    item_id: UUID | None = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    size: Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX)] = 50,
) -> Page[PlanMessageShown]:
    """What to do, by item: expedite, postpone, cancel, increase, decrease, release, expiry."""
    kinds = tuple(one for one in kind.split(",") if one)
    run = await finished_run(session, actor.company_id, id)
    item = None if item_id is None else str(item_id)
    found = await DESK.run(ask, url_of(request), id, messages_page, kinds, item, page, size)
    query = ListQuery(page=page, size=size, q="", sort="", filters={})
    return await messages_shown(session, actor, run, query, found)


@router.get(
    "/runs/{id}/pegging/{item_id}", dependencies=[READ],
    responses={**FOUND, **problems(TraceTooLong)},
)  # fmt: skip
async def get_pegging(
    id: UUID,
    item_id: UUID,
    session: Session,
    actor: CurrentActor,
    request: Request,
    direction: Direction | None = None,
    order: Annotated[int | None, Query(ge=0, description="One order of the item")] = None,
) -> PlanPegging:
    """One level; with a direction every level, up to the demands or down to all that serves."""
    await finished_run(session, actor.company_id, id)
    url = url_of(request)
    if direction is None:
        found = await DESK.run(ask, url, id, pegging, str(item_id))
    else:
        found = await DESK.run(ask, url, id, trace, str(item_id), order, direction)
    return PlanPegging.model_validate({"pegs": found})


@router.get("/runs/{id}/promises/{item_id}", dependencies=[READ], responses=FOUND)
async def get_promise(
    id: UUID,
    item_id: UUID,
    quantity: Quantity,
    session: Session,
    actor: CurrentActor,
    request: Request,
) -> PromiseShown:
    """When so much more of the item can be had."""
    run = await finished_run(session, actor.company_id, id)
    found = await DESK.run(promised, url_of(request), id, str(item_id), quantity)
    atp_on, ctp_on = (
        None if bucket is None else run.today + timedelta(days=bucket)
        for bucket in (found.atp, found.ctp)
    )
    return PromiseShown(
        item_id=item_id,
        quantity=quantity,
        atp_on=atp_on,
        ctp_on=ctp_on,
        notice=found.notice.en if found.notice else None,
        notice_zh=found.notice.zh if found.notice else None,
    )


@router.get("/runs/{id}/differences/{other}", dependencies=[READ], responses=FOUND)
async def get_differences(
    id: UUID, other: UUID, session: Session, actor: CurrentActor, request: Request
) -> PlanComparison:
    """Items whose orders differ: `gone` are only in this run, `come` only in the other."""
    run = await finished_run(session, actor.company_id, id)
    second = await finished_run(session, actor.company_id, other)
    shift = (second.today - run.today).days
    found = await DESK.run(compare, url_of(request), id, other, differences, 0, shift)
    items = [
        {
            "item_id": one["item_id"],
            "gone": moves(run, one["gone"]),
            "come": moves(run, one["come"]),
        }
        for one in found
    ]
    return PlanComparison.model_validate({"items": items})


@router.post(
    "/runs/{id}/actions/publish", dependencies=[needs("production.plan_run.publish")],
    responses=problems(
        *(PlanRunNotFound, PlanRunNotDone, PlanRunStale, PlanRunOutrun),
        *(WhatIfNotPublished, TooManyToPublish),
    ),
)  # fmt: skip
async def act_publish(
    id: UUID, wish: PublishPlan, session: Session, actor: CurrentActor, request: Request
) -> PlanPublished:
    """Write what differs as planned orders; keys, notes and firm orders survive."""
    return await publish_run(session, actor, url_of(request), id, wish)
