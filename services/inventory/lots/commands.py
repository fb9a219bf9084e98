"""Lots and parts come into being."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.inventory.lots.rules import lot_id_of

# A part is born in the statement that posts its first move: `WITH` begins there.
BORN = """draft AS (
  SELECT * FROM unnest(
    CAST(:born_ids AS uuid[]), CAST(:born_lots AS uuid[]), CAST(:born_items AS uuid[]),
    CAST(:born_numbers AS text[]), CAST(:born_maker_lots AS text[]), CAST(:born_days AS date[]),
    CAST(:born_serials AS text[]), CAST(:born_qualities AS text[]), CAST(:born_sources AS text[]),
    CAST(:born_documents AS uuid[]), CAST(:born_lines AS uuid[])
  ) AS t (id, lot_id, item_id, number, maker_lot, usable_until, serial, quality, source,
          document_id, line_id)
), made AS (
  INSERT INTO lot (id, company_id, item_id, number, maker_lot, usable_until)
  SELECT DISTINCT ON (lot_id) lot_id, CAST(:company AS uuid), item_id, number, maker_lot,
         usable_until
  FROM draft ORDER BY lot_id
  ON CONFLICT DO NOTHING
), born AS (
  INSERT INTO lot_part (id, company_id, lot_id, item_id, lot_number, serial, quality, blocks,
                        usable_until, expired, source, document_id, line_id, version)
  SELECT id, CAST(:company AS uuid), lot_id, item_id, number, serial, quality, '{}', usable_until,
         false, source, document_id, line_id, 1
  FROM draft
)"""


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


def born(company: UUID, drafts: Sequence[PartDraft]) -> dict[str, Any]:
    """The parameters of `BORN`: the parts, and the lots that do not stand yet."""
    return {
        "born_ids": [draft.id for draft in drafts],
        "born_lots": [lot_id_of(company, draft.item_id, draft.lot_number) for draft in drafts],
        "born_items": [draft.item_id for draft in drafts],
        "born_numbers": [draft.lot_number for draft in drafts],
        "born_maker_lots": [draft.maker_lot for draft in drafts],
        "born_days": [draft.usable_until for draft in drafts],
        "born_serials": [draft.serial for draft in drafts],
        "born_qualities": [draft.quality for draft in drafts],
        "born_sources": [draft.source for draft in drafts],
        "born_documents": [draft.document_id for draft in drafts],
        "born_lines": [draft.line_id for draft in drafts],
    }
