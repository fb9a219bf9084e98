"""Staged approval: who must agree to a document's content, one stage after the other (decision 30).

Stages are chosen by the document's own rules; a change voids what was agreed; nobody approves
what they asked for, nor twice in one document, nor for somebody who did. Nothing is approved by
lapse of time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.actor import Actor, Delegation
from shared.approval_rows import clock_of, keep, open_stages, take_turn, tell
from shared.approval_votes import agreed, standing
from shared.batches import Judging, naming
from shared.bulk import insert_rows
from shared.clock import utc_now
from shared.contracts.approvals import ApprovalChanged, Stage, Vote
from shared.database import AsyncSession
from shared.i18n import Bilingual
from shared.ids import new_id
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
    amount: Decimal | None = None  # gross, company currency: what a delegation's ceiling is against
    authors: tuple[str, ...] = ()  # who wrote it: they do not approve, themselves or by another


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
    rows = [row for subject, stages in asked for row in opened(session, subject, stages, actor)]
    for row in rows:
        if row.stage == 1:
            take_turn(session, row, told_as)
    await insert_rows(session, (Approval, rows))


def opened(
    session: AsyncSession, subject: Subject, stages: Sequence[Stage], actor: Actor
) -> list[Approval]:
    hashed, day_hours = content_hash(subject.content), clock_of(session).working.hours_per_day
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
            state="waiting",
            requested_by=actor.subject,
            requested_at=utc_now(),
            summary=dict(subject.summary),
            amount=subject.amount,
            quorum=stage.quorum,
            due_hours=stage.due_hours + stage.due_days * day_hours,
            grace_hours=stage.grace_hours,
            escalates_to=stage.escalates_to,
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
    """Say yes to the pending stage. True when that was the last vote of the last stage.

    Raises NothingToDecide, PermissionMissing, BeyondDelegation, SameHands; and voids the approval,
    raising the same NothingToDecide, when the content is not what was submitted.
    """
    return subject.id in await approve_all(session, [subject], actor, told_as, note)


async def approve_all(
    session: AsyncSession,
    subjects: Sequence[Subject],
    actor: Actor,
    told_as: type[ApprovalChanged],
    note: str = "",
    judging: Judging = naming,
) -> set[UUID]:
    """Say yes to the pending stage of each document; the documents that all have agreed to.

    Two statements however many documents. A refusal names the document it speaks about; with a
    batch's `judging` it may stay with that document.
    """
    stages = await open_stages(session, [subject.id for subject in subjects])
    changed: list[Approval] = []
    done: set[UUID] = set()
    for subject in subjects:
        own = stages.get(subject.id, [])
        with judging(subject.id):
            current = pending(own, subject)
            vote(current, "approved", actor, standing(current, own, actor, subject.authors), note)
            tell(session, current, told_as)
            changed.append(current)
            following = [row for row in own if row.state == "waiting"]
            if current.state == "approved" and following:
                take_turn(session, following[0], told_as)
                changed.append(following[0])
            elif current.state == "approved":
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
    judging: Judging = naming,
) -> None:
    """`reject` of many documents, in two statements; `judging` as in `approve_all`."""
    stages = await open_stages(session, [subject.id for subject in subjects])
    changed: list[Approval] = []
    for subject in subjects:
        own = stages.get(subject.id, [])
        with judging(subject.id):
            current = pending(own, subject)
            by = standing(current, (), actor, ())
            vote(current, "rejected", actor, by, note)
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


def pending(stages: Sequence[Approval], subject: Subject) -> Approval:
    current = next((row for row in stages if row.state == "pending"), None)
    if current is None:
        raise NothingToDecide(document=subject.number)
    if current.content_hash != content_hash(subject.content):
        raise NothingToDecide(document=subject.number, cause="content changed since submission")
    return current


def vote(row: Approval, decision: str, actor: Actor, by: Delegation | None, note: str) -> None:
    """Keep the vote; one no ends the stage, a yes when the quorum is reached."""
    given = Vote(
        by=actor.subject,
        name=actor.name,
        decision=decision,
        at=utc_now(),
        on_behalf_of=by.delegator if by else "",
        on_behalf_of_name=by.delegator_name if by else "",
        delegation_id=by.id if by else None,
        note=note,
    )
    row.votes = [*row.votes, given.model_dump(mode="json")]
    if decision == "rejected" or agreed(row):
        row.state, row.decided_by, row.decided_at = decision, actor.subject, given.at
        row.note = note


def close(
    session: AsyncSession, rows: Sequence[Approval], state: str, told_as: type[ApprovalChanged]
) -> None:
    for row in rows:
        row.state = state
        tell(session, row, told_as)
