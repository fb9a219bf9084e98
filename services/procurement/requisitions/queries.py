"""Questions about requisitions."""

from collections.abc import Sequence
from uuid import UUID

from services.procurement.copies.commands import items_by_id
from services.procurement.requisitions.rules import LIFECYCLE, RequisitionUnknown, content
from services.procurement.requisitions.tables import Requisition
from shared.auth import Actor
from shared.contracts.procurement.requisitions import Requisition as Shown
from shared.database import AsyncSession
from shared.listing import Listing
from shared.signatures import content_hash

LISTING = Listing(
    Requisition,
    {
        "state": "in",
        "item_id": "ref",
        "demand_id": "ref",
        "planned_order_id": "ref",
        "origin": "eq",
        "needed_on": "range",
    },
    sort=("number", "needed_on", "created_at"),
    search=("number", "reason"),
)


async def requisition_by_id(session: AsyncSession, actor: Actor, id: UUID) -> Requisition:
    row = await session.get(Requisition, id)
    if row is None or row.company_id != actor.company_id:
        raise RequisitionUnknown(ids=[id])
    return row


async def describe(session: AsyncSession, actor: Actor, rows: Sequence[Requisition]) -> list[Shown]:
    """Requisitions as their readers see them, with what this actor may do."""
    items = await items_by_id(session, actor.company_id, {row.item_id for row in rows})
    return [
        Shown(
            **row.model_dump(exclude={"company_id", "created_at", "submitted_by"}),
            states={"approval": row.state},
            allowed_actions=tuple(
                LIFECYCLE.allowed(
                    row.state,
                    actor,
                    {"created_by": row.created_by, "submitted_by": row.submitted_by},
                )
            ),
            item_code=items[row.item_id].code,
            item_name=items[row.item_id].name,
            open_quantity=row.quantity - row.ordered,
            content_hash=content_hash(content(row.model_dump())),
        )
        for row in rows
    ]
