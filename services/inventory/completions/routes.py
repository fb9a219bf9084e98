"""Receipts from production over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.inventory.completions.commands import receive_completion
from services.inventory.completions.rules import (
    ConcededTooMuch,
    ProductionReceiptUnknown,
    ReceiptDiffers,
    SerialsDoNotFit,
)
from services.inventory.completions.tables import ProductionReceipt
from services.inventory.copies.rules import ItemNotKnown
from services.inventory.places.rules import PlaceMissing
from shared.auth import CurrentActor, needs
from shared.contracts.inventory.receipts import ProductionReceiptShown
from shared.contracts.inventory.reservations import ReceiveCompletion
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/production-receipts", tags=["receipts"], route_class=TransactionRoute)


@router.put(
    "/{id}",
    dependencies=[needs("inventory.receipt.write")],
    responses=problems(
        ConcededTooMuch, ItemNotKnown, PlaceMissing, ReceiptDiffers, SerialsDoNotFit
    ),
)
async def put_production_receipt(
    id: UUID, wish: ReceiveCompletion, session: Session
) -> ProductionReceiptShown:
    """Take into stock what a production order made; safe to repeat."""
    return ProductionReceiptShown.model_validate(await receive_completion(session, id, wish))


@router.get(
    "/{id}",
    dependencies=[needs("inventory.receipt.read")],
    responses=problems(ProductionReceiptUnknown),
)
async def show_production_receipt(
    id: UUID, session: Session, actor: CurrentActor
) -> ProductionReceiptShown:
    row = await session.get(ProductionReceipt, id)
    if row is None or row.company_id != actor.company_id:
        raise ProductionReceiptUnknown(id=id)
    return ProductionReceiptShown.model_validate(row)
