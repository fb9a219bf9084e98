"""Lots and parts come into being, and change their quality."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.inventory.lots.rules import lot_id_of
from shared.database import AsyncSession
from shared.outbox import teller

CREATE = text("""
WITH draft AS (
  SELECT * FROM unnest(
    CAST(:ids AS uuid[]), CAST(:lots AS uuid[]), CAST(:items AS uuid[]), CAST(:numbers AS text[]),
    CAST(:maker_lots AS text[]), CAST(:days AS date[]), CAST(:serials AS text[]),
    CAST(:qualities AS text[]), CAST(:sources AS text[]), CAST(:documents AS uuid[]),
    CAST(:lines AS uuid[])
  ) AS t (id, lot_id, item_id, number, maker_lot, usable_until, serial, quality, source,
          document_id, line_id)
), made AS (
  INSERT INTO lot (id, company_id, item_id, number, maker_lot, usable_until)
  SELECT DISTINCT ON (lot_id) lot_id, CAST(:company AS uuid), item_id, number, maker_lot,
         usable_until
  FROM draft ORDER BY lot_id
  ON CONFLICT DO NOTHING
)
INSERT INTO lot_part (id, company_id, lot_id, item_id, lot_number, serial, quality, blocks,
                      usable_until, expired, source, document_id, line_id, version)
SELECT id, CAST(:company AS uuid), lot_id, item_id, number, serial, quality, '{}', usable_until,
       false, source, document_id, line_id, 1
FROM draft
""")

SET_QUALITY = text("""
UPDATE lot_part SET quality = t.quality, version = version + 1
FROM unnest(CAST(:ids AS uuid[]), CAST(:qualities AS text[])) AS t (id, quality)
WHERE lot_part.id = t.id AND lot_part.company_id = CAST(:company AS uuid)
""")


@dataclass(frozen=True, slots=True)
class PartDraft:
    """A part to be born; its lot is born with it when the printed number is new."""

    id: UUID
    item_id: UUID
    lot_number: str
    quality: str
    source: str
    document_id: UUID
    maker_lot: str = ""
    usable_until: date | None = None
    serial: str = ""
    line_id: UUID | None = None


async def create_parts(session: AsyncSession, drafts: Sequence[PartDraft]) -> None:
    """Write the parts, and the lots that do not stand yet, in one statement."""
    if not drafts:
        return
    company = teller(session).company_id
    await session.execute(
        CREATE,
        {
            "company": company,
            "ids": [draft.id for draft in drafts],
            "lots": [lot_id_of(company, draft.item_id, draft.lot_number) for draft in drafts],
            "items": [draft.item_id for draft in drafts],
            "numbers": [draft.lot_number for draft in drafts],
            "maker_lots": [draft.maker_lot for draft in drafts],
            "days": [draft.usable_until for draft in drafts],
            "serials": [draft.serial for draft in drafts],
            "qualities": [draft.quality for draft in drafts],
            "sources": [draft.source for draft in drafts],
            "documents": [draft.document_id for draft in drafts],
            "lines": [draft.line_id for draft in drafts],
        },
    )


async def set_quality(session: AsyncSession, qualities: dict[UUID, str]) -> None:
    """Give parts the quality that a decision found. The caller holds the items' locks."""
    if qualities:
        await session.execute(
            SET_QUALITY,
            {
                "company": teller(session).company_id,
                "ids": list(qualities),
                "qualities": list(qualities.values()),
            },
        )
