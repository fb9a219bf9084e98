"""The chart of accounts over HTTP."""

from typing import Annotated

from fastapi import APIRouter

from services.finance.accounts.queries import LISTING
from shared.auth import CurrentActor, needs
from shared.contracts.finance.ledgers import Account
from shared.listing import ListQuery, Page, paged
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/accounts", tags=["accounts"], route_class=TransactionRoute)


@router.get("", dependencies=[needs("finance.account.read")])
async def list_accounts(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[Account]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [Account.model_validate(row) for row in rows], total, counts)
