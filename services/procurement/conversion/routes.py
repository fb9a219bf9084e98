"""Requisitions to orders over HTTP."""

from fastapi import APIRouter

from services.procurement.conversion.commands import Converted, convert
from services.procurement.conversion.rules import SourceUnknown
from services.procurement.copies.rules import ItemUnknown
from services.procurement.requisitions.rules import (
    MoreThanOpen,
    RequisitionNotOpen,
    RequisitionUnknown,
)
from services.procurement.sourcing.rules import said
from shared.auth import CurrentActor, needs
from shared.contracts.procurement.requisitions import (
    ConvertedOrder,
    ConvertedRequisitions,
    ConvertRequisitions,
    Said,
    Unsourced,
)
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/requisitions", tags=["requisitions"], route_class=TransactionRoute)


@router.post(
    "/actions/convert",
    dependencies=[needs("procurement.requisition.convert")],
    responses=problems(
        ItemUnknown, MoreThanOpen, RequisitionNotOpen, RequisitionUnknown, SourceUnknown
    ),
)
async def convert_requisitions(
    wish: ConvertRequisitions, session: Session, actor: CurrentActor
) -> ConvertedRequisitions:
    """Make draft orders at the best sources; what cannot be sourced is listed with the reason."""
    return answer(await convert(session, actor, wish))


def answer(done: Converted) -> ConvertedRequisitions:
    counts = done.lines_by_order()
    return ConvertedRequisitions(
        orders=tuple(
            ConvertedOrder(
                id=order.id,
                number=order.number,
                version=order.version,
                supplier_id=order.supplier_id,
                supplier_name=done.suppliers[order.supplier_id].name,
                lines=counts[order.id],
                gross=order.gross,
                currency=order.currency,
            )
            for order in done.orders
        ),
        unsourced=tuple(
            Unsourced(
                requisition_id=row.id,
                number=row.number,
                item_id=row.item_id,
                item_code=done.items[row.item_id].code,
                reasons=tuple(Said(**said(one)) for one in against),
            )
            for row, against in done.unsourced
        ),
    )
