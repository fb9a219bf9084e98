"""Staged approval: who must agree to a document's content, one after the other (decision 30).

Stages are chosen by the document's own rules; a change voids what was agreed; nobody approves
what they asked for, nor twice in one document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from shared.actor import Actor, PermissionMissing, SameHands
from shared.clock import utc_now
from shared.contracts.approvals import ApprovalChanged, Stage
from shared.database import AsyncSession
from shared.i18n import Bilingual
from shared.ids import new_id
from shared.outbox import record
from shared.platform_tables import Approval
from shared.problems import Conflict
from shared.signatures import content_hash


class NothingToDecide(Conflict):
    title = Bilingual("No approval of this document is pending", "此单据没有待处理的审批")
    lifted_by = Bilingual("Its owner can submit it for approval", "由单据负责人提交审批")


@dataclass(frozen=True, slots=True)
class Subject:
    """The document that is to be approved, as it stands now."""

    type: str
    id: UUID
    number: str
    version: int
    company_id: UUID
    content: Mapping[str, Any]
    summary: Mapping[str, Any]  # what an approver sees in the inbox: partner, amount, …


async def request_approval(
    session: AsyncSession,
    subject: Subject,
    stages: Sequence[Stage],
    actor: Actor,
    told_as: type[ApprovalChanged],
) -> bool:
    """Open the stages in order, the first one pending. False when no stage is needed."""
    hashed = content_hash(subject.content)
    for number, stage in enumerate(stages, start=1):
        row = Approval(
            id=new_id(),
            company_id=subject.company_id,
            document_type=subject.type,
            document_id=subject.id,
            document_number=subject.number,
            document_version=subject.version,
            content_hash=hashed,
            stage=number,
            name=stage.name,
            permission=stage.permission,
            state="pending" if number == 1 else "waiting",
            requested_by=actor.subject,
            requested_at=utc_now(),
            summary=dict(subject.summary),
        )
        session.add(row)
        if number == 1:
            tell(session, row, told_as)
    return bool(stages)


async def approve(
    session: AsyncSession,
    subject: Subject,
    actor: Actor,
    told_as: type[ApprovalChanged],
    note: str = "",
) -> bool:
    """Give the pending stage its yes. True when that was the last one.

    Raises NothingToDecide, PermissionMissing, SameHands; and voids the approval, raising the same
    NothingToDecide, when the content is not what was submitted.
    """
    stages = await open_stages(session, subject.id)
    current = pending(stages, subject)
    check_hands(stages, current, actor)
    decide(current, "approved", actor, note)
    tell(session, current, told_as)
    following = [row for row in stages if row.state == "waiting"]
    if following:
        following[0].state = "pending"
        tell(session, following[0], told_as)
    return not following


async def reject(
    session: AsyncSession,
    subject: Subject,
    actor: Actor,
    told_as: type[ApprovalChanged],
    note: str,
) -> None:
    """Give the pending stage its no; the later stages fall away."""
    stages = await open_stages(session, subject.id)
    current = pending(stages, subject)
    if not actor.may(current.permission):
        raise PermissionMissing(permission=current.permission)
    decide(current, "rejected", actor, note)
    tell(session, current, told_as)
    close(session, [row for row in stages if row.state == "waiting"], "voided", told_as)


async def end_approval(
    session: AsyncSession, document_id: UUID, state: str, told_as: type[ApprovalChanged]
) -> None:
    """Close what is open as `withdrawn` (its owner took it back) or `voided` (it was changed)."""
    stages = await open_stages(session, document_id)
    close(session, [row for row in stages if row.state in ("pending", "waiting")], state, told_as)


async def open_stages(session: AsyncSession, document_id: UUID) -> list[Approval]:
    """The stages of the document's latest submission, in order. Its lock is the document's."""
    rows = await session.execute(
        select(Approval)
        .where(col(Approval.document_id) == document_id)
        .order_by(
            col(Approval.document_version).desc(), col(Approval.requested_at), col(Approval.stage)
        )
    )
    found = list(rows.scalars())
    open_ones = {row.document_version for row in found if row.state in ("pending", "waiting")}
    return [row for row in found if row.document_version in open_ones]


def pending(stages: Sequence[Approval], subject: Subject) -> Approval:
    current = next((row for row in stages if row.state == "pending"), None)
    if current is None:
        raise NothingToDecide(document=subject.number)
    if current.content_hash != content_hash(subject.content):
        raise NothingToDecide(document=subject.number, cause="content changed since submission")
    return current


def check_hands(stages: Sequence[Approval], current: Approval, actor: Actor) -> None:
    if not actor.may(current.permission):
        raise PermissionMissing(permission=current.permission)
    if current.requested_by == actor.subject:
        raise SameHands(action="approve", also_did="submit")
    if any(row.decided_by == actor.subject and row.state == "approved" for row in stages):
        raise SameHands(action="approve", also_did="approve")


def decide(row: Approval, state: str, actor: Actor, note: str) -> None:
    row.state, row.decided_by, row.decided_at, row.note = state, actor.subject, utc_now(), note


def close(
    session: AsyncSession, rows: Sequence[Approval], state: str, told_as: type[ApprovalChanged]
) -> None:
    for row in rows:
        row.state = state
        tell(session, row, told_as)


def tell(session: AsyncSession, row: Approval, told_as: type[ApprovalChanged]) -> None:
    record(
        session,
        told_as(
            approval_id=row.id,
            document_type=row.document_type,
            document_id=row.document_id,
            document_number=row.document_number,
            stage=row.stage,
            name=row.name,
            permission=row.permission,
            state=row.state,
            requested_by=row.requested_by,
            decided_by=row.decided_by,
            note=row.note,
            summary=row.summary,
        ),
    )
