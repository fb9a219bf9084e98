"""The approvals of one context: what waits for whom, and what was decided."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import select
from sqlmodel import col

from shared.auth import CurrentActor, needs
from shared.contracts.base import Contract
from shared.platform_tables import Approval
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


router = APIRouter(
    prefix="/approvals",
    tags=["approvals"],
    route_class=TransactionRoute,
    dependencies=[needs("own.approval.read")],
)


@router.get("")
async def list_my_approvals(session: Session, actor: CurrentActor) -> list[ApprovalShown]:
    """What waits for this person's decision, oldest first; never what they asked for."""
    rows = await session.execute(
        select(Approval)
        .where(
            col(Approval.company_id) == actor.company_id,
            col(Approval.state) == "pending",
            col(Approval.permission).in_(actor.permissions),
            col(Approval.requested_by) != actor.subject,
        )
        .order_by(col(Approval.requested_at))
        .limit(APPROVALS_MAX)
    )
    return [ApprovalShown.model_validate(row) for row in rows.scalars()]


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
