"""How an item is planned."""

from uuid import UUID

from services.production.copies.queries import items_by_id
from services.production.plan_policies.tables import PlanningPolicy
from shared.actor import Actor
from shared.contracts.production.plan_runs import PolicyShown
from shared.database import AsyncSession


async def policy_of(session: AsyncSession, actor: Actor, item_id: UUID) -> PolicyShown:
    """How the item is planned; version 0 where nothing was set."""
    found = await session.get(PlanningPolicy, item_id)
    if found is None or found.company_id != actor.company_id:
        await items_by_id(session, actor.company_id, {item_id})
        return PolicyShown(item_id=item_id, version=0)
    return PolicyShown.model_validate(found.model_dump(exclude={"company_id"}))
