"""What the crash tests' two services keep: numbered chores told, effects and copies heard."""

from uuid import UUID

from sqlalchemy import Column, Integer, MetaData, Table, Uuid, insert, text

from shared.contracts.base import Envelope
from shared.contracts.masterdata.events import SupplierPublished
from shared.database import AsyncSession
from shared.ids import new_id

COMPANY = UUID("01900000-0000-7000-8000-00000000c001")
SOURCE, HEARER = "masterdata", "procurement"
TOLD, HEARD = MetaData(), MetaData()
CHORE = Table(
    "chore",
    TOLD,
    Column("id", Integer, primary_key=True),
    Column("company_id", Uuid, nullable=False),
)
EFFECT = Table(
    "effect",
    HEARD,
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
)
COPY = Table(
    "copy",
    HEARD,
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
)
UPSERT = text("""
INSERT INTO copy (id, company_id, version) VALUES (:id, :company, :version)
ON CONFLICT (id) DO UPDATE SET version = excluded.version WHERE copy.version < excluded.version
""")


async def keep(session: AsyncSession, event: SupplierPublished, _: Envelope) -> None:
    """Both kinds of effect: one row per event (adds up), and the newest state (order-free)."""
    row = {"id": new_id(), "company_id": COMPANY, "supplier_id": event.id, "version": event.version}
    await session.execute(insert(EFFECT).values(row))
    newest = {"id": event.id, "company": COMPANY, "version": event.version}
    await session.execute(UPSERT, newest)
