"""Changes to units."""

from collections.abc import Sequence

from services.masterdata.masters.commands import Saved, save
from services.masterdata.units.tables import Unit
from shared.contracts.masterdata.bodies import UnitBody, UnitShown
from shared.database import AsyncSession


async def save_units(session: AsyncSession, wishes: Sequence[UnitBody]) -> Saved[Unit]:
    """Create or change units by code."""
    return await save(session, Unit, ("code",), [wish.model_dump() for wish in wishes])


async def describe_units(_session: AsyncSession, rows: Sequence[Unit]) -> list[UnitShown]:
    return [UnitShown.model_validate(row) for row in rows]


async def tell_units(_session: AsyncSession, _rows: Sequence[Unit]) -> None:
    """Units travel inside items: nobody copies them."""
