"""Delegations over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request

from gateway.identity.delegations import commands, queries
from gateway.identity.delegations.rules import (
    DelegateNotFit,
    DelegationPeriodWrong,
    DelegationUnknown,
    NothingToDelegate,
)
from gateway.identity.delegations.tables import ApprovalDelegation
from gateway.identity.users.rules import DutiesConflict
from shared.auth import CurrentActor, needs
from shared.contracts.gateway.delegations import Delegate, DelegationShown
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(
    prefix="/api/identity/delegations", tags=["identity"], route_class=TransactionRoute
)
OWN = needs("gateway.self.write")


@router.post(
    "",
    status_code=201,
    dependencies=[OWN],
    responses=problems(DelegateNotFit, DelegationPeriodWrong, NothingToDelegate, DutiesConflict),
)
async def add_delegation(
    request: Request, wish: Delegate, session: Session, actor: CurrentActor
) -> DelegationShown:
    """Lend one's own right to approve to a colleague, for a time and within a scope."""
    return shown(request, await commands.delegate(session, wish, actor))


@router.get("", dependencies=[needs("gateway.self.read")])
async def list_delegations(session: Session, actor: CurrentActor) -> list[DelegationShown]:
    """What one has lent and been lent; everybody's for who manages people."""
    everybody = actor.may("gateway.user.read")
    own = None if everybody else UUID(actor.subject.removeprefix("user:"))
    rows = await queries.delegations_of(session, actor.company_id, own)
    return [DelegationShown.model_validate(row) for row in rows]


@router.post("/{id}/actions/revoke", dependencies=[OWN], responses=problems(DelegationUnknown))
async def revoke_delegation(
    request: Request, id: UUID, session: Session, actor: CurrentActor
) -> DelegationShown:
    """End a delegation at once."""
    return shown(request, await commands.revoke(session, id, actor))


def shown(request: Request, row: ApprovalDelegation) -> DelegationShown:
    request.app.state.entrance.forget()
    return DelegationShown.model_validate(row)
