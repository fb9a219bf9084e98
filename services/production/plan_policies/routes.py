"""How items are planned, over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.production.copies.rules import ItemNotKnown
from services.production.plan_policies.commands import set_policy
from services.production.plan_policies.queries import policy_of
from shared.auth import CurrentActor, needs
from shared.contracts.production.plan_runs import PolicyShown, SetPolicy
from shared.lifecycle import VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/planning/policies", tags=["planning"], route_class=TransactionRoute)
READ = needs("production.plan_run.read")


@router.get("/{item_id}", dependencies=[READ], responses=problems(ItemNotKnown))
async def get_policy(item_id: UUID, session: Session, actor: CurrentActor) -> PolicyShown:
    return await policy_of(session, actor, item_id)


@router.put(
    "/{item_id}", dependencies=[needs("production.planning_policy.write")],
    responses=problems(ItemNotKnown, VersionStale),
)  # fmt: skip
async def put_policy(
    item_id: UUID, wish: SetPolicy, session: Session, actor: CurrentActor
) -> PolicyShown:
    """Set how the item is planned."""
    stands = await set_policy(session, actor, item_id, wish)
    return PolicyShown.model_validate(stands.model_dump(exclude={"company_id"}))
