"""The proposal of sources for one requisition."""

from decimal import Decimal
from uuid import UUID

from services.procurement.copies.tables import ItemCopy, SupplierCopy
from services.procurement.requisitions.queries import requisition_by_id
from services.procurement.sourcing.commands import need_of, offers_for
from services.procurement.sourcing.rules import Ranked, rank_sources, said
from shared.auth import Actor
from shared.contracts.procurement.requisitions import Said, ScoredSource
from shared.database import AsyncSession
from shared.session import today


async def sources_of(session: AsyncSession, actor: Actor, id: UUID) -> list[ScoredSource]:
    """Every approved source of the requisition's item, best first, each with its reasons."""
    row = await requisition_by_id(session, actor, id)
    item = await session.get_one(ItemCopy, row.item_id)
    day = today(session)
    offers, suppliers = await offers_for(session, actor.company_id, [row.item_id], day)
    wanted = max(row.quantity - row.ordered, Decimal(0)) or row.quantity
    ranked = rank_sources(need_of(item, wanted, row.needed_on), offers[row.item_id], day)
    return [shown(one, suppliers[one.offer.supplier_id]) for one in ranked]


def shown(one: Ranked, supplier: SupplierCopy) -> ScoredSource:
    return ScoredSource(
        source_id=one.offer.source_id,
        supplier_id=supplier.id,
        supplier_code=supplier.code,
        supplier_name=supplier.name,
        eligible=one.eligible,
        score=one.score,
        order_quantity=one.quantity,
        price=one.offer.price,
        currency=one.offer.currency,
        cost=one.cost,
        due_on=one.due_on,
        reasons=tuple(Said(**said(because)) for because in one.because),
    )
