"""Overdue approvals: remind once, then let the next role decide as well. Never decides itself."""

from datetime import timedelta
from functools import partial

from sqlalchemy import text

from shared.approval_rows import tell
from shared.clock import Clock
from shared.contracts.approvals import ApprovalChanged
from shared.database import AsyncSession
from shared.jobs import Job
from shared.outbox import Teller, teller
from shared.platform_tables import Approval

EVERY = timedelta(minutes=1)
# Whoever decides holds the document's lock, not these rows'; what is decided meanwhile is skipped.
OVERDUE = text("""
UPDATE approval SET reminded_at = coalesce(reminded_at, :now),
  escalated_at = CASE WHEN escalates_to <> '' AND escalates_at <= :now
    THEN coalesce(escalated_at, :now) ELSE escalated_at END
WHERE state = 'pending' AND id IN (
  SELECT id FROM approval WHERE state = 'pending' AND due_at <= :now AND (reminded_at IS NULL
    OR (escalates_to <> '' AND escalates_at <= :now AND escalated_at IS NULL))
  ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED)
RETURNING *
""")


async def chase(session: AsyncSession, clock: Clock, *, told_as: type[ApprovalChanged]) -> None:
    """Tell of every stage that has become overdue or escalated, each once; one statement."""
    own = teller(session)
    rows = (await session.execute(OVERDUE, {"now": clock.now()})).mappings().all()
    for row in rows:
        approval = Approval(**row)
        session.info["teller"] = Teller(
            own.context, own.actor, approval.company_id, own.traceparent
        )
        tell(session, approval, told_as)
    session.info["teller"] = own


def deadlines(told_as: type[ApprovalChanged]) -> Job:
    """The clock job of a context whose documents are approved."""
    return Job("chase_approvals", EVERY, partial(chase, told_as=told_as))
