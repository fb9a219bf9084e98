"""Bins, and what lies in them."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import JSON, ScalarSelect, column, text

from services.inventory.places.rules import Place
from services.inventory.places.tables import Bin
from shared.database import AsyncSession
from shared.listing import Listing
from shared.outbox import teller

LISTING = Listing(
    Bin,
    {"status": "in", "storage_class": "in", "warehouse_code": "eq", "zone_code": "eq"},
    sort=("code",),
    search=("code", "zone_code"),
    counts_by="status",
)

# The bins with those of the lots asked about that lie in them, for the classes and lots that an
# expression of the asking statement gives.
PLACES = """
(SELECT coalesce(json_agg(json_build_object(
   'id', b.id, 'code', b.code, 'status', b.status, 'storage_class', b.storage_class,
   'filled', EXISTS (SELECT FROM balance s WHERE s.bin_id = b.id AND s.on_hand > 0),
   'lots', ARRAY(
     SELECT DISTINCT p.lot_id FROM lot_part p
     JOIN balance s ON s.part_id = p.id AND s.bin_id = b.id AND s.on_hand > 0
     WHERE p.lot_id = ANY({lots}))) ORDER BY b.code), '[]')
 FROM bin b
 WHERE b.company_id = CAST(:company AS uuid) AND b.active
   AND b.status = ANY(CAST(:statuses AS text[])) AND b.storage_class = ANY({classes}))
"""
PLACES_OF_ITEMS = PLACES.format(
    lots="CAST(:lots AS uuid[])",
    classes="ARRAY(SELECT storage_class FROM item_copy WHERE id = ANY(CAST(:item_ids AS uuid[])))",
)
FOUND = TypeAdapter(list[Place])


def places_for(
    session: AsyncSession,
    item_ids: Collection[UUID],
    lot_ids: Collection[UUID],
    statuses: Collection[str],
) -> ScalarSelect[Any]:
    """A column with the active bins of these statuses that may take the items; see `FOUND`."""
    asked = text("SELECT " + PLACES_OF_ITEMS + " AS places").bindparams(
        company=teller(session).company_id,
        item_ids=list(item_ids),
        lots=list(lot_ids),
        statuses=list(statuses),
    )
    return asked.columns(column("places", JSON)).scalar_subquery()
