"""Questions about plan runs: the log from its table, everything else from the planning process."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.production.copies.queries import items_by_id
from services.production.mrp.engine.engines import SLOW
from services.production.mrp.engine.messages import Kind, Message
from services.production.mrp.engine.words import said
from services.production.net_change.rules import REASONS
from services.production.plan_runs.rules import PlanRunNotFound, check_done
from services.production.plan_runs.tables import PlanRun
from shared.actor import Actor
from shared.contracts.production.plan_runs import PlanMessageShown, PlanRunShown
from shared.database import AsyncSession
from shared.listing import Listing, ListQuery, Page, paged

LISTING = Listing(PlanRun, {"state": "in", "kind": "in"}, sort=("-started_at", "started_at"))


def run_shown(run: PlanRun) -> PlanRunShown:
    why = REASONS.get(run.reason)
    shown = {
        "notice": SLOW.en if run.engine == "loop" else None,
        "reason": why.en if why else None,
        "reason_zh": why.zh if why else None,
    }
    return PlanRunShown.model_validate(run.model_dump() | shown)


async def list_runs(session: AsyncSession, query: ListQuery, actor: Actor) -> Page[PlanRunShown]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [run_shown(row) for row in rows], total, counts)


async def find_run(session: AsyncSession, company_id: UUID, id: UUID) -> PlanRun:
    run = await session.get(PlanRun, id)
    if run is None or run.company_id != company_id:
        raise PlanRunNotFound(run_id=id)
    return run


async def finished_run(session: AsyncSession, company_id: UUID, id: UUID) -> PlanRun:
    """The run; PlanRunNotDone while it has no result."""
    run = await find_run(session, company_id, id)
    check_done(run.state)
    return run


async def messages_shown(
    session: AsyncSession, actor: Actor, run: PlanRun, query: ListQuery, found: dict[str, Any]
) -> Page[PlanMessageShown]:
    """A page of a run's messages; counts are by kind."""
    rows = found["rows"]
    ids = {UUID(one["item_id"]) for one in rows}
    items = await items_by_id(session, actor.company_id, ids) if ids else {}
    shown = [message_shown(run, one, items[UUID(one["item_id"])].code) for one in rows]
    return paged(query, shown, found["total"], found["counts"])


def message_shown(run: PlanRun, one: dict[str, Any], code: str) -> PlanMessageShown:
    kind: Kind = one["kind"]
    off = abs(one["to_bucket"] - one["bucket"])
    reason = said(Message(kind, one["bucket"], one["to_bucket"], 0), off, one["quantity"])
    return PlanMessageShown(
        item_id=one["item_id"],
        item_code=code,
        kind=kind,
        on=run.today + timedelta(days=one["bucket"]),
        to=run.today + timedelta(days=one["to_bucket"]),
        days=off,
        quantity=one["quantity"],
        reason=reason.en,
        reason_zh=reason.zh,
    )


def moves(run: PlanRun, rows: list[tuple[int, int, str]]) -> list[dict[str, Any]]:
    """Orders of a comparison as dates: days count from the run's day."""
    return [
        {
            "start_on": run.today + timedelta(days=start),
            "needed_on": run.today + timedelta(days=need),
            "quantity": quantity,
        }
        for start, need, quantity in rows
    ]
