"""Approval stages as rows: read and written in sets, opened in their turn, told of."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from shared.bulk import rows_json
from shared.clock import Clock
from shared.contracts.approvals import ApprovalChanged, Vote
from shared.database import AsyncSession
from shared.outbox import record
from shared.platform_tables import Approval

# The stages of each document's latest submission that still has an open one, in order.
OPEN = text("""
SELECT * FROM approval asked WHERE document_id = ANY(CAST(:ids AS uuid[])) AND EXISTS (
  SELECT FROM approval other WHERE other.document_id = asked.document_id
    AND other.document_version = asked.document_version AND other.state IN ('pending', 'waiting'))
ORDER BY document_id, document_version DESC, requested_at, stage
""")
KEEP = text("""
UPDATE approval SET state = now.state, decided_by = now.decided_by, decided_at = now.decided_at,
  note = now.note, votes = now.votes, due_at = now.due_at, escalates_at = now.escalates_at
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


def clock_of(session: AsyncSession) -> Clock:
    clock = session.info["clock"]
    assert isinstance(clock, Clock)
    return clock


def take_turn(session: AsyncSession, row: Approval, told_as: type[ApprovalChanged]) -> None:
    """The stage is to be decided from now on; its time begins to run."""
    row.state = "pending"
    if row.due_hours:
        clock = clock_of(session)
        row.due_at = clock.after_working_hours(row.due_hours)
        row.escalates_at = clock.after_working_hours(row.due_hours + row.grace_hours)
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
            quorum=row.quorum,
            votes=tuple(Vote.model_validate(one) for one in row.votes),
            due_at=row.due_at,
            overdue=row.state == "pending" and row.reminded_at is not None,
            escalated_to=row.escalates_to if row.escalated_at else "",
        ),
    )
