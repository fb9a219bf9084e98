"""Staged approval: who must agree to a document's content, one after the other (decision 30).

Stages are chosen by the document's own rules; a change voids what was agreed; nobody approves
what they asked for, nor twice in one document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.actor import Actor, PermissionMissing, SameHands
from shared.batches import naming
from shared.bulk import insert_rows, rows_json
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
    await request_approvals(session, [(subject, stages)], actor, told_as)
    return bool(stages)


async def request_approvals(
    session: AsyncSession,
    asked: Sequence[tuple[Subject, Sequence[Stage]]],
    actor: Actor,
    told_as: type[ApprovalChanged],
) -> None:
    """Open the stages of many documents, each document's first one pending; one statement."""
    rows = [row for subject, stages in asked for row in opened(subject, stages, actor)]
    for row in rows:
        if row.state == "pending":
            tell(session, row, told_as)
    await insert_rows(session, (Approval, rows))


def opened(subject: Subject, stages: Sequence[Stage], actor: Actor) -> list[Approval]:
    hashed = content_hash(subject.content)
    return [
        Approval(
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
        for number, stage in enumerate(stages, start=1)
    ]


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
    return subject.id in await approve_all(session, [subject], actor, told_as, note)


async def approve_all(
    session: AsyncSession,
    subjects: Sequence[Subject],
    actor: Actor,
    told_as: type[ApprovalChanged],
    note: str = "",
) -> set[UUID]:
    """Give the pending stage of each document its yes; the documents whose last one it was.

    Two statements however many documents. A refusal names the document it speaks about.
    """
    stages = await open_stages(session, [subject.id for subject in subjects])
    changed: list[Approval] = []
    done: set[UUID] = set()
    for subject in subjects:
        own = stages.get(subject.id, [])
        with naming(subject.id):
            current = pending(own, subject)
            check_hands(own, current, actor)
        decide(current, "approved", actor, note)
        tell(session, current, told_as)
        changed.append(current)
        following = [row for row in own if row.state == "waiting"]
        if following:
            following[0].state = "pending"
            tell(session, following[0], told_as)
            changed.append(following[0])
        else:
            done.add(subject.id)
    await keep(session, changed)
    return done


async def reject(
    session: AsyncSession,
    subject: Subject,
    actor: Actor,
    told_as: type[ApprovalChanged],
    note: str,
) -> None:
    """Give the pending stage its no; the later stages fall away."""
    await reject_all(session, [subject], actor, told_as, note)


async def reject_all(
    session: AsyncSession,
    subjects: Sequence[Subject],
    actor: Actor,
    told_as: type[ApprovalChanged],
    note: str,
) -> None:
    """`reject` of many documents, in two statements."""
    stages = await open_stages(session, [subject.id for subject in subjects])
    changed: list[Approval] = []
    for subject in subjects:
        own = stages.get(subject.id, [])
        with naming(subject.id):
            current = pending(own, subject)
            if not actor.may(current.permission):
                raise PermissionMissing(permission=current.permission)
        decide(current, "rejected", actor, note)
        tell(session, current, told_as)
        fallen = [row for row in own if row.state == "waiting"]
        close(session, fallen, "voided", told_as)
        changed += [current, *fallen]
    await keep(session, changed)


async def end_approval(
    session: AsyncSession, document_id: UUID, state: str, told_as: type[ApprovalChanged]
) -> None:
    """Close what is open as `withdrawn` (its owner took it back) or `voided` (it was changed)."""
    await end_approvals(session, [document_id], state, told_as)


async def end_approvals(
    session: AsyncSession, document_ids: Sequence[UUID], state: str, told_as: type[ApprovalChanged]
) -> None:
    """`end_approval` of many documents, in two statements; none where none are named."""
    if not document_ids:
        return
    left = [
        row
        for rows in (await open_stages(session, document_ids)).values()
        for row in rows
        if row.state in ("pending", "waiting")
    ]
    close(session, left, state, told_as)
    await keep(session, left)


# The stages of each document's latest submission that still has an open one, in order.
OPEN = text("""
SELECT * FROM approval asked WHERE document_id = ANY(CAST(:ids AS uuid[])) AND EXISTS (
  SELECT FROM approval other WHERE other.document_id = asked.document_id
    AND other.document_version = asked.document_version AND other.state IN ('pending', 'waiting'))
ORDER BY document_id, document_version DESC, requested_at, stage
""")
KEEP = text("""
UPDATE approval SET state = now.state, decided_by = now.decided_by, decided_at = now.decided_at,
  note = now.note
FROM jsonb_populate_recordset(CAST(NULL AS approval), CAST(:rows AS jsonb)) AS now
WHERE approval.id = now.id
""")


async def open_stages(
    session: AsyncSession, document_ids: Sequence[UUID]
) -> dict[UUID, list[Approval]]:
    """The open stages by document, outside the session. Their lock is the document's."""
    found: dict[UUID, list[Approval]] = {}
    for row in (await session.execute(OPEN, {"ids": list(document_ids)})).mappings():
        found.setdefault(row["document_id"], []).append(Approval(**row))
    return found


async def keep(session: AsyncSession, rows: Sequence[Approval]) -> None:
    """Write decided stages back, all in one statement."""
    if rows:
        await session.execute(KEEP, {"rows": rows_json(rows)})


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
