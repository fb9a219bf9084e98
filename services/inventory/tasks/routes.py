"""The warehouse's tasks over HTTP."""

from fastapi import APIRouter

from services.inventory.tasks.queries import tasks_of
from shared.auth import CurrentActor, needs
from shared.contracts.inventory.shipments import TaskShown
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/tasks", tags=["tasks"], route_class=TransactionRoute)


@router.get("", dependencies=[needs("inventory.task.read")])
async def list_tasks(
    session: Session, actor: CurrentActor, *, mine: bool = True
) -> list[TaskShown]:
    """What waits for the warehouse, oldest first; `mine=0` shows everybody's."""
    return await tasks_of(session, actor, mine=mine)
