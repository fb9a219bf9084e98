"""Shipments over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter

from services.inventory.lots.rules import PartNotUsable
from services.inventory.shipments.commands import (
    cancel_shipment,
    check_shipment,
    dispatch_shipment,
    pick_shipment,
    plan_shipment,
)
from services.inventory.shipments.queries import LISTING, show
from services.inventory.shipments.rules import (
    LIFECYCLE,
    HeldTooLittle,
    PicksChanged,
    ShipmentCancelled,
    ShipmentDiffers,
    ShipmentGone,
    ShipmentUnknown,
)
from services.inventory.shipments.tables import Shipment
from shared.auth import Actor, CurrentActor, SameHands, needs
from shared.batches import Partial, act_on_all
from shared.contracts.base import Act, ActAll, ActResults, Done
from shared.contracts.inventory.reservations import RequestShipment
from shared.contracts.inventory.shipments import ShipmentShown
from shared.database import AsyncSession
from shared.lifecycle import ActionNotAllowed, VersionStale
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/shipments", tags=["shipments"], route_class=TransactionRoute)
REFUSALS: Final[dict[int | str, dict[str, Any]]] = problems(
    ActionNotAllowed,
    HeldTooLittle,
    PartNotUsable,
    PicksChanged,
    SameHands,
    ShipmentUnknown,
    VersionStale,
)
Command = Callable[[AsyncSession, Actor, UUID, int], Awaitable[Shipment]]
ACTIONS: Final[dict[str, Command]] = {
    "pick": pick_shipment,
    "check": check_shipment,
    "dispatch": dispatch_shipment,
}


@router.put(
    "/{id}",
    dependencies=[needs("inventory.shipment.write")],
    responses=problems(ShipmentCancelled, ShipmentDiffers),
)
async def put_shipment(
    id: UUID, wish: RequestShipment, session: Session, actor: CurrentActor
) -> ShipmentShown:
    """Ask the warehouse to send a delivery; safe to repeat."""
    return (await show(session, actor, [await plan_shipment(session, id, wish)]))[0]


@router.delete(
    "/{id}",
    dependencies=[needs("inventory.shipment.write")],
    responses=problems(ShipmentGone),
)
async def delete_shipment(id: UUID, session: Session) -> Done:
    """Undo a shipment before it leaves; safe to repeat."""
    done = await cancel_shipment(session, id)
    return Done(id=done.id, state=done.state, version=done.version)


@router.get("", dependencies=[needs("inventory.shipment.read")])
async def list_shipments(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[ShipmentShown]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, await show(session, actor, rows), total, counts)


@router.get(
    "/{id}",
    dependencies=[needs("inventory.shipment.read")],
    responses=problems(ShipmentUnknown),
)
async def show_shipment(id: UUID, session: Session, actor: CurrentActor) -> ShipmentShown:
    row = await session.get(Shipment, id)
    if row is None or row.company_id != actor.company_id:
        raise ShipmentUnknown(id=id)
    return (await show(session, actor, [row]))[0]


def add_action(verb: str, command: Command) -> None:
    """One document and its list form, for one action."""
    allowed = needs(LIFECYCLE[verb].permission)

    async def act_all(
        wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
    ) -> ActResults:
        async def one(session: AsyncSession, id: UUID, version: int) -> Done:
            done = await command(session, actor, id, version)
            return Done(id=done.id, state=done.state, version=done.version)

        return await act_on_all(session, wish, one, partial=partial)

    async def act_on_one(
        id: UUID, act: Act, session: Session, actor: CurrentActor
    ) -> ShipmentShown:
        return (await show(session, actor, [await command(session, actor, id, act.version)]))[0]

    for path, run in ((f"/actions/{verb}", act_all), (f"/{{id}}/actions/{verb}", act_on_one)):
        router.add_api_route(
            path,
            run,
            methods=["POST"],
            name=f"{verb}_{'shipments' if run is act_all else 'shipment'}",
            summary=f"{verb.capitalize()} {'many shipments' if run is act_all else 'a shipment'}",
            dependencies=[allowed],
            responses=REFUSALS,
        )


for verb, command in ACTIONS.items():
    add_action(verb, command)
