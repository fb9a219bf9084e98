"""Bins, and what lies in them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from services.inventory.places.rules import BinUnknown, Place
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

PLACES = text("""
SELECT b.id, b.code, b.status, b.storage_class,
       COALESCE(array_agg(p.lot_id) FILTER (WHERE p.lot_id IS NOT NULL), '{}') AS lots
FROM bin b
LEFT JOIN balance s ON s.bin_id = b.id AND s.on_hand > 0
LEFT JOIN lot_part p ON p.id = s.part_id
WHERE b.company_id = :company AND b.active AND b.status = ANY(CAST(:statuses AS text[]))
  AND b.storage_class = ANY(CAST(:classes AS text[]))
GROUP BY b.id
ORDER BY b.code
""")


async def places_for(
    session: AsyncSession, statuses: Collection[str], storage_classes: Collection[str]
) -> list[Place]:
    """The active bins of these statuses and classes, by code, with the lots that lie in them."""
    rows = await session.execute(
        PLACES,
        {
            "company": teller(session).company_id,
            "statuses": list(statuses),
            "classes": list(storage_classes),
        },
    )
    return [
        Place(row.id, row.code, row.status, row.storage_class, frozenset(row.lots)) for row in rows
    ]


async def bins_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Bin]:
    """The company's active bins by id. Raises BinUnknown."""
    rows = await session.exec(
        select(Bin).where(
            col(Bin.id).in_(set(ids)),
            col(Bin.company_id) == teller(session).company_id,
            col(Bin.active),
        )
    )
    found = {row.id: row for row in rows}
    if missing := set(ids) - found.keys():
        raise BinUnknown(bin_ids=sorted(missing))
    return found
