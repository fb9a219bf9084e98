"""Setting up places."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select

from services.inventory.places.rules import ZoneDiffers
from services.inventory.places.tables import Bin, Warehouse, Zone
from shared.contracts.inventory.places import PlaceRow, PlacesSaved
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import teller

T = TypeVar("T", Warehouse, Zone, Bin)


async def save_places(session: AsyncSession, rows: Sequence[PlaceRow]) -> PlacesSaved:
    """Create the warehouses, zones and bins that do not stand yet; the rest is left as it is."""
    warehouses = await save_warehouses(session, {row.warehouse_code for row in rows})
    zones = await save_zones(session, rows, warehouses)
    company = teller(session).company_id
    codes = {row.bin_code for row in rows}
    standing = await session.exec(
        select(col(Bin.code)).where(col(Bin.company_id) == company, col(Bin.code).in_(codes))
    )
    known = set(standing)
    created: list[Bin] = []
    for row in rows:
        if row.bin_code not in known:
            known.add(row.bin_code)
            zone = zones[row.warehouse_code, row.zone_code]
            created.append(
                Bin(
                    id=new_id(),
                    company_id=company,
                    zone_id=zone.id,
                    warehouse_code=row.warehouse_code,
                    zone_code=row.zone_code,
                    code=row.bin_code,
                    status=zone.status,
                    storage_class=zone.storage_class,
                )
            )
    session.add_all(created)
    await session.flush()
    return PlacesSaved(
        bins_created=len(created),
        bins_standing=len(codes) - len(created),
        warehouses=tuple(sorted(warehouses)),
    )


async def save_warehouses(session: AsyncSession, codes: set[str]) -> dict[str, Warehouse]:
    company = teller(session).company_id
    rows = await session.exec(
        select(Warehouse).where(
            col(Warehouse.company_id) == company, col(Warehouse.code).in_(codes)
        )
    )
    found = {row.code: row for row in rows}
    for code in sorted(codes - found.keys()):
        found[code] = Warehouse(id=new_id(), company_id=company, code=code, name=code)
        session.add(found[code])
    await session.flush()
    return found


async def save_zones(
    session: AsyncSession, rows: Sequence[PlaceRow], warehouses: dict[str, Warehouse]
) -> dict[tuple[str, str], Zone]:
    """The zones by warehouse and zone code. Raises ZoneDiffers."""
    codes: dict[UUID, str] = {warehouse.id: code for code, warehouse in warehouses.items()}
    standing = await session.exec(select(Zone).where(col(Zone.warehouse_id).in_(codes)))
    found = {(codes[zone.warehouse_id], zone.code): zone for zone in standing}
    for row in rows:
        key = (row.warehouse_code, row.zone_code)
        if key not in found:
            found[key] = Zone(
                id=new_id(),
                company_id=teller(session).company_id,
                warehouse_id=warehouses[row.warehouse_code].id,
                code=row.zone_code,
                status=row.status,
                storage_class=row.storage_class,
            )
            session.add(found[key])
        zone = found[key]
        if (zone.status, zone.storage_class) != (row.status, row.storage_class):
            raise ZoneDiffers(
                zone=row.zone_code, status=zone.status, storage_class=zone.storage_class
            )
    await session.flush()
    return found
