"""The audit trail: read by keyset, verified against its hash chain."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlmodel import col

from shared.audit import AuditVerdict, verify
from shared.auth import needs
from shared.contracts.base import Contract
from shared.platform_tables import AuditEntry
from shared.session import Session, TransactionRoute

PAGE_MAX = 1000
router = APIRouter(tags=["platform"], route_class=TransactionRoute)


class AuditShown(Contract):
    id: int
    at: datetime
    actor: str
    action: str
    table_name: str
    row_id: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    reason: str
    trace: str
    seal_id: int | None


@router.get("/audit", dependencies=[needs("own.platform.read")])
async def list_audit(
    session: Session,
    table: str | None = None,
    row_id: str | None = None,
    before: Annotated[int, Query(ge=1)] = 2**62,
) -> list[AuditShown]:
    """Audit rows, newest first; `before` is the keyset of the next page."""
    wanted = select(AuditEntry).where(col(AuditEntry.id) < before)
    if table:
        wanted = wanted.where(col(AuditEntry.table_name) == table)
    if row_id:
        wanted = wanted.where(col(AuditEntry.row_id) == row_id)
    rows = await session.execute(wanted.order_by(col(AuditEntry.id).desc()).limit(PAGE_MAX))
    return [AuditShown.model_validate(row) for row in rows.scalars()]


@router.get("/audit/verification", dependencies=[needs("own.platform.read")])
async def verify_audit(session: Session) -> AuditVerdict:
    """Recompute the hash chain; names the first broken row."""
    return await verify(session)
