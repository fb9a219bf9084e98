"""The thread of a document: everything connected to it, and what was told, in order."""

from uuid import UUID

from sqlalchemy import text

from shared.database import AsyncSession

DEPTH_MAX = 8
DOCUMENTS_MAX = 2000
EVENTS_MAX = 2000

# One level of the thread: the documents named by the events that name the given ones. Other sales
# orders end the walk: purchases shared by two orders must not make one thread of both.
NEXT = text("""
SELECT DISTINCT other.document_id
FROM thread_link AS mine
JOIN thread_event AS event ON event.id = mine.event_id AND event.company_id = :company
JOIN thread_link AS other ON other.event_id = mine.event_id
WHERE mine.document_id = ANY(CAST(:front AS uuid[]))
  AND NOT other.document_id = ANY(CAST(:seen AS uuid[]))
  AND NOT EXISTS (
    SELECT FROM thread_link AS order_link
    JOIN thread_event AS approved ON approved.id = order_link.event_id
    WHERE order_link.document_id = other.document_id
      AND approved.subject = 'erp.sales.order_approved.v1')
LIMIT :most
""")

EVENTS = text("""
SELECT event.id, event.at, event.context, event.subject, event.aggregate_id, event.number,
       event.actor
FROM thread_event AS event
WHERE event.company_id = :company AND EXISTS (
  SELECT FROM thread_link AS link
  WHERE link.event_id = event.id AND link.document_id = ANY(CAST(:documents AS uuid[])))
ORDER BY event.at, event.id LIMIT :most
""")

NUMBERS = text("""
SELECT DISTINCT ON (aggregate_id) aggregate_id, context, number
FROM thread_event
WHERE company_id = :company AND aggregate_id = ANY(CAST(:documents AS uuid[]))
ORDER BY aggregate_id, at
""")


async def connected(session: AsyncSession, company: UUID, start: UUID) -> list[UUID]:
    """The documents of the thread, breadth first, the one asked for first."""
    seen, front = [start], [start]
    for _ in range(DEPTH_MAX):
        found = await session.execute(
            NEXT, {"company": company, "front": front, "seen": seen, "most": DOCUMENTS_MAX}
        )
        front = list(found.scalars())
        seen += front
        if not front or len(seen) > DOCUMENTS_MAX:
            break
    return seen
