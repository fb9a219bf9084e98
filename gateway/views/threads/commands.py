"""Keeps the projection: each event once, in one statement."""

from typing import Any

from sqlalchemy import text

from gateway.views.threads.rules import links_in, number_of, words_in
from shared.contracts.base import Envelope
from shared.contracts.registry import context_of
from shared.database import AsyncSession

PROJECT = text("""
WITH event AS (
  INSERT INTO thread_event (id, company_id, at, context, subject, aggregate_id, number, actor)
  VALUES (:id, :company_id, :at, :context, :subject, :aggregate_id, :number, :actor)
  ON CONFLICT DO NOTHING
), links AS (
  INSERT INTO thread_link (document_id, event_id, role)
  SELECT document_id, :id, min(role)
  FROM unnest(CAST(:documents AS uuid[]), CAST(:roles AS text[])) AS l (document_id, role)
  GROUP BY document_id
  ON CONFLICT DO NOTHING
)
INSERT INTO search_entry (text, document_id, company_id, kind, context, subject)
SELECT word, :aggregate_id, :company_id, min(kind), :context, :subject
FROM unnest(CAST(:words AS text[]), CAST(:kinds AS text[])) AS w (word, kind)
GROUP BY word
ON CONFLICT DO NOTHING
""")


async def project_event(session: AsyncSession, data: dict[str, Any], envelope: Envelope) -> None:
    """Take an event into the threads and the search; the same event again changes nothing."""
    links = sorted(links_in(data))
    words = sorted(words_in(data))
    await session.execute(
        PROJECT,
        {
            "id": envelope.id,
            "company_id": envelope.companyid,
            "at": envelope.time,
            "context": context_of(envelope.type),
            "subject": envelope.type,
            "aggregate_id": envelope.subject,
            "number": number_of(data),
            "actor": envelope.actor,
            "documents": [link.document_id for link in links],
            "roles": [link.role for link in links],
            "words": [word.text for word in words],
            "kinds": [word.kind for word in words],
        },
    )
