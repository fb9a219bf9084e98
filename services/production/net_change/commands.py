"""Notes of what changed that no plan can need any more are given up."""

from datetime import timedelta

from sqlalchemy import text

from shared.clock import Clock
from shared.database import AsyncSession

NOTES_KEPT = timedelta(days=3)  # a plan stands for one day


async def forget_changes(session: AsyncSession, clock: Clock) -> None:
    """By the clock: no plan that is kept anywhere is older than these notes."""
    del clock  # the notes go by the database's
    forget = text("DELETE FROM plan_change WHERE noted_at < now() - CAST(:kept AS interval)")
    await session.execute(forget, {"kept": NOTES_KEPT})
