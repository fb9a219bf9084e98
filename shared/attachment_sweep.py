"""Orphans in the file store: bytes whose row never committed are given up after a day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text

from shared.clock import Clock, utc_now
from shared.database import AsyncSession
from shared.jobs import Job

if TYPE_CHECKING:
    from shared.object_store import ObjectStore

log = structlog.get_logger("files")
EVERY = timedelta(hours=6)
AGE_MIN = timedelta(days=1)  # an upload under way is minutes old at most
AT_ONCE = 200
# Two statements: what committed while the locks were taken must be seen. Whoever intends to keep
# the same bytes meanwhile waits for the locks, and puts them after that.
LOCK = text("""
SELECT sha256 FROM unnest(CAST(:hashes AS text[])) AS sha256
WHERE pg_try_advisory_xact_lock(hashtextextended(sha256, 0))
""")
KNOWN = text("""
SELECT sha256 FROM attachment WHERE sha256 = ANY(CAST(:hashes AS text[]))
UNION
SELECT sha256 FROM file_intent
WHERE sha256 = ANY(CAST(:hashes AS text[])) AND begun_at >= :eldest
""")
OVER = text("DELETE FROM file_intent WHERE begun_at < :eldest")


async def sweep(session: AsyncSession, clock: Clock, *, store: "ObjectStore") -> None:
    """Remove old objects that no row speaks of; what a lock protects stays."""
    del clock  # the store's times are real ones
    eldest = utc_now() - AGE_MIN
    old = [one.sha256 async for one in store.listed() if one.changed_at < eldest]
    removed = 0
    for start in range(0, len(old), AT_ONCE):
        some = old[start : start + AT_ONCE]
        candidates = set(some) - await known(session, some, eldest)
        if not candidates:
            continue
        locked = (await session.execute(LOCK, {"hashes": sorted(candidates)})).scalars().all()
        kept = await known(session, locked, eldest)
        for sha256 in (one for one in locked if one not in kept):
            await store.remove(sha256)
            removed += 1
    await session.execute(OVER, {"eldest": eldest})
    if removed:
        log.info("orphaned files removed", count=removed)


async def known(session: AsyncSession, hashes: Sequence[str], eldest: datetime) -> set[str]:
    """Those of which a row speaks, or that somebody is about to keep."""
    rows = await session.execute(KNOWN, {"hashes": list(hashes), "eldest": eldest})
    return set(rows.scalars())


def sweeping(store: "ObjectStore | None") -> tuple[Job, ...]:
    """The clock job of a service that keeps its files in the store."""
    if store is None:
        return ()
    return (Job("sweep_attachments", EVERY, partial(sweep, store=store)),)
