"""Promises over HTTP: asked of what is firm, without a plan."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.production.copies.rules import ItemNotKnown
from services.production.promises.queries import promises
from shared.auth import CurrentActor, needs
from shared.contracts.base import Quantity
from shared.contracts.production.promises import (
    AskPromises,
    ItemPromise,
    ItemPromises,
    Life,
    PromiseWish,
)
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(
    prefix="/planning/promises",
    tags=["planning"],
    route_class=TransactionRoute,
    dependencies=[needs("production.promise.read")],
)
UNKNOWN = problems(ItemNotKnown)
Day = Annotated[date | None, Query(description="Today by default, and for every day before")]


@router.get("", responses=UNKNOWN)
async def get_promise(
    item_id: UUID,
    quantity: Quantity,
    session: Session,
    actor: CurrentActor,
    day: Day = None,
    minimum_life_days: Life = 0,
) -> ItemPromise:
    """What of an item may be promised by a day, and when the whole quantity may (ATP)."""
    wish = PromiseWish(
        item_id=item_id, quantity=quantity, day=day, minimum_life_days=minimum_life_days
    )
    asked = AskPromises(lines=(wish,), series=True)
    return (await promises(session, actor, asked)).lines[0]


@router.post("", responses=UNKNOWN)
async def ask_promises(wish: AskPromises, session: Session, actor: CurrentActor) -> ItemPromises:
    """The same for all lines of an order, which share what there is; nothing is held by asking."""
    return await promises(session, actor, wish)
