"""Issues over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.inventory.issues.commands import issue_instead, issue_orders
from services.inventory.issues.queries import LISTING, show, shown
from services.inventory.issues.rules import AlreadyIssued, IssueUnknown, NothingReserved
from services.inventory.issues.tables import Issue
from services.inventory.lots.rules import PartNotUsable, PartUnknown
from services.inventory.moves.rules import StockMissing
from services.inventory.reservations.rules import ReservationWaiting
from services.inventory.substitutions.rules import (
    DoesNotFit,
    LineUnknown,
    SubstituteNotAllowed,
)
from shared.auth import CurrentActor, needs
from shared.contracts.inventory.issues import IssueOrder, IssueOrders, IssueShown, IssuesShown
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/issues", tags=["issues"], route_class=TransactionRoute)
REFUSALS = problems(AlreadyIssued, NothingReserved, PartNotUsable, ReservationWaiting)
CHOOSING = problems(
    *(AlreadyIssued, NothingReserved, PartNotUsable, ReservationWaiting),
    *(LineUnknown, PartUnknown, StockMissing, SubstituteNotAllowed, DoesNotFit),
)
ISSUE, READ = needs("inventory.issue.write"), needs("inventory.issue.read")


@router.post("", status_code=201, dependencies=[ISSUE], responses=CHOOSING)
async def post_issue(wish: IssueOrder, session: Session, actor: CurrentActor) -> IssueShown:
    """Hand out what a production order holds, or lots chosen instead: also allowed substitutes."""
    if wish.instead:
        issue, lines = await issue_instead(session, wish)
    else:
        [(issue, lines)] = await issue_orders(session, [wish.order_id])
    return shown(issue, lines, actor)


@router.post("/actions/issue", dependencies=[ISSUE], responses=REFUSALS)
async def post_issues(wish: IssueOrders, session: Session, actor: CurrentActor) -> IssuesShown:
    """Hand out what several production orders hold, all or nothing."""
    issues = await issue_orders(session, list(dict.fromkeys(wish.order_ids)))
    return IssuesShown(items=tuple(shown(issue, lines, actor) for issue, lines in issues))


@router.get("", dependencies=[READ])
async def list_issues(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[IssueShown]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, await show(session, actor, rows), total, counts)


@router.get("/{id}", dependencies=[READ], responses=problems(IssueUnknown))
async def show_issue(id: UUID, session: Session, actor: CurrentActor) -> IssueShown:
    row = await session.get(Issue, id)
    if row is None or row.company_id != actor.company_id:
        raise IssueUnknown(id=id)
    return (await show(session, actor, [row]))[0]
