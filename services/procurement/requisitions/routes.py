"""Requisitions over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.procurement.copies.rules import ItemUnknown
from services.procurement.requisitions.commands import act_on_requisitions, done, raise_requisition
from services.procurement.requisitions.queries import LISTING, describe, requisition_by_id
from services.procurement.requisitions.rules import LIFECYCLE, RequisitionUnknown
from shared.approvals import NothingToDecide
from shared.auth import CurrentActor, SameHands, needs
from shared.batches import Partial, act_on_all, all_done
from shared.contracts.base import Act, ActAll, ActItem, ActResults, Done
from shared.contracts.procurement.requisitions import RaiseRequisition, Requisition
from shared.database import AsyncSession
from shared.lifecycle import ActionNotAllowed, NoteMissing, VersionStale
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/requisitions", tags=["requisitions"], route_class=TransactionRoute)
READ = needs("procurement.requisition.read")


@router.get("", dependencies=[READ])
async def list_requisitions(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[Requisition]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, await describe(session, actor, rows), total, counts)


@router.post(
    "",
    status_code=201,
    dependencies=[needs("procurement.requisition.write")],
    responses=problems(ItemUnknown),
)
async def post_requisition(
    wish: RaiseRequisition, session: Session, actor: CurrentActor
) -> Requisition:
    row = await raise_requisition(session, actor, wish)
    return (await describe(session, actor, [row]))[0]


@router.get("/{id}", dependencies=[READ], responses=problems(RequisitionUnknown))
async def show_requisition(id: UUID, session: Session, actor: CurrentActor) -> Requisition:
    row = await requisition_by_id(session, actor, id)
    return (await describe(session, actor, [row]))[0]


def add_action(verb: str) -> None:
    """The routes of one action, for one requisition and for a list of them."""
    allowed = [needs(LIFECYCLE[verb].permission)]
    refusals = problems(
        ActionNotAllowed, NothingToDecide, NoteMissing, RequisitionUnknown, SameHands, VersionStale
    )

    @router.post(
        f"/{{id}}/actions/{verb}", name=f"{verb}_requisition", dependencies=allowed,
        responses=refusals,
    )  # fmt: skip
    async def act(id: UUID, wish: Act, session: Session, actor: CurrentActor) -> Requisition:
        items = (ActItem(id=id, version=wish.version),)
        [row] = await act_on_requisitions(session, actor, items, verb, wish.note)
        return (await describe(session, actor, [row]))[0]

    @router.post(
        f"/actions/{verb}", name=f"{verb}_requisitions", dependencies=allowed, responses=refusals
    )
    async def act_all(
        wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
    ) -> ActResults:
        if not partial:
            rows = await act_on_requisitions(session, actor, wish.items, verb, wish.note)
            return all_done(rows)

        async def one(session: AsyncSession, id: UUID, version: int) -> Done:
            items = (ActItem(id=id, version=version),)
            [row] = await act_on_requisitions(session, actor, items, verb, wish.note)
            return done(row)

        return await act_on_all(session, wish, one, partial=True)


for each in LIFECYCLE.actions:
    add_action(each)
