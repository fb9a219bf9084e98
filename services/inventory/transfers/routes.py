"""Moving stock by hand over HTTP."""

from fastapi import APIRouter

from services.inventory.lots.rules import PartUnknown
from services.inventory.moves.rules import StockMissing
from services.inventory.places.rules import BinUnknown, BinUnsuited
from services.inventory.transfers.commands import transfer
from services.inventory.transfers.rules import TransferPointless
from shared.auth import needs
from shared.contracts.inventory.stock import Transferred, TransferStock
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/moves", tags=["stock"], route_class=TransactionRoute)


@router.post(
    "",
    status_code=201,
    dependencies=[needs("inventory.move.write")],
    responses=problems(BinUnknown, BinUnsuited, PartUnknown, StockMissing, TransferPointless),
)
async def post_moves(wish: TransferStock, session: Session) -> Transferred:
    """Move stock from bin to bin, many lines in one transaction."""
    return Transferred(id=await transfer(session, wish), lines=len(wish.lines))
