"""The approvals of one context: what waits for whom, and what was decided."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy import or_, select
from sqlmodel import col

from shared.actor import Actor
from shared.approval_votes import standing
from shared.auth import CurrentActor, needs
from shared.contracts.approvals import Vote
from shared.contracts.base import Contract
from shared.database import AsyncSession
from shared.platform_tables import Approval
from shared.problems import Forbidden
from shared.session import Session, TransactionRoute

APPROVALS_MAX = 500


class ApprovalShown(Contract):
    id: UUID
    document_type: str
    document_id: UUID
    document_number: str
    stage: int
    name: str
    permission: str
    state: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str
    summary: dict[str, Any]
    quorum: int
    votes: tuple[Vote, ...]
    due_at: datetime | None
    escalated_at: datetime | None


class ApprovalWaiting(ApprovalShown):
    """A stage that this person may decide; `on_behalf_of` when only by a delegation."""

    overdue: bool
    on_behalf_of: str
    on_behalf_of_name: str


router = APIRouter(
    prefix="/approvals",
    tags=["approvals"],
    route_class=TransactionRoute,
    dependencies=[needs("own.approval.read")],
)


@router.get("")
async def list_my_approvals(
    request: Request, session: Session, actor: CurrentActor
) -> list[ApprovalWaiting]:
    """What waits for this person's decision, oldest first; never what is not theirs to decide."""
    now, found = request.app.state.clock.now(), await waiting(session, actor)
    shown: list[ApprovalWaiting] = []
    for row, beside in found:
        try:
            by = standing(row, beside, actor, ())
        except Forbidden:
            continue
        facts = {
            "overdue": row.due_at is not None and row.due_at <= now,
            "on_behalf_of": by.delegator if by else "",
            "on_behalf_of_name": by.delegator_name if by else "",
        }
        shown.append(ApprovalWaiting.model_validate({**row.model_dump(), **facts}))
    return shown


async def waiting(session: AsyncSession, actor: Actor) -> list[tuple[Approval, list[Approval]]]:
    """Pending stages that the actor's own or lent rights open, each with its document's stages."""
    lent = (one.permissions for one in actor.delegations)
    rights = actor.permissions.union(*lent)
    rows = await session.execute(
        select(Approval)
        .where(
            col(Approval.company_id) == actor.company_id,
            col(Approval.state) == "pending",
            or_(
                col(Approval.permission).in_(rights),
                col(Approval.escalated_at).is_not(None) & col(Approval.escalates_to).in_(rights),
            ),
            col(Approval.requested_by) != actor.subject,
        )
        .order_by(col(Approval.requested_at))
        .limit(APPROVALS_MAX)
    )
    pending = list(rows.scalars())
    stages = await session.execute(
        select(Approval).where(col(Approval.document_id).in_([row.document_id for row in pending]))
    )
    beside: dict[tuple[UUID, int], list[Approval]] = {}
    for row in stages.scalars():
        beside.setdefault((row.document_id, row.document_version), []).append(row)
    return [(row, beside[row.document_id, row.document_version]) for row in pending]


@router.get("/{document_id}")
async def show_approvals(
    document_id: UUID, session: Session, actor: CurrentActor
) -> list[ApprovalShown]:
    """Every stage of one document, in the order of its submissions."""
    rows = await session.execute(
        select(Approval)
        .where(
            col(Approval.company_id) == actor.company_id,
            col(Approval.document_id) == document_id,
        )
        .order_by(col(Approval.document_version), col(Approval.stage))
    )
    return [ApprovalShown.model_validate(row) for row in rows.scalars()]
