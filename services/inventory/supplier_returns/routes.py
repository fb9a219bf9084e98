"""Returns to suppliers over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.inventory.supplier_returns.commands import dispatch_returns
from services.inventory.supplier_returns.queries import LISTING
from services.inventory.supplier_returns.rules import (
    LIFECYCLE,
    NotEnoughToReturn,
    SupplierReturnUnknown,
)
from services.inventory.supplier_returns.tables import SupplierReturn
from shared.auth import Actor, CurrentActor, needs
from shared.batches import Batch, Partial
from shared.contracts.base import Act, ActAll, ActResults
from shared.contracts.inventory.shipments import SupplierReturnShown
from shared.lifecycle import ActionNotAllowed, VersionStale
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(
    prefix="/supplier-returns", tags=["supplier-returns"], route_class=TransactionRoute
)
REFUSALS = problems(ActionNotAllowed, NotEnoughToReturn, SupplierReturnUnknown, VersionStale)
DISPATCH, READ = needs(LIFECYCLE["dispatch"].permission), needs("inventory.supplier_return.read")


@router.get("", dependencies=[READ])
async def list_returns(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[SupplierReturnShown]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [shown(row, actor) for row in rows], total, counts)


@router.get("/{id}", dependencies=[READ], responses=problems(SupplierReturnUnknown))
async def show_return(id: UUID, session: Session, actor: CurrentActor) -> SupplierReturnShown:
    row = await session.get(SupplierReturn, id)
    if row is None or row.company_id != actor.company_id:
        raise SupplierReturnUnknown(id=id)
    return shown(row, actor)


@router.post("/actions/dispatch", dependencies=[DISPATCH], responses=REFUSALS)
async def dispatch_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    batch = Batch(wish.items, partial=partial)
    return batch.results(await dispatch_returns(session, actor, batch))


@router.post("/{id}/actions/dispatch", dependencies=[DISPATCH], responses=REFUSALS)
async def dispatch(
    id: UUID, act: Act, session: Session, actor: CurrentActor
) -> SupplierReturnShown:
    """The goods leave for their supplier; rejected ones first."""
    [row] = await dispatch_returns(session, actor, Batch.of_one(id, act.version))
    return shown(row, actor)


def shown(row: SupplierReturn, actor: Actor) -> SupplierReturnShown:
    return SupplierReturnShown.model_validate(
        {
            **row.model_dump(),
            "states": {"logistics": row.state},
            "allowed_actions": LIFECYCLE.allowed(row.state, actor),
        }
    )
