"""How items are planned, set by hand."""

from uuid import UUID

from services.production.copies.queries import items_by_id
from services.production.plan_policies.tables import PlanningPolicy
from shared.actor import Actor
from shared.contracts.production.plan_runs import SetPolicy
from shared.database import AsyncSession
from shared.lifecycle import expect_version


async def set_policy(
    session: AsyncSession, actor: Actor, item_id: UUID, wish: SetPolicy
) -> PlanningPolicy:
    """How an item is planned from the next run on."""
    await items_by_id(session, actor.company_id, {item_id})
    stands = await session.get(PlanningPolicy, item_id, with_for_update=True)
    given = wish.model_dump(exclude={"version"})
    if stands is None:
        stands = PlanningPolicy(item_id=item_id, company_id=actor.company_id, **given)
        session.add(stands)
    else:
        expect_version(stands.version, wish.version)
        for name, value in given.items():
            setattr(stands, name, value)
        stands.version += 1
    await session.flush()
    return stands
