"""Stock and the ledger over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.inventory.moves.queries import (
    STOCK,
    availability,
    differences,
    moves_page,
)
from shared.auth import CurrentActor, needs
from shared.contracts.inventory.stock import (
    AvailabilityShown,
    MovesPage,
    Reconciliation,
    StockShown,
)
from shared.listing import ListQuery, Page, paged
from shared.session import Session, TransactionRoute

router = APIRouter(tags=["stock"], route_class=TransactionRoute)
READ = needs("inventory.stock.read")


@router.get("/stock", dependencies=[READ])
async def list_stock(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, STOCK.parameters()]
) -> Page[StockShown]:
    """What stands where, by part and bin; counted by quality."""
    rows, total, counts = await STOCK.fetch(session, query, actor)
    return paged(query, [StockShown.model_validate(row) for row in rows], total, counts)


@router.get("/availability", dependencies=[READ])
async def show_availability(
    session: Session,
    actor: CurrentActor,
    item_id: Annotated[list[UUID], Query(min_length=1, max_length=500)],
) -> list[AvailabilityShown]:
    """How items stand over all places; items that never had stock are left out."""
    return await availability(session, actor, item_id)


@router.get("/moves", dependencies=[READ])
async def list_moves(
    session: Session,
    actor: CurrentActor,
    item_id: UUID | None = None,
    part_id: UUID | None = None,
    document_id: UUID | None = None,
    cursor: UUID | None = None,
    size: Annotated[int, Query(ge=1, le=500)] = 100,
) -> MovesPage:
    """The ledger, newest first, by keyset."""
    return await moves_page(
        session,
        actor,
        item_id=item_id,
        part_id=part_id,
        document_id=document_id,
        cursor=cursor,
        size=size,
    )


@router.get("/reconciliation", dependencies=[READ])
async def reconcile(session: Session, actor: CurrentActor) -> Reconciliation:
    """Where the sums of the ledger and the balances part: must be empty (REQ-37)."""
    return Reconciliation(differences=tuple(await differences(session, actor)))
