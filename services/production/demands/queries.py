"""Questions about demands."""

from collections.abc import Sequence

from services.production.copies.queries import items_by_id
from services.production.demands.rules import LIFECYCLE
from services.production.demands.tables import Demand, DemandLine
from shared.actor import Actor
from shared.contracts.production.demand_answers import DemandLineShown, DemandListed, DemandShown
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    Demand,
    {"state": "in", "number": "eq"},
    sort=("created_at", "number"),
    search=("number",),
)


def listed(demand: Demand, actor: Actor) -> DemandListed:
    return DemandListed.model_validate(
        {**demand.model_dump(), "allowed_actions": LIFECYCLE.allowed(demand.state, actor)}
    )


async def show_demand(
    session: AsyncSession, actor: Actor, demand: Demand, lines: Sequence[DemandLine]
) -> DemandShown:
    items = await items_by_id(session, demand.company_id, {line.item_id for line in lines})
    shown = tuple(
        DemandLineShown.model_validate({**line.model_dump(), "item_code": items[line.item_id].code})
        for line in lines
    )
    return DemandShown.model_validate({**listed(demand, actor).model_dump(), "lines": shown})
