"""Shipments over HTTP."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter

from services.inventory.lots.rules import PartNotUsable
from services.inventory.shipments.commands import (
    Case,
    act_on_shipments,
    cancel_shipment,
    plan_shipment,
)
from services.inventory.shipments.queries import LISTING, show, show_acted
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
from shared.auth import CurrentActor, SameHands, needs
from shared.batches import Partial
from shared.contracts.base import Act, ActAll, ActItem, ActResult, ActResults, Done
from shared.contracts.inventory.reservations import RequestShipment
from shared.contracts.inventory.shipments import ShipmentShown
from shared.lifecycle import ActionNotAllowed, VersionStale
from shared.listing import ListQuery, Page, paged
from shared.problems import Problem
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


@router.put(
    "/{id}",
    dependencies=[needs("inventory.shipment.write")],
    responses=problems(ShipmentCancelled, ShipmentDiffers),
)
async def put_shipment(
    id: UUID, wish: RequestShipment, session: Session, actor: CurrentActor
) -> ShipmentShown:
    """Ask the warehouse to send a delivery; safe to repeat."""
    case = await plan_shipment(session, id, wish)
    if case.shipment.state == "planned":
        return show_acted(case.shipment, actor, case.lines, case.picks)
    return (await show(session, actor, [case.shipment]))[0]


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


def add_action(verb: str) -> None:
    """One document and its list form, for one action."""
    allowed = needs(LIFECYCLE[verb].permission)

    async def act_all(
        wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
    ) -> ActResults:
        done = await act_on_shipments(session, actor, verb, wish.items, partial=partial)
        return ActResults(items=tuple(result_of(id, done[id]) for id in (x.id for x in wish.items)))

    async def act_on_one(
        id: UUID, act: Act, session: Session, actor: CurrentActor
    ) -> ShipmentShown:
        item = ActItem(id=id, version=act.version)
        case = (await act_on_shipments(session, actor, verb, [item], partial=False))[id]
        assert isinstance(case, Case)
        return show_acted(case.shipment, actor, case.lines, case.picks)

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


def result_of(id: UUID, done: Case | Problem) -> ActResult:
    if isinstance(done, Problem):
        return ActResult(id=id, ok=False, problem=done.details())
    return ActResult(id=id, ok=True, state=done.shipment.state, version=done.shipment.version)


for verb in ("pick", "check", "dispatch"):
    add_action(verb)
