"""Questions about planned orders."""

from collections.abc import Sequence

from services.production.copies.queries import items_by_id
from services.production.planned_orders.tables import PlannedOrder
from shared.actor import Actor
from shared.contracts.production.planned_orders import PlannedOrderShown
from shared.database import AsyncSession
from shared.listing import Listing, ListQuery, Page, paged

LISTING = Listing(
    PlannedOrder,
    {
        "run_id": "ref",
        "firm": "flag",
        "state": "in",
        "demand_id": "ref",
        "item_id": "ref",
        "kind": "in",
        "needed_on": "range",
    },
    sort=("level", "needed_on", "start_on"),
    search=("reason",),
)


async def list_planned(
    session: AsyncSession, query: ListQuery, actor: Actor
) -> Page[PlannedOrderShown]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, await shown_all(session, actor, rows), total, counts)


async def shown_all(
    session: AsyncSession, actor: Actor, rows: Sequence[PlannedOrder]
) -> list[PlannedOrderShown]:
    """Planned orders with their items' names."""
    items = await items_by_id(session, actor.company_id, {row.item_id for row in rows})
    return [
        PlannedOrderShown.model_validate(
            {
                **row.model_dump(),
                "item_code": items[row.item_id].code,
                "item_name": items[row.item_id].name,
            }
        )
        for row in rows
    ]
