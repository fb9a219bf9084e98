"""Keeps the projection: each event once, many in one statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from gateway.views.threads.rules import links_in, number_of, words_in
from shared.contracts.base import Envelope
from shared.contracts.registry import context_of
from shared.database import AsyncSession

# Links and words know their event by its place in the arrays.
PROJECT = text("""
WITH told AS (
  SELECT * FROM unnest(
    CAST(:ids AS uuid[]), CAST(:companies AS uuid[]), CAST(:ats AS timestamptz[]),
    CAST(:contexts AS text[]), CAST(:subjects AS text[]), CAST(:aggregates AS uuid[]),
    CAST(:numbers AS text[]), CAST(:actors AS text[])
  ) WITH ORDINALITY AS t (id, company_id, at, context, subject, aggregate_id, number, actor, place)
), event AS (
  INSERT INTO thread_event (id, company_id, at, context, subject, aggregate_id, number, actor)
  SELECT id, company_id, at, context, subject, aggregate_id, number, actor FROM told ORDER BY id
  ON CONFLICT DO NOTHING
), links AS (
  INSERT INTO thread_link (document_id, event_id, role)
  SELECT l.document_id, told.id, min(l.role)
  FROM unnest(CAST(:linked AS int[]), CAST(:documents AS uuid[]), CAST(:roles AS text[]))
    AS l (place, document_id, role) JOIN told USING (place)
  GROUP BY l.document_id, told.id ORDER BY l.document_id, told.id
  ON CONFLICT DO NOTHING
)
INSERT INTO search_entry (text, document_id, company_id, kind, context, subject)
SELECT DISTINCT ON (w.word, told.aggregate_id)
  w.word, told.aggregate_id, told.company_id, w.kind, told.context, told.subject
FROM unnest(CAST(:worded AS int[]), CAST(:words AS text[]), CAST(:kinds AS text[]))
  AS w (place, word, kind) JOIN told USING (place)
ORDER BY w.word, told.aggregate_id, place, w.kind
ON CONFLICT DO NOTHING
""")


async def project_events(
    session: AsyncSession, told: Sequence[tuple[Envelope, dict[str, Any]]]
) -> None:
    """Take events into the threads and the search; the same event again changes nothing."""
    links = [(n, one) for n, (_, data) in enumerate(told, 1) for one in sorted(links_in(data))]
    words = [(n, one) for n, (_, data) in enumerate(told, 1) for one in sorted(words_in(data))]
    envelopes = [envelope for envelope, _ in told]
    await session.execute(
        PROJECT,
        {
            "ids": [one.id for one in envelopes],
            "companies": [one.companyid for one in envelopes],
            "ats": [one.time for one in envelopes],
            "contexts": [context_of(one.type) for one in envelopes],
            "subjects": [one.type for one in envelopes],
            "aggregates": [one.subject for one in envelopes],
            "numbers": [number_of(data) for _, data in told],
            "actors": [one.actor for one in envelopes],
            "linked": [place for place, _ in links],
            "documents": [link.document_id for _, link in links],
            "roles": [link.role for _, link in links],
            "worded": [place for place, _ in words],
            "words": [word.text for _, word in words],
            "kinds": [word.kind for _, word in words],
        },
    )
