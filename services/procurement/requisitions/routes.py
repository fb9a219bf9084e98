"""Requisitions over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.procurement.copies.rules import ItemUnknown
from services.procurement.requisitions.commands import act_on_requisitions, raise_requisition
from services.procurement.requisitions.queries import LISTING, describe, requisition_by_id
from services.procurement.requisitions.rules import LIFECYCLE, RequisitionUnknown
from shared.approval_votes import BeyondDelegation
from shared.approvals import NothingToDecide
from shared.auth import CurrentActor, SameHands, needs
from shared.batches import Batch, Partial
from shared.contracts.base import Act, ActAll, ActResults
from shared.contracts.procurement.requisitions import RaiseRequisition, Requisition
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
    action = LIFECYCLE[verb]
    allowed = [needs(action.permission, delegable=action.delegable)]
    refusals = problems(
        ActionNotAllowed,
        BeyondDelegation,
        NothingToDecide,
        NoteMissing,
        RequisitionUnknown,
        SameHands,
        VersionStale,
    )

    @router.post(
        f"/{{id}}/actions/{verb}", name=f"{verb}_requisition", dependencies=allowed,
        responses=refusals,
    )  # fmt: skip
    async def act(id: UUID, wish: Act, session: Session, actor: CurrentActor) -> Requisition:
        batch = Batch.of_one(id, wish.version)
        [row] = await act_on_requisitions(session, actor, batch, verb, wish.note)
        return (await describe(session, actor, [row]))[0]

    @router.post(
        f"/actions/{verb}", name=f"{verb}_requisitions", dependencies=allowed, responses=refusals
    )
    async def act_all(
        wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
    ) -> ActResults:
        batch = Batch(wish.items, partial=partial)
        return batch.results(await act_on_requisitions(session, actor, batch, verb, wish.note))


for each in LIFECYCLE.actions:
    add_action(each)
