"""Decisions over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.quality.decisions.commands import decide
from services.quality.decisions.rules import (
    ConcessionImpossible,
    DecisionIncomplete,
    ReasonMissing,
)
from services.quality.inspections.queries import listed, sheet_of
from services.quality.inspections.rules import InspectionUnknown
from shared.actor import SameHands
from shared.auth import CurrentActor, needs
from shared.contracts.quality.inspections import (
    Decide,
    DecideAll,
    DecideItem,
    Inspections,
    InspectionShown,
)
from shared.lifecycle import ActionNotAllowed, VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute
from shared.signatures import ContentChanged, SignatureInvalid, SignatureMissing, SignatureUsed

router = APIRouter(prefix="/inspections", tags=["inspections"], route_class=TransactionRoute)
DECIDE = needs("quality.inspection.decide")
REFUSALS = problems(
    *(InspectionUnknown, ActionNotAllowed, VersionStale, SameHands, DecisionIncomplete),
    *(ReasonMissing, ConcessionImpossible, SignatureMissing, SignatureInvalid, SignatureUsed),
    ContentChanged,
)


@router.post("/{id}/actions/decide", dependencies=[DECIDE], responses=REFUSALS)
async def decide_one(
    id: UUID, wish: Decide, session: Session, actor: CurrentActor
) -> InspectionShown:
    """Accept, concede or reject the lot in any split, with a signature."""
    item = DecideItem(id=id, **wish.model_dump(exclude={"signature"}))
    [row] = await decide(session, [item], wish.signature, actor)
    return await sheet_of(session, row, actor)


@router.post("/actions/decide", dependencies=[DECIDE], responses=REFUSALS)
async def decide_many(wish: DecideAll, session: Session, actor: CurrentActor) -> Inspections:
    """Decide many lots with one signature, all or nothing."""
    rows = await decide(session, wish.items, wish.signature, actor)
    return Inspections(items=tuple(await listed(session, rows, actor)))
