"""Questions about returns."""

from uuid import UUID

from services.procurement.returns.rules import ReturnUnknown
from services.procurement.returns.tables import SupplierReturn
from shared.auth import Actor
from shared.contracts.procurement.orders import Return
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    SupplierReturn,
    {"state": "in", "order_id": "ref", "supplier_id": "ref", "arrival_id": "ref"},
    sort=("number", "returned_on"),
    search=("number", "lot_number", "reason"),
)


async def return_by_id(session: AsyncSession, actor: Actor, id: UUID) -> SupplierReturn:
    row = await session.get(SupplierReturn, id)
    if row is None or row.company_id != actor.company_id:
        raise ReturnUnknown(id=id)
    return row


def described(row: SupplierReturn) -> Return:
    return Return(**row.model_dump(), states={"logistics": row.state})
