"""Returns from production over HTTP."""

from typing import Annotated

from fastapi import APIRouter

from services.inventory.issue_returns.commands import return_issued
from services.inventory.issue_returns.queries import LISTING
from services.inventory.issue_returns.rules import NothingToReturn, NotIssued, ReturnTooMuch
from shared.auth import CurrentActor, needs
from shared.contracts.inventory.issues import IssueReturnShown, ReturnIssued
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/issue-returns", tags=["issues"], route_class=TransactionRoute)


@router.post(
    "",
    status_code=201,
    dependencies=[needs("inventory.issue.return")],
    responses=problems(NothingToReturn, NotIssued, ReturnTooMuch),
)
async def post_return(wish: ReturnIssued, session: Session) -> IssueReturnShown:
    """Put unused material back; without lines, everything that is still out."""
    return IssueReturnShown.model_validate(await return_issued(session, wish))


@router.get("", dependencies=[needs("inventory.issue.read")])
async def list_returns(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[IssueReturnShown]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [IssueReturnShown.model_validate(row) for row in rows], total, counts)
