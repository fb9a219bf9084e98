"""Changes to work centres; the name is told to all, the rates to finance alone."""

from collections.abc import Sequence

from services.masterdata.masters.commands import Saved, save
from services.masterdata.work_centres.tables import WorkCentre
from shared.contracts.masterdata.events import WorkCentrePublished, WorkCentreRated
from shared.contracts.masterdata.work_centres import WorkCentreBody, WorkCentreShown
from shared.database import AsyncSession
from shared.outbox import record


async def save_work_centres(
    session: AsyncSession, wishes: Sequence[WorkCentreBody]
) -> Saved[WorkCentre]:
    """Create or change work centres by code."""
    saved = await save(session, WorkCentre, ("code",), [wish.model_dump() for wish in wishes])
    await tell_work_centres(session, saved.touched)
    return saved


async def describe_work_centres(
    _session: AsyncSession, rows: Sequence[WorkCentre]
) -> list[WorkCentreShown]:
    return [WorkCentreShown.model_validate(row) for row in rows]


async def tell_work_centres(session: AsyncSession, rows: Sequence[WorkCentre]) -> None:
    for row in rows:
        record(session, WorkCentrePublished.model_validate(row))
        record(session, WorkCentreRated.model_validate(row))
