"""Put-aways over HTTP."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.inventory.copies.queries import items_of
from services.inventory.places.rules import BinUnknown, BinUnsuited, PlaceMissing
from services.inventory.put_aways.commands import confirm_put_aways
from services.inventory.put_aways.queries import LISTING
from services.inventory.put_aways.rules import LIFECYCLE, OtherBinNeedsReason, PutAwayUnknown
from services.inventory.put_aways.tables import PutAway
from shared.auth import Actor, CurrentActor, needs
from shared.batches import Batch, Partial
from shared.contracts.base import ActResults
from shared.contracts.inventory.put_aways import (
    ConfirmAll,
    ConfirmItem,
    ConfirmPutAway,
    PutAwayShown,
)
from shared.database import AsyncSession
from shared.lifecycle import ActionNotAllowed, VersionStale
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/put-aways", tags=["put-aways"], route_class=TransactionRoute)
REFUSALS = problems(
    ActionNotAllowed,
    BinUnknown,
    BinUnsuited,
    OtherBinNeedsReason,
    PlaceMissing,
    PutAwayUnknown,
    VersionStale,
)
CONFIRM = needs(LIFECYCLE["confirm"].permission)


@router.get("", dependencies=[needs("inventory.put_away.read")])
async def list_put_aways(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[PutAwayShown]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, await shown(session, actor, rows), total, counts)


@router.post("/actions/confirm", dependencies=[CONFIRM], responses=REFUSALS)
async def confirm_all(
    wish: ConfirmAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Confirm many, all or nothing, or with a result per row."""
    batch = Batch(wish.items, partial=partial)
    done = await confirm_put_aways(session, actor, batch, wish.items)
    return batch.results(task for task, _ in done)


@router.post("/{id}/actions/confirm", dependencies=[CONFIRM], responses=REFUSALS)
async def confirm(
    id: UUID, act: ConfirmPutAway, session: Session, actor: CurrentActor
) -> PutAwayShown:
    """The goods stand in their bin now."""
    item = ConfirmItem(id=id, **act.model_dump())
    [(task, item_code)] = await confirm_put_aways(session, actor, Batch([item]), [item])
    return show(task, item_code, actor)


async def shown(session: AsyncSession, actor: Actor, rows: Sequence[PutAway]) -> list[PutAwayShown]:
    items = await items_of(session, {row.item_id for row in rows}) if rows else {}
    return [show(row, items[row.item_id].code, actor) for row in rows]


def show(task: PutAway, item_code: str, actor: Actor) -> PutAwayShown:
    allowed = tuple(LIFECYCLE.allowed(task.state, actor))
    return PutAwayShown.model_validate(task).model_copy(
        update={"item_code": item_code, "allowed_actions": allowed}
    )
